// The bytes of one body as they arrive, in one piece of memory that is booked before it is taken. Chunks are copied out
// of what the socket read: a chunk of one byte would hold on to 64 KiB, and a million of them to far more than the body.
import type { BodyShare } from './body-budget.ts';

const FIRST_BYTES = 16 * 1024;

export class BodyBuffer {
  readonly #share: BodyShare;
  readonly #expectedBytes: number;
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  /** @param expectedBytes how long the body is said to be; Infinity when nobody says */
  constructor(share: BodyShare, expectedBytes: number) {
    this.#share = share;
    this.#expectedBytes = expectedBytes;
  }

  get length(): number {
    return this.#length;
  }

  /** @throws RefusedError 503 when the budget of all bodies is used up */
  append(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (this.#length === 0 && length === this.#expectedBytes) {
      this.#share.resize(length);
      this.#bytes = chunk;
    } else {
      if (length > this.#bytes.length) this.#grow(length);
      chunk.copy(this.#bytes, this.#length);
    }
    this.#length = length;
  }

  /** The whole body. */
  take(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Memory is taken as bytes arrive: what a sender only announces costs nothing. */
  #grow(length: number): void {
    const wanted = Math.max(length, this.#bytes.length * 2, FIRST_BYTES);
    const capacity = Math.max(length, Math.min(wanted, this.#expectedBytes));
    this.#share.resize(capacity);
    const grown = Buffer.allocUnsafeSlow(capacity);
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
