// Keeps calls to a service under its rate limit (p-queue), and delays all of them when it asks for a pause.
import type PQueue from 'p-queue';
import { loadQueue } from '../reliability/load.ts';
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
  readonly #limit: RateLimit | undefined;
  readonly #runtime: Runtime;
  #opened: Promise<PQueue> | undefined;
  #holdUntilMs = 0;

  constructor(limit: RateLimit | undefined, runtime: Runtime) {
    this.#limit = limit;
    this.#runtime = runtime;
  }

  /** Resolves when it is this call's turn. Rejects with the signal's reason when it is aborted while waiting. */
  async turn(signal: AbortSignal | undefined): Promise<Turn> {
    const askedAtMs = this.#runtime.nowMs();
    const { granted, isAtOnce } = this.#limit === undefined ? FREE : this.#slot(await this.#queue(this.#limit), signal);
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

  /** No call starts for this long, as the service asked (Retry-After). */
  holdOff(ms: number): void {
    this.#holdUntilMs = Math.max(this.#holdUntilMs, this.#runtime.nowMs() + ms);
  }

  #holdMs(): number {
    return this.#holdUntilMs - this.#runtime.nowMs();
  }

  /**
   * The queue runs the slot, not the call: a call that ran inside the queue would be in the async context of whichever
   * call freed its place, and its spans would get that call's parent.
   */
  #slot(queue: PQueue, signal: AbortSignal | undefined): Slot {
    // A free queue runs what is added before `add` returns.
    let isAdding = true;
    let isAtOnce = false;
    const granted = new Promise<() => void>((grant, refuse) => {
      const hold = (): Promise<void> =>
        new Promise((release) => {
          isAtOnce = isAdding;
          grant(release);
        });
      queue.add(hold, signal instanceof AbortSignal ? { signal } : {}).catch(refuse);
    });
    isAdding = false;
    return { granted, isAtOnce: () => isAtOnce };
  }

  #queue({ requests, perMs, concurrency = Number.POSITIVE_INFINITY }: RateLimit): Promise<PQueue> {
    this.#opened ??= loadQueue().then(
      (Queue) => new Queue({ intervalCap: requests, interval: perMs, strict: true, concurrency }),
    );
    return this.#opened;
  }
}

interface Slot {
  granted: Promise<() => void>;
  isAtOnce: () => boolean;
}

const FREE: Slot = { granted: Promise.resolve(() => undefined), isAtOnce: () => true };
