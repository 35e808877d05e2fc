// Calls a model over the OpenAI chat completions protocol, inside an llm() span with usage and answer.
import { llm } from '@telltale/sdk';
import type { Task } from './stories.ts';

export interface Question {
  task: Task;
  model: string;
  provider: string;
  system: string;
  user: string;
  order: number;
  /** Which message of this order it is, from 0. */
  turn: number;
  /** Ask for the probabilities of the first token. */
  wantsProbabilities?: boolean;
}

export interface Answer {
  text: string;
  /** The whole response, with the logprobs that were asked for. */
  response: Completion;
}

export interface Completion {
  id: string;
  model: string;
  choices: Array<{
    message: { role: string; content: string };
    finish_reason: string;
    logprobs: { content: Array<{ top_logprobs: Array<{ token: string; logprob: number }> }> } | null;
  }>;
  usage: { prompt_tokens: number; completion_tokens: number; prompt_tokens_details: { cached_tokens: number } };
}

/** The provider refused or failed; named as the providers' own clients name it. */
export class ModelError extends Error {
  readonly status: number;
  /** Of the answer: they may say when to try again. */
  readonly headers: Headers;

  constructor(status: number, message: string, headers: Headers = new Headers()) {
    super(`${status} ${message}`);
    this.name = status === 429 ? 'RateLimitError' : 'InternalServerError';
    this.status = status;
    this.headers = headers;
  }
}

export function askModel(baseUrl: string, question: Question): Promise<Answer> {
  const { task, model, provider, system, user } = question;
  const messages = [
    { role: 'system', content: system },
    { role: 'user', content: user },
  ];
  return llm(task, { model, provider, input: messages, temperature: 0.2 }, async (span) => {
    const response = await fetch(`${baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model,
        messages,
        temperature: 0.2,
        logprobs: question.wantsProbabilities === true,
        metadata: { task, order: String(question.order), turn: String(question.turn) },
      }),
    });
    if (!response.ok) throw new ModelError(response.status, await errorMessage(response), response.headers);
    const completion = (await response.json()) as Completion;
    const [choice] = completion.choices;
    if (choice === undefined) throw new ModelError(502, 'the completion has no choices');
    span.setResponse({ id: completion.id, model: completion.model, finishReasons: [choice.finish_reason] });
    span.setUsage({
      inputTokens: completion.usage.prompt_tokens,
      outputTokens: completion.usage.completion_tokens,
      cachedTokens: completion.usage.prompt_tokens_details.cached_tokens,
      costUsd: costOf(model, completion.usage),
    });
    span.setOutput([{ ...choice.message, finish_reason: choice.finish_reason }]);
    return { text: choice.message.content, response: completion };
  });
}

async function errorMessage(response: Response): Promise<string> {
  const body = (await response.json()) as { error?: { message?: string } };
  return body.error?.message ?? response.statusText;
}

/** US dollars per million tokens, as the demo's provider charges: input, cached input, output. */
const PRICES = new Map([
  ['gpt-4.1', [2, 0.5, 8]],
  ['gpt-4.1-mini', [0.4, 0.1, 1.6]],
] as const);

/** What the call cost; undefined for a model whose price is not known here. */
function costOf(model: string, usage: Completion['usage']): number | undefined {
  const [input, cached, output] = PRICES.get(model as 'gpt-4.1') ?? [];
  if (input === undefined) return undefined;
  const cachedTokens = usage.prompt_tokens_details.cached_tokens;
  const fresh = usage.prompt_tokens - cachedTokens;
  return (fresh * input + cachedTokens * cached + usage.completion_tokens * output) / 1e6;
}
