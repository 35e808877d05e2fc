// idempotent(): an action with consequences happens once per key, however often it is asked for.
import { TELLTALE } from '../attributes.ts';
import { brand } from '../brand.ts';
import { errorMessage, errorType } from '../record-error.ts';
import type { StepSpan } from '../step-span.ts';
import { type CallOptions, runStep } from './call-options.ts';
import { inputRefOf, noteFailure } from './failure.ts';
import type { IdempotencyStore, KeyRecord } from './idempotency-store.ts';
import { memoryKeys } from './memory-keys.ts';
import { type Runtime, runtimeOf } from './runtime.ts';

export interface KeyOptions {
  /** Names the one action, such as `refund:48213`. Keys of different steps never meet. */
  key: string;
  /** Default: one store in memory for the whole process. */
  store?: IdempotencyStore | undefined;
  /** How long a key is remembered after its claim. Default 24 hours. */
  ttlMs?: number | undefined;
  /** How long the action may take before its process counts as gone. Default 5 minutes. */
  leaseMs?: number | undefined;
  /** Longest wait for another process that has the key in flight. Default 10,000. */
  waitMs?: number | undefined;
  /** False: an action that failed is not done again under its key; the caller gets its failure. Default true. */
  retryFailed?: boolean | undefined;
  /** Records the key itself on the span. Default false: keys often hold names and numbers of people. */
  recordKey?: boolean | undefined;
}

export interface IdempotentOptions extends CallOptions, KeyOptions {
  runtime?: Partial<Runtime> | undefined;
}

/** Somebody else has the key and did not end in time. Ask again later: it is safe. */
export class InFlightError extends Error {
  override readonly name = 'InFlightError';

  static {
    brand(InFlightError, 'InFlightError');
  }
}

/** The process that had the key is gone, or its result could not be kept: whether the action happened is not known. */
export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';

  static {
    brand(OutcomeUnknownError, 'OutcomeUnknownError');
  }
}

/** The action failed before under this key, and `retryFailed` is false. */
export class FailedBeforeError extends Error {
  override readonly name = 'FailedBeforeError';

  static {
    brand(FailedBeforeError, 'FailedBeforeError');
  }
}

const POLL_MS = 50;
const shared = memoryKeys();
/** Calls under way in this process: per store, by key. */
const underWay = new WeakMap<IdempotencyStore, Map<string, Promise<unknown>>>();

/**
 * Runs `fn` unless its key was used before: then the first result is returned. Calls at the same time share one run.
 * A failure frees the key (see `retryFailed`). When the store cannot be asked, nothing is run and its error is thrown:
 * doing it unprotected is what keys are there to prevent.
 * @throws InFlightError, OutcomeUnknownError, FailedBeforeError, what `fn` throws, what the store throws
 */
export function idempotent<T>(
  name: string,
  options: IdempotentOptions,
  fn: (call: { span: StepSpan }) => T | Promise<T>,
): Promise<T> {
  return runStep(name, options, {}, async (span) => {
    try {
      return await once(name, span, options, options.runtime, async () => fn({ span }));
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

/** The same within a span that is open already. */
export async function once<T>(
  name: string,
  span: StepSpan,
  options: KeyOptions,
  given: Partial<Runtime> | undefined,
  fn: () => Promise<T>,
): Promise<T> {
  const { key, store = shared } = options;
  if (options.recordKey === true) span.set(TELLTALE.IDEMPOTENCY_KEY, key);
  const fullKey = `${name}\n${key}`;
  const here = underWay.get(store) ?? new Map<string, Promise<unknown>>();
  underWay.set(store, here);
  const running = here.get(fullKey);
  if (running !== undefined) {
    span.set(TELLTALE.IDEMPOTENCY_STATUS, 'shared');
    return (await running) as T;
  }
  const run = claimAndRun(fullKey, span, { ...options, store }, runtimeOf(given), fn);
  here.set(fullKey, run);
  try {
    return await run;
  } finally {
    here.delete(fullKey);
  }
}

type Stored = KeyOptions & { store: IdempotencyStore };

async function claimAndRun<T>(
  key: string,
  span: StepSpan,
  options: Stored,
  runtime: Runtime,
  fn: () => Promise<T>,
): Promise<T> {
  const { store, ttlMs = 86_400_000, leaseMs = 300_000, waitMs = 10_000, retryFailed = true } = options;
  const giveUpAtMs = runtime.nowMs() + waitMs;
  for (;;) {
    const nowMs = runtime.nowMs();
    const claim = await store.claim(key, { nowMs, ttlMs, leaseMs, retryFailed });
    if (claim.state === 'claimed') {
      span.set(TELLTALE.IDEMPOTENCY_STATUS, 'executed');
      return execute(key, claim.token, span, store, nowMs + ttlMs, fn);
    }
    if (claim.state !== 'in_flight') return replayed<T>(span, claim);
    if (claim.leaseUntilMs <= nowMs) {
      span.set(TELLTALE.IDEMPOTENCY_STATUS, 'unknown');
      throw new OutcomeUnknownError(
        'The process that began this action is gone, so it may have happened. Look it up; then store.forget(key), or settle the key.',
      );
    }
    if (nowMs >= giveUpAtMs) {
      span.set(TELLTALE.IDEMPOTENCY_STATUS, 'in_flight');
      throw new InFlightError('Another process is doing this action right now. Ask again later.');
    }
    await runtime.sleep(POLL_MS);
  }
}

async function execute<T>(
  key: string,
  token: string,
  span: StepSpan,
  store: IdempotencyStore,
  untilMs: number,
  fn: () => Promise<T>,
): Promise<T> {
  const settle = async (record: KeyRecord): Promise<void> => {
    try {
      await store.settle(key, token, record);
    } catch (error) {
      // The action is done; only its memory is not. The key stays in flight, so it is not done again.
      span.warn('idempotency_not_saved', `How the action ended could not be saved: ${errorMessage(error)}`);
    }
  };
  let result: T;
  try {
    result = await fn();
  } catch (error) {
    await settle({ state: 'failed', errorType: errorType(error), message: errorMessage(error), untilMs });
    throw error;
  }
  await settle({ state: 'done', ...kept(result), untilMs });
  return result;
}

/** The result as it comes back from any store: through JSON. */
function kept(result: unknown): { result: unknown; hasResult: boolean } {
  try {
    const json = JSON.stringify(result);
    return json === undefined
      ? { result: undefined, hasResult: result === undefined }
      : { result: JSON.parse(json), hasResult: true };
  } catch {
    return { result: undefined, hasResult: false };
  }
}

function replayed<T>(span: StepSpan, record: Exclude<KeyRecord, { state: 'in_flight' }>): T {
  if (record.state === 'failed') {
    span.set(TELLTALE.IDEMPOTENCY_STATUS, 'failed_before');
    throw new FailedBeforeError(
      `This action failed before under the same key (${record.errorType}: ${record.message}).`,
    );
  }
  span.set(TELLTALE.IDEMPOTENCY_STATUS, 'replayed');
  if (!record.hasResult) {
    throw new OutcomeUnknownError('This action was done, but its result was no JSON and could not be kept.');
  }
  return record.result as T;
}
