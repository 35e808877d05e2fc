// retry(): tries again what may pass by itself. Every attempt is a span of its own, linked to the one before.
import { expectCall, expectOptionalSignal } from '../expect.ts';
import type { StepSpan } from '../step-span.ts';
import { type Attempt, attempts, expectRetryPolicy, type RetryOptions } from './attempts.ts';
import { type CallOptions, runStep } from './call-options.ts';
import { lastErrorOf } from './retries-exhausted.ts';

const USAGE = 'retry(name, { maxAttempts: 3 }, ({ signal }) => …)';

/**
 * Runs `fn` up to `maxAttempts` times while it fails transiently, with exponential backoff and full jitter, and never
 * sooner than `Retry-After` asks. Rejects with exactly the last error. A `Response` with a transient status counts as a
 * failure and is tried again; the last one is returned as it is. Rejects with a TypeError when it is called without
 * options or function.
 */
export async function retry<T>(
  name: string,
  options: RetryOptions,
  fn: (attempt: Attempt) => T | Promise<T>,
): Promise<T> {
  expectCall(USAGE, options, fn);
  expectOptionalSignal(USAGE, options);
  expectRetryPolicy(USAGE, options);
  return operation(name, options, {}, (span) => attempts(name, span, options, fn));
}

/** A span around a whole operation. Its attempts speak for themselves, so several failed ones are said once, in sum. */
export async function operation<T>(
  name: string,
  options: CallOptions,
  attributes: Record<string, unknown>,
  fn: (span: StepSpan) => Promise<T>,
): Promise<T> {
  try {
    return await runStep(name, options, attributes, fn);
  } catch (error) {
    throw lastErrorOf(error);
  }
}
