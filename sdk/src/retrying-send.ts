// Sends one request until it gets a final answer or its time is up. Neither the requests nor the waits between them keep
// the process alive: a script whose receiver is down ends as it would without the SDK.
import { parseRetryAfter } from './reliability/retry-after.ts';
import type { Post, Reply } from './transport.ts';

const MAX_ATTEMPTS = 6;
const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 5_000;
const BACKOFF_FACTOR = 1.5;
const JITTER = 0.2;

// https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes
const RETRYABLE_STATUS = new Set([429, 502, 503, 504]);
const RETRYABLE_ERRORS = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ENETUNREACH',
  'EHOSTUNREACH',
]);

/** Called after each attempt with whether the receiver answered. */
export type OnContact = (isReached: boolean) => void;

export interface RetryingSend {
  /** Resolves to the last answer; rejects when the receiver did not answer. */
  send: (contentType: string, body: Uint8Array) => Promise<Reply>;
  /** Ends the waits between attempts: the next attempt starts now. */
  hurry: () => void;
}

export function retryingSend(post: Post, url: string, timeoutMs: number, onContact: OnContact): RetryingSend {
  const waits = new Set<() => void>();

  async function send(contentType: string, body: Uint8Array): Promise<Reply> {
    const untilMs = performance.now() + timeoutMs;
    let backoffMs = FIRST_BACKOFF_MS;
    for (let attempt = 1; ; attempt++) {
      const answer = await attemptOnce(contentType, body, Math.max(1, untilMs - performance.now()));
      const pauseMs = pauseAfter(answer, backoffMs * (1 + (Math.random() * 2 - 1) * JITTER));
      if (pauseMs === null || attempt >= MAX_ATTEMPTS || performance.now() + pauseMs > untilMs) {
        if ('error' in answer) throw answer.error;
        return answer;
      }
      backoffMs = Math.min(MAX_BACKOFF_MS, backoffMs * BACKOFF_FACTOR);
      await pause(pauseMs);
    }
  }

  async function attemptOnce(contentType: string, body: Uint8Array, limitMs: number): Promise<Reply | Failed> {
    try {
      const reply = await post(url, contentType, body, limitMs);
      onContact(true);
      return reply;
    } catch (error) {
      onContact(false);
      return { error };
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        waits.delete(go);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(go, ms);
      timer.unref();
      waits.add(go);
    });
  }

  const hurry = (): void => {
    for (const go of [...waits]) go();
  };
  return { send, hurry };
}

interface Failed {
  readonly error: unknown;
}

/** Milliseconds until the next attempt; null for no further attempt. */
function pauseAfter(answer: Reply | Failed, backoffMs: number): number | null {
  if ('error' in answer) {
    const code: unknown = answer.error instanceof Error ? Reflect.get(answer.error, 'code') : undefined;
    return RETRYABLE_ERRORS.has(String(code)) ? backoffMs : null;
  }
  if (!RETRYABLE_STATUS.has(answer.status)) return null;
  return parseRetryAfter(answer.headers['retry-after'] ?? null, Date.now()) ?? backoffMs;
}
