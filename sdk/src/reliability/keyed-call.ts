// The surrounding calls with a key: steps inside one must not act twice either.
import { AsyncLocalStorage } from 'node:async_hooks';
import { shared } from '../shared-state.ts';
import type { IdempotencyStore } from './idempotency-store.ts';

export interface KeyedCall {
  readonly store: IdempotencyStore;
  readonly fullKey: string;
  /** The rule of the key: whether a failure leaves it open that the action happened. Never throws. */
  readonly isOutcomeUnknown: (failure: unknown) => boolean;
  /** `done` and `failed` for its caller: its key is settled. What it began may still be running. */
  state: 'running' | 'done' | 'failed';
}

/** Of all copies of the SDK, the innermost last. */
const calls = () => shared('keyedCallers', () => new AsyncLocalStorage<readonly KeyedCall[]>());

/** Whether this code runs within a call with that key, which waits for it. */
export function isWithin(store: IdempotencyStore, fullKey: string): boolean {
  return (
    calls()
      .getStore()
      ?.some((call) => call.state === 'running' && call.store === store && call.fullKey === fullKey) === true
  );
}

/** Runs `fn` as a part of `call`. */
export function runWithin<T>(call: KeyedCall, fn: () => T): T {
  return calls().run([...(calls().getStore() ?? []), call], fn);
}

/**
 * The innermost call with a key that this code is part of. What begins after a call is done is no part of it: a queue or
 * a timer that the first call has set up serves all later work.
 */
export function keyedCall(): KeyedCall | undefined {
  return calls()
    .getStore()
    ?.filter(({ state }) => state !== 'done')
    .at(-1);
}
