// idempotent(): an action with consequences happens once per key, however often it is called.
import { TELLTALE } from '../attributes.ts';
import { expectCall, expectOptionalSignal } from '../expect.ts';
import { errorMessage, errorType } from '../record-error.ts';
import { shared } from '../shared-state.ts';
import type { StepSpan } from '../step-span.ts';
import { type CallOptions, runStep } from './call-options.ts';
import { isResponse, statusOf } from './error-facts.ts';
import { inputRefOf, noteFailure } from './failure.ts';
import type { IdempotencyStore, KeyRecord } from './idempotency-store.ts';
import { keepLease } from './keep-lease.ts';
import { kept } from './kept-result.ts';
import { FailedBeforeError, InFlightError, OutcomeUnknownError } from './key-errors.ts';
import { expectKey, expectKeyOptions, type KeyOptions } from './key-options.ts';
import { storeFor } from './key-store.ts';
import { isWithin, type KeyedCall, runWithin } from './keyed-call.ts';
import { isOutcomeUnknown, markOutcomeUnknown } from './outcome.ts';
import { type Runtime, runtimeOf } from './runtime.ts';

export interface IdempotentOptions extends CallOptions, KeyOptions {
  runtime?: Partial<Runtime> | undefined;
}

const POLL_MS = 50;
/** A key whose outcome is unknown is held until someone decides: no store may treat it as expired. The end of the year 9999, which every store can write as a date. */
const NEVER_MS = 253_402_300_799_000;
/** What `Infinity` means here: a hundred years for a key, and a month for a lease, which is renewed. */
const MAX_TTL_MS = 100 * 365 * 86_400_000;
const MAX_LEASE_MS = 30 * 86_400_000;
/** Calls under way in this process, of all copies of the SDK: per store, by key. */
const underWay = () => shared('underWay', () => new WeakMap<IdempotencyStore, Map<string, Promise<unknown>>>());

const USAGE = "idempotent(name, { key: 'refund:48213', store: fileKeys('./keys') }, () => …)";

/**
 * Runs `fn` unless its key was used before: then the first result is returned. Calls at the same time share one run.
 * A failure that says that nothing happened frees the key (see `retryFailed`). One with an unknown outcome, such as a
 * timeout, is thrown as it is and holds the key: later calls get an OutcomeUnknownError until someone decides. When the
 * store cannot be reached, nothing runs and its error is thrown: keys exist to prevent an unprotected run.
 * @throws TypeError without a usable key, or without a store outside of tests; InFlightError, OutcomeUnknownError,
 * FailedBeforeError, what `fn` throws, what the store throws
 */
