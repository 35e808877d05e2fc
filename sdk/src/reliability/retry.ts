// retry(): repeats calls that fail transiently. Every attempt is a span of its own, linked to the one before.
import { expectCall, expectOptionalBoolean, expectOptionalSignal } from '../expect.ts';
import type { StepSpan } from '../step-span.ts';
import { type Attempt, type AttemptOptions, attempts, expectRetryPolicy } from './attempts.ts';
import { type CallOptions, runStep } from './call-options.ts';
import { keyedCall } from './keyed-call.ts';
import { isOutcomeUnknown } from './outcome.ts';
import { lastErrorOf } from './retries-exhausted.ts';

export interface RetryOptions extends AttemptOptions {
  /**
   * Whether an attempt that may have happened, such as one that timed out, may be made again. Default: not within a call
   * with a key (`idempotent`), and otherwise yes. True there says that a repeated call is harmless: it only reads.
   */
  isRepeatable?: boolean | undefined;
}

const USAGE = 'retry(name, { maxAttempts: 3 }, ({ signal }) => …)';

/**
 * Runs `fn` up to `maxAttempts` times while it fails transiently, with exponential backoff and full jitter, and never
 * sooner than `Retry-After` allows. Rejects with exactly the last error. A `Response` with a transient status counts as a
 * failure and is tried again; the last one is returned as it is. Within a call with a key an attempt that may have
 * happened is not repeated (see `isRepeatable`). Rejects with a TypeError when it is called without options or function.
 */
export async function retry<T>(
  name: string,
  options: RetryOptions,
  fn: (attempt: Attempt) => T | Promise<T>,
): Promise<T> {
  expectCall(USAGE, options, fn);
  expectOptionalSignal(USAGE, options);
  expectRetryPolicy(USAGE, options);
  expectOptionalBoolean(USAGE, options, 'isRepeatable');
  const { isRepeatable, ...policy } = options;
  const key = keyedCall();
  // The rule of the key is the one that decides afterwards whether it is held.
  const mayRepeat = (failure: unknown): boolean =>
    (isRepeatable ?? key === undefined) || !(key?.isOutcomeUnknown ?? isOutcomeUnknown)(failure);
  return operation(name, options, {}, (span) => attempts(name, span, { ...policy, mayRepeat }, fn));
}

/** A span around a whole operation. Each attempt has a span of its own, so several failures are summed up once here. */
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
