// Bytes of all bodies that are held at one time, so that many senders together cannot fill the memory.
import { RefusedError } from './refused.ts';

const MAX_BYTES = 256 * 1024 * 1024;

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
    return new BodyShare((change) => {
      if (change > 0 && this.#usedBytes + change > this.#maxBytes)
        throw new RefusedError(503, 'Too many bodies at once; send again shortly.');
      this.#usedBytes += change;
    });
  }
}

export class BodyShare {
  readonly #change: (bytes: number) => void;
  #bytes = 0;

  constructor(change: (bytes: number) => void) {
    this.#change = change;
  }

  /** @throws RefusedError 503 when the budget is used up: try again when others are through */
  resize(bytes: number): void {
    this.#change(bytes - this.#bytes);
    this.#bytes = bytes;
  }

  release(): void {
    this.resize(0);
  }
}
