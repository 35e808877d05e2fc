// Whether inserts make no progress although storage answers: then /readyz has to show it, because the spool goes on
// acknowledging until it is full. While storage itself does not answer, that is what the spool is for.

export interface StuckWatchDeps {
  /** Since when the same file is tried (Unix milliseconds) and the last failure; null = none is. */
  readonly oldestTry: () => { readonly sinceMs: number; readonly lastFailure: string } | null;
  /** Asks storage something small. @throws when it does not answer */
  readonly askStorage: () => Promise<unknown>;
  readonly now: () => number;
}

/** A file that is tried for longer than this is stuck. */
export const STUCK_AFTER_MS = 5 * 60_000;
/** After an outage the inserts get so long to catch up before they count as stuck. */
const STORAGE_WELL_FOR_MS = 60_000;
const CHECK_EVERY_MS = 10_000;
const MAX_REASON_CHARS = 300;

export class StuckWatch {
  readonly #deps: StuckWatchDeps;
  #storageWellSinceMs: number | null = null;
  #because: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isChecking = false;

  constructor(deps: StuckWatchDeps) {
    this.#deps = deps;
  }

  start(everyMs = CHECK_EVERY_MS): void {
    this.#timer = setInterval(() => void this.check(), everyMs);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Why the inserts count as stuck, or null. */
  get because(): string | null {
    return this.#because;
  }

  async check(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      this.#because = await this.#look();
    } finally {
      this.#isChecking = false;
    }
  }

  async #look(): Promise<string | null> {
    const { oldestTry, askStorage, now } = this.#deps;
    if (!isOld(oldestTry(), now())) {
      this.#storageWellSinceMs = null;
      return null;
    }
    const isWell = await askStorage().then(
      () => true,
      () => false,
    );
    if (!isWell) this.#storageWellSinceMs = null;
    else this.#storageWellSinceMs ??= now();
    const oldest = oldestTry();
    if (oldest === null || !isOld(oldest, now()) || this.#storageWellSinceMs === null) return null;
    if (now() - this.#storageWellSinceMs < STORAGE_WELL_FOR_MS) return null;
    const minutes = Math.floor((now() - oldest.sinceMs) / 60_000);
    const why = oldest.lastFailure === '' ? 'an insert that does not end' : oldest.lastFailure;
    return `Nothing has been inserted for ${minutes} minutes although storage answers; the last failure: ${why.slice(0, MAX_REASON_CHARS)}`;
  }
}

const isOld = (oldest: { readonly sinceMs: number } | null, nowMs: number): boolean =>
  oldest !== null && nowMs - oldest.sinceMs > STUCK_AFTER_MS;
