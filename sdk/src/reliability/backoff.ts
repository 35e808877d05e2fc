// How long to wait before the next attempt: cockatiel's exponential backoff with full jitter from a given source of
// chance, and never less than the server asked for.
import type { ExponentialBackoff, GeneratorFn, IBackoff, IBackoffFactory } from 'cockatiel';
import { retryAfterMs } from './retry-after.ts';
import type { Runtime } from './runtime.ts';

export interface BackoffOptions {
  /** Upper bound of the first wait; it doubles with each attempt. Default 200. */
  initialDelayMs?: number | undefined;
  /** Longest wait of our own. Default 10,000. */
  maxDelayMs?: number | undefined;
}

interface RetryContext {
  result: { error: Error } | { value: unknown };
}

/**
 * A factory for cockatiel's retry that passes each wait to `announce` and returns 0: the wait itself is ours, because
 * cockatiel's cannot be aborted. Full jitter is `random() × min(maxDelay, initialDelay × 2^n)`
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export function backoff(
  Exponential: typeof ExponentialBackoff,
  { initialDelayMs = 200, maxDelayMs = 10_000 }: BackoffOptions,
  runtime: Runtime,
  announce: (delayMs: number) => void,
): IBackoffFactory<RetryContext> {
  const fullJitter: GeneratorFn<number> = (attempts = 0, { initialDelay, maxDelay }) => [
    Math.round(runtime.random() * Math.min(maxDelay, initialDelay * 2 ** attempts)),
    attempts + 1,
  ];
  const exponential = new Exponential<number>({
    generator: fullJitter,
    initialDelay: initialDelayMs,
    maxDelay: maxDelayMs,
  });
  const wrap = (inner: IBackoff<unknown>, context: RetryContext): IBackoff<RetryContext> => {
    const failure = 'error' in context.result ? context.result.error : context.result.value;
    announce(Math.max(inner.duration, retryAfterMs(failure, runtime.nowMs()) ?? 0));
    return { duration: 0, next: (following) => wrap(inner.next(undefined), following) };
  };
  return { next: (context) => wrap(exponential.next(), context) };
}
