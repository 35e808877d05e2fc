// The blocks that one large request fills: a new one when the last is full, and an end to how much they hold together.
import { RefusedError } from './refused.ts';

const MAX_BLOCK_BYTES = 8 * 1024 * 1024;
/** Rows repeat their resource and scope, so a body of 3 MiB can become gigabytes. No honest batch comes near this. */
const MAX_BYTES = 256 * 1024 * 1024;

export class RequestBlocks<Block extends { readonly rows: number }> {
  readonly #newBlock: () => Block;
  readonly #bytesOf: (block: Block) => number;
  readonly #noun: string;
  readonly #maxBytes: number;
  readonly #full: Block[] = [];
  #fullBytes = 0;
  /** The block to append to. */
  current: Block;

  /**
   * @param bytesOf about how many bytes a block holds
   * @param noun what a row is called in the refusal: `spans`
   */
  constructor(newBlock: () => Block, bytesOf: (block: Block) => number, noun: string, maxBytes = MAX_BYTES) {
    this.#newBlock = newBlock;
    this.#bytesOf = bytesOf;
    this.#noun = noun;
    this.#maxBytes = maxBytes;
    this.current = newBlock();
  }

  /** After each row. @throws RefusedError 413 when the rows take too much memory together */
  grow(): void {
    const bytes = this.#bytesOf(this.current);
    if (this.#fullBytes + bytes > this.#maxBytes) {
      const mib = Math.floor(this.#maxBytes / 1024 / 1024);
      throw new RefusedError(
        413,
        `These ${this.#noun} take more than ${mib} MiB, as each repeats its resource and scope; send smaller batches.`,
      );
    }
    if (bytes < MAX_BLOCK_BYTES) return;
    this.#fullBytes += bytes;
    this.#full.push(this.current);
    this.current = this.#newBlock();
  }

  /** All blocks that hold rows. */
  all(): Block[] {
    return [...this.#full, this.current].filter(({ rows }) => rows > 0);
  }
}
