// Keeps calls to a service under its rate limit (p-queue), and holds all of them when it asks for a pause.
import PQueue from 'p-queue';
import type { Runtime } from '../reliability/runtime.ts';

export interface RateLimit {
  /** How many calls may start within any `perMs`. */
  requests: number;
  perMs: number;
  /** How many may run at once. Default: no limit. */
  concurrency?: number | undefined;
}

export interface Turn {
  waitedMs: number;
  /** The call ended: the next may run. */
  release: () => void;
}

export class Pacer {
  readonly #queue: PQueue | null;
  readonly #runtime: Runtime;
  #holdUntilMs = 0;

  constructor(limit: RateLimit | undefined, runtime: Runtime) {
    this.#runtime = runtime;
    this.#queue =
      limit === undefined
        ? null
        : new PQueue({
            intervalCap: limit.requests,
            interval: limit.perMs,
            strict: true,
            concurrency: limit.concurrency ?? Number.POSITIVE_INFINITY,
          });
  }

  /** Resolves when it is this call's turn. Rejects with the signal's reason when it is aborted while waiting. */
  async turn(signal: AbortSignal | undefined): Promise<Turn> {
    const askedAtMs = this.#runtime.nowMs();
    const { granted, isAtOnce } = this.#slot(signal);
    const release = await granted;
    let hasWaited = !isAtOnce();
    try {
      // Again and again: a call that ended meanwhile may have been asked to wait longer.
      for (let leftMs = this.#holdMs(); leftMs > 0; leftMs = this.#holdMs()) {
        hasWaited = true;
        await this.#runtime.sleep(leftMs, signal);
      }
    } catch (error) {
      release();
      throw error;
    }
    return { waitedMs: hasWaited ? this.#runtime.nowMs() - askedAtMs : 0, release };
  }

  /** No call starts for this long: the service said so (Retry-After). */
  holdOff(ms: number): void {
    this.#holdUntilMs = Math.max(this.#holdUntilMs, this.#runtime.nowMs() + ms);
  }

  #holdMs(): number {
    return this.#holdUntilMs - this.#runtime.nowMs();
  }

  /**
   * The queue runs the slot, not the call: a call that ran inside the queue would be in the async context of whichever
   * call freed its place, and its spans would get a stranger's parent.
   */
  #slot(signal: AbortSignal | undefined): { granted: Promise<() => void>; isAtOnce: () => boolean } {
    const queue = this.#queue;
    if (queue === null) return { granted: Promise.resolve(() => undefined), isAtOnce: () => true };
    // A free queue runs what is added before `add` returns.
    let isAdding = true;
    let isAtOnce = false;
    const granted = new Promise<() => void>((grant, refuse) => {
      const hold = (): Promise<void> =>
        new Promise((release) => {
          isAtOnce = isAdding;
          grant(release);
        });
      queue.add(hold, signal === undefined ? {} : { signal }).catch(refuse);
    });
    isAdding = false;
    return { granted, isAtOnce: () => isAtOnce };
  }
}
