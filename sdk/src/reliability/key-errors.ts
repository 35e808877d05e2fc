// The errors of a call with a key whose action is not run: the key is in use, it failed before, or its outcome is unknown.
import { brand } from '../brand.ts';
import type { IdempotencyStore } from './idempotency-store.ts';
import { kept } from './kept-result.ts';

/** Another caller holds the key and did not finish in time. Retrying later is safe. */
export class InFlightError extends Error {
  override readonly name = 'InFlightError';

  static {
    brand(InFlightError, 'InFlightError');
  }
}

/** The action failed before under this key, and `retryFailed` is false. */
export class FailedBeforeError extends Error {
  override readonly name = 'FailedBeforeError';

  static {
    brand(FailedBeforeError, 'FailedBeforeError');
  }
}

/** The key of an action with an unknown outcome. */
export interface Undecided {
  store: IdempotencyStore;
  key: string;
  /** Absent when there is nothing to decide: the action was done. */
  token?: string | undefined;
  untilMs: number;
}

/**
 * Whether the action happened is not known: its process is gone, it timed out, was aborted or cut off, or its result could
 * not be kept. Look it up, then decide: `happened(result)` or `didNotHappen()`. Until then every call with the key is refused.
 */
export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';
  readonly #undecided: Undecided | undefined;

  static {
    brand(OutcomeUnknownError, 'OutcomeUnknownError');
  }

  constructor(message: string, undecided?: Undecided) {
    super(message);
    this.#undecided = undecided;
  }

  /** The key as its store knows it, for `store.forget(key)`. */
  get storeKey(): string | undefined {
    return this.#undecided?.key;
  }

  /**
   * It did not happen: frees the key, so that the next call runs the action. Where someone else has decided before, that
   * holds.
   */
  async didNotHappen(): Promise<void> {
    const { store, key, token } = this.#undecided ?? {};
    if (store === undefined || key === undefined || token === undefined) return;
    // Expires at once, so that the key may be claimed whatever `retryFailed` is.
    await store.settle(key, token, { state: 'failed', errorType: 'did_not_happen', message: '', untilMs: 0 });
  }

  /** It happened: from now on calls with this key get `result`, which is kept as JSON. */
  async happened(result?: unknown): Promise<void> {
    const { store, key, token, untilMs } = this.#undecided ?? {};
    if (store === undefined || key === undefined || token === undefined || untilMs === undefined) return;
    await store.settle(key, token, { state: 'done', ...kept(result), untilMs });
  }
}
