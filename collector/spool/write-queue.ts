// Group commit for one table: concurrent requests append to one block; while it is being written and synced the next one
// fills, so the slower the disk, the larger the block. A segment is sealed when it is large or old.
import type { NativeBlock } from '#storage/native/block';
import type { OpenSegment, SealedSegment } from './segment.ts';

/** A block of any table that says about how many bytes wait in it. */
export type SpoolBlock = NativeBlock<object> & { readonly bytes: number };

export interface WriteQueueOptions<Block extends SpoolBlock> {
  readonly newBlock: () => Block;
  readonly newSegment: () => Promise<OpenSegment>;
  /** Called once per segment, in order, when it takes no more. */
  readonly onSealed: (segment: SealedSegment) => void;
  /** Called when rows are durable, before those who wait learn it. */
  readonly onDurable: (rows: number, bytes: number, segment: OpenSegment) => void;
  /** Called when rows could not be written, before those who wait learn it. */
  readonly onWriteFailed?: () => void;
  readonly flushMs: number;
  /** How long the first rows after a quiet while wait. */
  readonly firstFlushMs: number;
  readonly maxSegmentRows?: number;
  readonly maxSegmentBytes?: number;
  /** More rows or bytes than this do not wait for the disk. */
  readonly maxWaitingRows?: number;
  readonly maxWaitingBytes?: number;
}

/** A block that grew larger than this gives its memory back. */
const MAX_SPARE_BYTES = 64 * 1024 * 1024;

interface Group<Block> {
  readonly blocks: readonly Block[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class WriteQueue<Block extends SpoolBlock> {
  readonly #options: WriteQueueOptions<Block>;
  readonly #spare: Block[] = [];
  readonly #alone: Group<Block>[] = [];
  #filling: Group<Block> & { readonly block: Block; readonly done: Promise<void> };
  #segment: OpenSegment | null = null;
  #sealTimer: NodeJS.Timeout | null = null;
  /** The segment is old enough; sealed at the next moment nothing is written to it. */
  #isDue = false;
  #scheduled = false;
  #sealedAtMs = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | null = null;

  constructor(options: WriteQueueOptions<Block>) {
    this.#options = options;
    this.#filling = this.#startFilling();
  }

  /** The block to append to, now and synchronously. null when too much waits for the disk. */
  open(): Block | null {
    const { maxWaitingRows = 64_000, maxWaitingBytes = 128 * 1024 * 1024 } = this.#options;
    const { block } = this.#filling;
    const isFull = this.#running !== null && (block.rows >= maxWaitingRows || block.bytes >= maxWaitingBytes);
    return isFull ? null : block;
  }

  /** Resolves when everything appended so far is on disk; rejects when it is not. */
  committed(): Promise<void> {
    if (this.#filling.block.rows === 0) return Promise.resolve();
    this.#schedule();
    return this.#filling.done;
  }

  /** Puts blocks of the caller's own on disk, all or none: a large request that must not share a block. */
  append(blocks: readonly Block[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#alone.push({ blocks, resolve, reject });
      this.#schedule();
    });
  }

  /** Writes what waits and seals the segment, whatever its age. */
  async flush(): Promise<void> {
    while (this.#running !== null || this.#filling.block.rows > 0 || this.#alone.length > 0) {
      await (this.#running ?? this.#run());
    }
    if (this.#segment !== null) await this.#sealNow();
  }

  /** After the requests that arrived together: each of them may still add to this block. */
  #schedule(): void {
    if (this.#scheduled || this.#running !== null) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#running === null) void this.#run();
    });
  }

  #run(): Promise<void> {
    this.#running = this.#writeOne().finally(() => this.#ended());
    return this.#running;
  }

  #sealNow(): Promise<void> {
    this.#running = this.#seal().finally(() => this.#ended());
    return this.#running;
  }

  #ended(): void {
    this.#running = null;
    if (this.#filling.block.rows > 0 || this.#alone.length > 0) this.#schedule();
    else if (this.#isDue) void this.#sealNow();
  }

  async #writeOne(): Promise<void> {
    const group = this.#alone.shift();
    if (group !== undefined) return this.#write(group);
    const filling = this.#filling;
    if (filling.block.rows === 0) return;
    this.#filling = this.#startFilling();
    await this.#write(filling);
    const { block } = filling;
    const isReusable = block.bytes < MAX_SPARE_BYTES;
    block.clear();
    if (isReusable) this.#spare.push(block);
  }

  async #write({ blocks, resolve, reject }: Group<Block>): Promise<void> {
    const { newSegment, onDurable, maxSegmentRows = 64_000, maxSegmentBytes = 128 * 1024 * 1024 } = this.#options;
    try {
      this.#segment ??= await newSegment();
      const segment = this.#segment;
      const before = segment.bytes;
      await segment.append(blocks);
      onDurable(
        blocks.reduce((sum, { rows }) => sum + rows, 0),
        segment.bytes - before,
        segment,
      );
      resolve();
      this.#sealTimer ??= setTimeout(() => this.#becomeDue(), this.#waitMs());
      if (this.#isDue || segment.rows >= maxSegmentRows || segment.bytes >= maxSegmentBytes) await this.#seal();
    } catch (error) {
      this.#options.onWriteFailed?.();
      reject(error);
      // After a failed sync nobody knows what the file holds: what was durable before is inserted, the rest goes elsewhere.
      await this.#seal().catch(() => undefined);
    }
  }

  /** After a quiet while someone may be watching: the first rows go soon. Then a steady pace, in few large inserts. */
  #waitMs(): number {
    const { flushMs, firstFlushMs } = this.#options;
    return performance.now() - this.#sealedAtMs > flushMs ? Math.min(firstFlushMs, flushMs) : flushMs;
  }

  #becomeDue(): void {
    this.#isDue = true;
    if (this.#running === null) void this.#sealNow();
  }

  async #seal(): Promise<void> {
    const segment = this.#segment;
    this.#segment = null;
    this.#sealedAtMs = performance.now();
    if (this.#sealTimer !== null) clearTimeout(this.#sealTimer);
    this.#sealTimer = null;
    this.#isDue = false;
    if (segment !== null) this.#options.onSealed(await segment.seal());
  }

  #startFilling(): Group<Block> & { readonly block: Block; readonly done: Promise<void> } {
    let resolve = () => {};
    let reject: (error: unknown) => void = () => {};
    const done = new Promise<void>((yes, no) => {
      resolve = yes;
      reject = no;
    });
    // Whoever waits sees the failure; without a waiter it must not end the process.
    done.catch(() => undefined);
    const block = this.#spare.pop() ?? this.#options.newBlock();
    return { blocks: [block], block, done, resolve, reject };
  }
}
