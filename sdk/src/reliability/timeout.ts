// timeout(): a call that must end in time. The function gets a signal, so that what it started is stopped as well.
import { TELLTALE } from '../attributes.ts';
import { brand } from '../brand.ts';
import { expectCall, expectMs, expectOptionalSignal } from '../expect.ts';
import { isA } from '../read.ts';
import type { StepSpan } from '../step-span.ts';
import { type CallOptions, runStep } from './call-options.ts';
import { inputRefOf, noteFailure } from './failure.ts';
import { allowListeners, signalOfCall } from './follow-signal.ts';
import { loadCockatiel } from './load.ts';
import { markOutcomeUnknown } from './outcome.ts';
import { type Runtime, runtimeOf } from './runtime.ts';

/** A call did not end in time. It may still have had an effect. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
  readonly timeoutMs: number;

  static {
    brand(TimeoutError, 'TimeoutError');
  }

  constructor(step: string, timeoutMs: number) {
    super(`${step} did not end within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

export interface TimeoutOptions extends CallOptions {
  timeoutMs: number;
  runtime?: Partial<Runtime> | undefined;
}

export interface TimedCall {
  /** Aborted when the time is over, or when the caller's own signal is. Pass it on. */
  signal: AbortSignal;
  span: StepSpan;
}

const USAGE = 'timeout(name, { timeoutMs: 2000 }, ({ signal }) => …)';

/**
 * Runs `fn` in a span and rejects with a TimeoutError after `timeoutMs`, whether or not `fn` listens to its signal.
 * Rejects with the reason of `options.signal` when the caller stops it first, and with a TypeError when it is called
 * without options or function.
 */
export async function timeout<T>(
  name: string,
  options: TimeoutOptions,
  fn: (call: TimedCall) => T | Promise<T>,
): Promise<T> {
  expectCall(USAGE, options, fn);
  expectMs(USAGE, 'timeoutMs', options.timeoutMs);
  expectOptionalSignal(USAGE, options);
  const { timeoutMs, signal } = options;
  return runStep(name, options, { [TELLTALE.TIMEOUT_LIMIT]: timeoutMs / 1000 }, async (span) => {
    try {
      return await within(name, timeoutMs, signal, async (inner) => fn({ signal: inner, span }));
    } catch (error) {
      const nowMs = runtimeOf(options.runtime).nowMs();
      noteFailure(span, error, {
        step: name,
        attempt: 1,
        maxAttempts: 1,
        inputRef: inputRefOf(span, options.inputRef),
        nowMs,
      });
      throw error;
    }
  });
}

/** The same without a span. Without a limit only the caller's signal ends it. */
export async function within<T>(
  step: string,
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
  fn: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const call = signalOfCall(signal);
  try {
    if (timeoutMs === undefined && (signal ?? undefined) === undefined) return await fn(call.signal);
    const { TaskCancelledError, TimeoutStrategy, timeout: timeoutPolicy } = await loadCockatiel();
    // A timer beyond 2^31 − 1 ms fires at once (Node's setTimeout), so that is the longest.
    const limitMs = Math.min(timeoutMs ?? Number.POSITIVE_INFINITY, 2 ** 31 - 1);
    // Its signal must not be aborted on return: the body of a Response is read later.
    const policy = timeoutPolicy(limitMs, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false });
    try {
      return await policy.execute(({ signal: inner }) => {
        allowListeners(inner);
        return fn(inner);
      }, call.signal);
    } catch (error) {
      if (signal?.aborted) {
        // The caller's reason does not describe what was running.
        markOutcomeUnknown(signal.reason);
        throw signal.reason;
      }
      if (isA(error, TaskCancelledError)) throw new TimeoutError(step, limitMs);
      throw error;
    }
  } finally {
    call.release();
  }
}
