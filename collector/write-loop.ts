// Gathers the spans of concurrent requests into blocks and writes them. While one block is being inserted the next one
// fills, so the slower the insert, the larger the block: it clocks itself.
import { SpanBlock } from '#storage/span-block';

export interface WriteLoop {
  /** The block to append to, now and synchronously. null when too much is waiting: answer 503. */
  open(): SpanBlock | null;
  /** Resolves when everything appended so far is committed; rejects when its insert failed. */
  committed(): Promise<void>;
  /** Writes what waits, then refuses more. */
  close(): Promise<void>;
}

export interface WriteLoopOptions {
  readonly write: (block: SpanBlock) => Promise<void>;
  /** A second insert starts beside the first once this many rows wait. */
  readonly largeBlockRows?: number;
  /** More rows or bytes than this are not taken while two inserts are under way. */
  readonly maxWaitingRows?: number;
  readonly maxWaitingBytes?: number;
}

const MAX_SPARE_BYTES = 96 * 1024 * 1024;

interface Filling {
  readonly block: SpanBlock;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function createWriteLoop({
  write,
  largeBlockRows = 32_000,
  maxWaitingRows = 64_000,
  maxWaitingBytes = 128 * 1024 * 1024,
}: WriteLoopOptions): WriteLoop {
  const spare: SpanBlock[] = [];
  let filling = startFilling(spare);
  let inFlight = 0;
  let scheduled = false;
  let closed = false;

  const flush = async () => {
    scheduled = false;
    if (filling.block.rows === 0) return;
    if (inFlight >= 2 || (inFlight === 1 && filling.block.rows < largeBlockRows && !closed)) return;
    const { block, resolve, reject } = filling;
    filling = startFilling(spare);
    inFlight++;
    try {
      await write(block);
      resolve();
    } catch (error) {
      reject(error);
    } finally {
      // A block that grew very large gives its memory back; one of the usual size is used again.
      if (block.bytes < MAX_SPARE_BYTES) {
        block.clear();
        spare.push(block);
      }
      inFlight--;
      schedule();
    }
  };
  // After the requests that arrived together: each of them may still add to this block.
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => void flush());
  };

  return {
    open() {
      const { block } = filling;
      const isFull = inFlight >= 2 && (block.rows >= maxWaitingRows || block.bytes >= maxWaitingBytes);
      return closed || isFull ? null : block;
    },
    committed() {
      if (filling.block.rows === 0) return Promise.resolve();
      schedule();
      return filling.done;
    },
    async close() {
      closed = true;
      while (inFlight > 0 || filling.block.rows > 0) {
        schedule();
        await new Promise((resolve) => setImmediate(resolve));
        if (inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}

function startFilling(spare: SpanBlock[]): Filling {
  let resolve = () => {};
  let reject: (error: unknown) => void = () => {};
  const done = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // Whoever waits sees the failure; without a waiter it must not end the process.
  done.catch(() => undefined);
  return { block: spare.pop() ?? new SpanBlock(), done, resolve, reject };
}