export async function idempotent<T>(
  name: string,
  options: IdempotentOptions,
  fn: (call: { span: StepSpan }) => T | Promise<T>,
): Promise<T> {
  expectCall(USAGE, options, fn);
  expectOptionalSignal(USAGE, options);
  const keyed = checkedKey(USAGE, options);
  return runStep(name, options, {}, async (span) => {
    try {
      return await once(name, span, { ...keyed, signal: options.signal }, options.runtime, async () => fn({ span }));
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

/** With a key and a store that can be used. */
export type CheckedKey = KeyOptions & { store: IdempotencyStore };
type CheckedCall = CheckedKey & { signal?: AbortSignal | undefined };

/** The options with a key and a store that can be used. @throws TypeError */
export function checkedKey(usage: string, options: KeyOptions): CheckedKey {
  const key = expectKey(usage, options.key);
  expectKeyOptions(usage, options);
  return { ...options, key, store: storeFor(usage, options.store) };
}

/** The same within a span that is open already. */
export async function once<T>(
  name: string,
  span: StepSpan,
  options: CheckedCall,
  given: Partial<Runtime> | undefined,
  fn: () => Promise<T>,
): Promise<T> {
  const { key, store } = options;
  if (options.recordKey === true) span.set(TELLTALE.IDEMPOTENCY_KEY, key);
  const fullKey = `${name}\n${key}`;
  const here = underWay().get(store) ?? new Map<string, Promise<unknown>>();
  underWay().set(store, here);
  const running = here.get(fullKey);
  if (running !== undefined) {
    // A key of one of this call's own callers: it would wait for itself forever.
    if (isWithin(store, fullKey)) {
      throw new TypeError(
        `idempotent: ${JSON.stringify(name)} was called with its key from within itself, and would wait for itself. Leave the inner call out, or give it a key of its own.`,
      );
    }
    span.set(TELLTALE.IDEMPOTENCY_STATUS, 'shared');
    return (await running) as T;
  }
  const call: KeyedCall = { store, fullKey, isOutcomeUnknown: unknownRule(options), state: 'running' };
  const run = runWithin(call, () => claimAndRun(call, span, options, runtimeOf(given), fn));
  here.set(fullKey, run);
  try {
    return await run;
  } finally {
    here.delete(fullKey);
  }
}

async function claimAndRun<T>(
  call: KeyedCall,
  span: StepSpan,
  options: CheckedCall,
  runtime: Runtime,
  fn: () => Promise<T>,
): Promise<T> {
  const { store, fullKey: key } = call;
  const { waitMs = 10_000, retryFailed = true, signal } = options;
  const ttlMs = Math.min(options.ttlMs ?? 86_400_000, MAX_TTL_MS);
  const leaseMs = Math.min(options.leaseMs ?? 300_000, MAX_LEASE_MS);
  const giveUpAtMs = runtime.nowMs() + waitMs;
  for (;;) {
    signal?.throwIfAborted();
    const nowMs = runtime.nowMs();
    const claim = await store.claim(key, { nowMs, ttlMs, leaseMs, retryFailed });
    if (claim.state === 'claimed') {
      span.set(TELLTALE.IDEMPOTENCY_STATUS, 'executed');
      const { token } = claim;
      const stop = keepLease(store, { key, token, leaseMs }, runtime, (error) =>
        span.warn('lease_not_renewed', `The lease of the key could not be renewed: ${errorMessage(error)}`),
      );
      return execute({ call, token, stop, untilMs: nowMs + ttlMs }, span, options, fn);
    }
    if (claim.state === 'unknown' || (claim.state === 'in_flight' && claim.leaseUntilMs <= nowMs)) {
      span.set(TELLTALE.IDEMPOTENCY_STATUS, 'unknown');
      throw unknown(claim, { store, key, token: claim.token, untilMs: nowMs + ttlMs });
    }
    if (claim.state !== 'in_flight') return replayed<T>(span, claim);
    if (nowMs >= giveUpAtMs) {
      span.set(TELLTALE.IDEMPOTENCY_STATUS, 'in_flight');
      throw new InFlightError('Another process is doing this action right now. Ask again later.');
    }
    await runtime.sleep(POLL_MS, signal);
  }
}

function unknown(
  claim: Extract<KeyRecord, { state: 'unknown' | 'in_flight' }>,
  undecided: ConstructorParameters<typeof OutcomeUnknownError>[1],
): OutcomeUnknownError {
  const why =
    claim.state === 'unknown'
      ? `This action failed in a way that leaves open whether it happened (${claim.errorType}: ${claim.message}).`
      : 'The process that began this action is gone, so it may have happened.';
  return new OutcomeUnknownError(
    `${why} Look it up; then call error.happened(result), or error.didNotHappen() to let it be done again.`,
    undecided,
  );
}

interface Held {
  call: KeyedCall;
  token: string;
  /** Stops renewing the lease. */
  stop: () => Promise<void>;
  untilMs: number;
}

async function execute<T>(held: Held, span: StepSpan, options: CheckedCall, fn: () => Promise<T>): Promise<T> {
  const { signal } = options;
  const { store, fullKey } = held.call;
  const settle = async (record: KeyRecord): Promise<void> => {
    await held.stop();
    try {
      await store.settle(fullKey, held.token, record);
    } catch (error) {
      // The action is done, but its result was not stored. The key stays in flight, so the action is not repeated.
      span.warn('idempotency_not_saved', `How the action ended could not be saved: ${errorMessage(error)}`);
    }
  };
  const fail = async (failure: unknown, isUnknown: boolean): Promise<void> => {
    // Before the key is free: from now on it is another call that may act.
    held.call.state = 'failed';
    const facts = { errorType: errorType(failure), message: messageOf(failure) };
    if (isUnknown) span.set(TELLTALE.IDEMPOTENCY_STATUS, 'unknown');
    await settle(
      isUnknown
        ? { state: 'unknown', token: held.token, ...facts, untilMs: NEVER_MS }
        : { state: 'failed', ...facts, untilMs: held.untilMs },
    );
  };
  let result: T;
  try {
    result = await fn();
  } catch (error) {
    const isAbort = signal?.aborted === true && Object.is(error, signal.reason);
    if (isAbort) markOutcomeUnknown(error);
    await fail(error, (isAbort && options.isOutcomeUnknown === undefined) || held.call.isOutcomeUnknown(error));
    throw error;
  }
  if (isResponse(result) && (statusOf(result) ?? 0) >= 400) await fail(result, held.call.isOutcomeUnknown(result));
  else {
    held.call.state = 'done';
    await settle({ state: 'done', ...kept(result), untilMs: held.untilMs });
  }
  return result;
}

/** A rule that throws counts as true: the safe side is to do nothing. */
function unknownRule({ isOutcomeUnknown: rule = isOutcomeUnknown }: KeyOptions): KeyedCall['isOutcomeUnknown'] {
  return (failure) => {
    try {
      return rule(failure) !== false;
    } catch {
      return true;
    }
  };
}

function messageOf(failure: unknown): string {
  return isResponse(failure) ? `answered ${statusOf(failure)}` : errorMessage(failure);
}

function replayed<T>(span: StepSpan, record: Extract<KeyRecord, { state: 'done' | 'failed' }>): T {
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
