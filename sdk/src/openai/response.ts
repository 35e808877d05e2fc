// What a model answered, onto its span.
import { STANDARD } from '../attributes.ts';
import type { LlmSpan } from '../llm.ts';
import { at, listAt, numberAt, textAt } from '../read.ts';
import { chatLogprobs, responseLogprobs } from './logprobs.ts';
import type { Api } from './request.ts';
import { responseItems } from './responses-messages.ts';

/** Records a whole answer. @returns an error when the answer itself says that the call failed */
export function recordAnswer(api: Api, span: LlmSpan, answer: unknown): Error | null {
  span.setResponse({ id: textAt(answer, 'id'), model: textAt(answer, 'model') });
  span.set({
    [STANDARD.OPENAI_SYSTEM_FINGERPRINT]: textAt(answer, 'system_fingerprint'),
    [STANDARD.OPENAI_SERVICE_TIER]: textAt(answer, 'service_tier'),
  });
  recordUsage(span, at(answer, 'usage'));
  if (api === 'responses') return recordResponse(span, answer);
  if (api === 'embeddings') {
    const dimensions = listAt(answer, 'data', 0, 'embedding').length;
    span.set(STANDARD.EMBEDDINGS_DIMENSIONS, dimensions === 0 ? undefined : dimensions);
    return null;
  }
  const choices = listAt(answer, 'choices');
  span.setResponse({ finishReasons: choices.flatMap((choice) => textAt(choice, 'finish_reason') ?? []) });
  span.set(chatLogprobs(answer).attributes());
  span.setOutput(api === 'chat' ? choices.map(chatMessage) : choices.map(completionMessage));
  return null;
}

/** Chat and responses count alike under different names; cached and reasoning tokens are parts of the totals. */
export function recordUsage(span: LlmSpan, usage: unknown): void {
  span.setUsage({
    inputTokens: numberAt(usage, 'prompt_tokens') ?? numberAt(usage, 'input_tokens'),
    outputTokens: numberAt(usage, 'completion_tokens') ?? numberAt(usage, 'output_tokens'),
    cachedTokens:
      numberAt(usage, 'prompt_tokens_details', 'cached_tokens') ??
      numberAt(usage, 'input_tokens_details', 'cached_tokens'),
    reasoningTokens:
      numberAt(usage, 'completion_tokens_details', 'reasoning_tokens') ??
      numberAt(usage, 'output_tokens_details', 'reasoning_tokens'),
  });
}

function recordResponse(span: LlmSpan, response: unknown): Error | null {
  const status = textAt(response, 'status');
  const reason = textAt(response, 'incomplete_details', 'reason') ?? status;
  span.setResponse({ finishReasons: reason === undefined ? [] : [reason] });
  span.set(responseLogprobs(response).attributes());
  const output = listAt(response, 'output');
  if (output.length > 0) span.setOutput(responseItems(output, 'assistant'));
  return status === 'failed' ? failureOf(at(response, 'error')) : null;
}

/** An error that a server describes inside an answer of 200. */
export function failureOf(error: unknown): Error {
  const failure = new Error(textAt(error, 'message') ?? 'The model says that the call failed.');
  const code = textAt(error, 'code') ?? textAt(error, 'type');
  return Object.assign(failure, code === undefined ? {} : { code });
}

function chatMessage(choice: unknown): unknown {
  const message = at(choice, 'message');
  const refusal = textAt(message, 'refusal');
  const finish = { finish_reason: at(choice, 'finish_reason') };
  if (refusal !== undefined) return { role: 'assistant', parts: [{ type: 'refusal', content: refusal }], ...finish };
  return {
    role: textAt(message, 'role') ?? 'assistant',
    content: at(message, 'content'),
    tool_calls: at(message, 'tool_calls'),
    ...finish,
  };
}

const completionMessage = (choice: unknown): unknown => ({
  role: 'assistant',
  parts: [{ type: 'text', content: at(choice, 'text') }],
  finish_reason: at(choice, 'finish_reason'),
});
