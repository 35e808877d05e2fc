// One call to a model over the OpenAI protocol, with every way it can go wrong as a value.
import OpenAI, { APIConnectionError, APIError } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { createOutboundFetch, OutboundError } from '../../outbound/fetch.ts';
import { answerSchema, readModelAnswer } from './answer.ts';
import { ANSWER_MAX_TOKENS, type Prompt } from './prompt.ts';

export interface ModelUsage {
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
}

export type Attempt =
  /** `text` is JSON of the shape that was asked for. */
  | { readonly kind: 'answered'; readonly text: string; readonly usage: ModelUsage }
  /** It answered, and there is nothing to use. Asking again costs again. */
  | { readonly kind: 'unusable'; readonly why: string; readonly usage: ModelUsage }
  | {
      readonly kind: 'failed';
      /** One word: timeout, http_429, ECONNREFUSED … */
      readonly why: string;
      readonly isRetryable: boolean;
      /** How long the server wants to be left alone; null = it did not say. */
      readonly retryAfterMs: number | null;
      /** It may have been worked on, and billed. */
      readonly mayHaveCost: boolean;
    };

export interface ModelClient {
  readonly model: string;
  /** Asks once. Never rejects. @param timeoutMs for everything, to the last byte */
  ask(prompt: Prompt, timeoutMs: number, signal: AbortSignal): Promise<Attempt>;
}

export interface ClientOptions {
  readonly apiKey: string;
  /** undefined = OpenAI's own. The operator's word: used as it is. */
  readonly baseUrl: string | undefined;
  readonly model: string;
}

const REPLY_MAX_BYTES = 256 * 1024;
const OWN_URL = 'https://api.openai.com/v1';
/** These want the newer name of the limit; most others know the older one only. */
const NEWER = /^https:\/\/(?:api\.openai\.com|[a-z0-9.-]+\.openai\.azure\.com)(?:[/:]|$)/;

export function createModelClient({ apiKey, baseUrl = OWN_URL, model }: ClientOptions): ModelClient {
  const limit = NEWER.test(baseUrl) ? { max_completion_tokens: ANSWER_MAX_TOKENS } : { max_tokens: ANSWER_MAX_TOKENS };
  return {
    model,
    async ask({ system, user }, timeoutMs, signal) {
      const client = new OpenAI({
        apiKey,
        baseURL: baseUrl,
        // Else it would read the environment, which config.ts alone does.
        organization: null,
        project: null,
        webhookSecret: null,
        maxRetries: 0,
        timeout: timeoutMs,
        logLevel: 'off',
        fetch: (input, init) =>
          createOutboundFetch({ guard: null, timeoutMs, maxReplyBytes: REPLY_MAX_BYTES })(String(input), init),
      });
      // Of its own: the library never takes its listeners off again.
      const ending = new AbortController();
      const end = () => ending.abort();
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
      try {
        const reply: unknown = await client.chat.completions.create(
          {
            model,
            messages: [
              { role: 'system', content: system },
              { role: 'user', content: user },
            ],
            response_format: zodResponseFormat(answerSchema, 'run_summary'),
            ...limit,
          },
          { signal: ending.signal },
        );
        return read(reply);
      } catch (error) {
        return failed(error);
      } finally {
        signal.removeEventListener('abort', end);
      }
    },
  };
}

type Loose = { readonly [key: string]: unknown } | null | undefined;

/** The body of an HTTP 200 is untrusted input too: every field may be missing or odd. */
function read(reply: unknown): Attempt {
  const usage = usageOf(reply);
  const unusable = (why: string): Attempt => ({ kind: 'unusable', why, usage });
  const choices = (reply as Loose)?.choices;
  const choice = (Array.isArray(choices) ? choices[0] : null) as Loose;
  const message = choice?.message as Loose;
  if (typeof message?.refusal === 'string' && message.refusal !== '') return unusable('refused');
  if (choice?.finish_reason === 'content_filter') return unusable('filtered');
  if (choice?.finish_reason === 'length') return unusable('cut off');
  if (typeof message?.content !== 'string') return unusable('no answer');
  if (readModelAnswer(message.content) === null) return unusable('not the shape asked for');
  return { kind: 'answered', text: message.content, usage };
}

const MOST_TOKENS = 1e9;

function usageOf(reply: unknown): ModelUsage {
  const usage = (reply as Loose)?.usage as Loose;
  const count = (value: unknown) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS ? value : null;
  return { tokensIn: count(usage?.prompt_tokens), tokensOut: count(usage?.completion_tokens) };
}

/** Timeouts, conflicts, too many requests, and what is the server's own fault: worth another try. */
const isRetryableStatus = (status: number) => status === 408 || status === 409 || status === 429 || status >= 500;

function failed(error: unknown): Attempt {
  const none = { kind: 'failed', retryAfterMs: null } as const;
  if (error instanceof APIConnectionError || !(error instanceof APIError) || error.status === undefined) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    if (cause instanceof OutboundError) {
      const isForm = cause.code === 'EREQUEST' || cause.code === 'EADDRESS';
      const why = cause.code === 'TIMEOUT' ? 'timeout' : cause.code;
      return { ...none, why, isRetryable: !isForm, mayHaveCost: cause.mayHaveArrived };
    }
    // Cut off by our own deadline or end, or HTTP 200 that is no JSON.
    const isJson = cause instanceof SyntaxError;
    return { ...none, why: isJson ? 'no JSON' : 'timeout', isRetryable: true, mayHaveCost: true };
  }
  const { status, headers } = error;
  return {
    kind: 'failed',
    why: `http_${status}`,
    isRetryable: isRetryableStatus(status),
    retryAfterMs: retryAfterMs(headers?.get('retry-after') ?? null),
    mayHaveCost: false,
  };
}

const LONGEST_WAIT_MS = 3_600_000;

/** Seconds, or a date (RFC 9110 §10.2.3). null when it is neither. */
export function retryAfterMs(value: string | null, nowMs = Date.now()): number | null {
  if (value === null || value.trim() === '') return null;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, ms), LONGEST_WAIT_MS);
}
