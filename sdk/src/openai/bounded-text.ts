// Text that arrives in pieces, of which head and tail are kept: a stream must not fill the memory of the agent.

export class BoundedText {
  readonly #limit: number;
  #head = '';
  #tail = '';
  #left = 0;

  /** @param limit UTF-16 units of the text as it will be recorded */
  constructor(limit: number) {
    this.#limit = limit;
  }

  add(piece: string): void {
    const free = this.#limit - this.#head.length;
    this.#head += piece.slice(0, Math.max(0, free));
    if (piece.length <= free) return;
    this.#tail += piece.slice(Math.max(0, free));
    const most = Math.ceil(this.#limit / 2);
    if (this.#tail.length <= 2 * most) return;
    this.#left += this.#tail.length - most;
    this.#tail = this.#tail.slice(-most);
  }

  get isEmpty(): boolean {
    return this.#head === '';
  }

  /** Longer than the limit when something was left out, so that it is cut once more where it is recorded. */
  toString(): string {
    const gap = this.#left === 0 ? '' : `… [${this.#left} characters cut] …`;
    return this.#head + gap + this.#tail;
  }
}
