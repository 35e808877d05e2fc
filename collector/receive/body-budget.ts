// Bytes of all bodies that are held at one time, so that many senders together cannot fill the memory.
import { RefusedError } from '../decode/refused.ts';

const MAX_BYTES = 256 * 1024 * 1024;
/** Bodies up to this part of the budget, 1 MiB, count as small: most batches are. */
const SMALL_PART = 1 / 256;
/** Larger ones leave a quarter to the small, so that a few that never end do not stop the others. */
const LARGE_PART = 3 / 4;

export class BodyBudget {
  readonly #maxBytes: number;
  #usedBytes = 0;

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** The share of one request; give it back with `release`. */
  share(): BodyShare {
    return new BodyShare((change, bytes) => {
      const part = bytes <= this.#maxBytes * SMALL_PART ? 1 : LARGE_PART;
      if (change > 0 && this.#usedBytes + change > this.#maxBytes * part)
        throw new RefusedError(503, 'Too many bodies at once; send again shortly.');
      this.#usedBytes += change;
    });
  }
}

export class BodyShare {
  readonly #change: (change: number, bytes: number) => void;
  #bytes = 0;

  /** @param change called with how much the share grows, and its new size */
  constructor(change: (change: number, bytes: number) => void) {
    this.#change = change;
  }

  /** @throws RefusedError 503 when the budget is used up: try again when others are through */
  resize(bytes: number): void {
    this.#change(bytes - this.#bytes, bytes);
    this.#bytes = bytes;
  }

  release(): void {
    this.resize(0);
  }
}
