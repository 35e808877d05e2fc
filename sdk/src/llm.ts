// llm(): one call of a model, with its messages, usage and answer, as the GenAI conventions name them.
import type { Span } from '@opentelemetry/api';
import { STANDARD } from './attributes.ts';
import { splitCall } from './expect.ts';
import { type Messages, toMessages } from './messages.ts';
import { quietly } from './quietly.ts';
import { runSpan, type SpanPlan } from './run-span.ts';
import { currentGuard } from './scope-guard.ts';
import type { StepFunction } from './step.ts';
import { frameOf, takeUncounted } from './step-frame.ts';
import { StepSpan } from './step-span.ts';

export interface LlmOptions {
  /** The requested model. */
  model?: string | undefined;
  /** Who serves it: `openai`, `anthropic`, `gcp.vertex_ai`… */
  provider?: string | undefined;
  /** The messages sent, or one string for a single user message. Recorded unless content capture is off. */
  input?: Messages | undefined;
  /** Your own reference to the input, such as `order:48213`, for the payload of a failure. Default: this span. */
  inputRef?: string | undefined;
  /** The system prompt, where the API takes it separately from the messages. */
  system?: string | undefined;
  temperature?: number | undefined;
  maxTokens?: number | undefined;
  /** `gen_ai.operation.name`. Default chat. */
  operation?: string | undefined;
  attributes?: Record<string, unknown> | undefined;
}

/** Token counts. Cached tokens are part of the input, reasoning tokens part of the output. */
export interface Usage {
  inputTokens?: number | undefined;
  outputTokens?: number | undefined;
  cachedTokens?: number | undefined;
  reasoningTokens?: number | undefined;
  /** US dollars, where you know it; else computed from the `prices` of the surrounding defined agent, against whose limit it counts. */
  costUsd?: number | undefined;
}

export interface LlmResponse {
  id?: string | undefined;
  /** The model that answered. */
  model?: string | undefined;
  /** Such as stop, length, tool_calls. */
  finishReasons?: readonly string[] | undefined;
}

/** The handle of `llm()`: that of every step, with usage and response in addition. */
export class LlmSpan extends StepSpan {
  readonly #span: Span;
  readonly #asked: string | undefined;
  #answered: string | undefined;
  /** Of the agent that made the call, wherever its answer is read. */
  readonly #costs = currentGuard()?.costs;

  /** @param model the requested model */
  constructor(span: Span, inputKey: string, outputKey: string, model: string | undefined) {
    super(span, inputKey, outputKey);
    this.#span = span;
    this.#asked = textOf(model);
  }

  /** Sets the token counts; what is unknown is left out, never 0. A later call replaces an earlier one. */
  setUsage(usage: Usage): this {
    quietly(() => {
      const costUsd = usage.costUsd ?? this.#costs?.costOf([this.#answered, this.#asked], usage);
      this.#costs?.notePriced(this, this.#answered ?? this.#asked ?? 'a model without a name', costUsd !== undefined);
      if (typeof costUsd === 'number') this.#costs?.spend(takeUncounted(frameOf(this.#span), costUsd));
      this.set({
        [STANDARD.USAGE_COST]: costUsd,
        [STANDARD.INPUT_TOKENS]: usage.inputTokens,
        [STANDARD.OUTPUT_TOKENS]: usage.outputTokens,
        [STANDARD.CACHE_READ_TOKENS]: usage.cachedTokens,
        [STANDARD.REASONING_TOKENS]: usage.reasoningTokens,
      });
    });
    return this;
  }

  setResponse(response: LlmResponse): this {
    quietly(() => {
      this.#answered = textOf(response.model) ?? this.#answered;
      this.set({
        [STANDARD.RESPONSE_ID]: response.id,
        [STANDARD.RESPONSE_MODEL]: response.model,
        [STANDARD.FINISH_REASONS]: listOf(response.finishReasons),
      });
    });
    return this;
  }

  override setInput(messages: unknown): this {
    return super.setInput(quietly(() => toMessages(messages, 'user')));
  }

  override setOutput(messages: unknown): this {
    return super.setOutput(quietly(() => toMessages(messages, 'assistant')));
  }
}

const USAGE = 'llm(name, options?, (span) => …), with a name and a function that calls the model.';

/** Runs one model call. A string result is recorded as the answer; for anything else call `span.setOutput`. */
export function llm<T>(name: string, fn: StepFunction<T, LlmSpan>): Promise<T>;
export function llm<T>(name: string, options: LlmOptions | undefined, fn: StepFunction<T, LlmSpan>): Promise<T>;
export async function llm<T>(
  name: string,
  ...rest: [StepFunction<T, LlmSpan>] | [LlmOptions | undefined, StepFunction<T, LlmSpan>]
): Promise<T> {
  const { options, fn } = splitCall<LlmOptions, StepFunction<T, LlmSpan>>(USAGE, rest);
  return runSpan(
    planOf(name, options),
    {
      handle: (span) => new LlmSpan(span, STANDARD.INPUT_MESSAGES, STANDARD.OUTPUT_MESSAGES, options.model),
      onStart: (span) => {
        if (options.input !== undefined) span.setInput(options.input);
        if (options.system !== undefined) span.setContent(STANDARD.SYSTEM_INSTRUCTIONS, systemParts(options.system));
      },
      onResult: (span, result) => {
        if (typeof result === 'string') span.outputDefault(result);
      },
    },
    fn,
  );
}

function planOf(name: string, options: LlmOptions): SpanPlan {
  const attributes = {
    [STANDARD.PROVIDER_NAME]: options.provider,
    [STANDARD.REQUEST_MODEL]: options.model,
    [STANDARD.REQUEST_TEMPERATURE]: options.temperature,
    [STANDARD.REQUEST_MAX_TOKENS]: options.maxTokens,
  };
  return {
    name,
    kind: 'llm',
    operation: options.operation ?? 'chat',
    isRemoteCall: true,
    attributes,
    extra: options.attributes,
    inputRef: options.inputRef,
  };
}

function systemParts(system: string): unknown {
  return [{ type: 'text', content: system }];
}

/** A single reason given without a list would otherwise become a list of its characters. */
function listOf(reasons: unknown): unknown {
  if (typeof reasons === 'string') return [reasons];
  const isIterable = typeof (reasons as Iterable<unknown> | null | undefined)?.[Symbol.iterator] === 'function';
  return isIterable ? [...(reasons as Iterable<unknown>)] : reasons;
}

const textOf = (model: unknown): string | undefined => (typeof model === 'string' ? model : undefined);
