// What a segment's bytes hold: undamaged blocks, damaged stretches between them, and a tail that was never finished.
// Changes nothing; never throws.
import { claimedRows, type FramedBlock, findFrame, isCutHead, readFrame, readHead } from '#storage/native/frame';
import { CURRENT_LAYOUT, type FrameLayout } from '#storage/native/frame-layout';

export interface Scan {
  readonly blocks: readonly FramedBlock[];
  /** Bytes that hold no readable block. `rows` is what the block claims, or null when that cannot be known. */
  readonly damaged: readonly { readonly start: number; readonly end: number; readonly rows: number | null }[];
  /**
   * Where an append begins that a crash cut short, so it was never acknowledged: its head is undamaged and
   * says that it is longer than the file, or the file ends within its head. null = none.
   */
  readonly tornAt: number | null;
}

/** The event loop is blocked by no more than about this many bytes in one go, unless a single block is larger. */
const BYTES_PER_TURN = 4 * 1024 * 1024;

/** Yields after each block or damaged stretch: how far it is. */
function* steps(bytes: Buffer, nonce: string, layout: FrameLayout): Generator<number, Scan> {
  const blocks: FramedBlock[] = [];
  const damaged: { start: number; end: number; rows: number | null }[] = [];
  for (let at = 0; at < bytes.length; ) {
    yield at;
    const block = readFrame(bytes, at, nonce, layout);
    if (block !== null) {
      blocks.push(block);
      at = block.end;
      continue;
    }
    const head = readHead(bytes, at, nonce, layout);
    const next = findFrame(bytes, head === null ? at + 1 : head.nameAt + 1, nonce, layout);
    const isCut = head === null ? isCutHead(bytes, at, nonce, layout) : head.end > bytes.length;
    if (next < 0 && isCut) return { blocks, damaged, tornAt: at };
    const end = Math.min(next < 0 ? bytes.length : next, head?.end ?? bytes.length);
    damaged.push({ start: at, end, rows: head?.rows ?? claimedRows(bytes, at, layout) });
    at = end;
  }
  return { blocks, damaged, tornAt: null };
}

export function scanSegment(bytes: Buffer, nonce: string, layout: FrameLayout = CURRENT_LAYOUT): Scan {
  const scan = steps(bytes, nonce, layout);
  let step = scan.next();
  while (!step.done) step = scan.next();
  return step.value;
}

/**
 * As scanSegment, giving way to others on the way, for a file that may be large.
 * @param layouts those that the file may have; the first one in which a block is found is taken
 */
export async function scanFile(bytes: Buffer, nonce: string, layouts: readonly FrameLayout[]): Promise<Scan> {
  let first: Scan | null = null;
  for (const layout of layouts) {
    const scan = await inTurns(steps(bytes, nonce, layout));
    if (scan.blocks.length > 0) return scan;
    first ??= scan;
  }
  return first ?? { blocks: [], damaged: [], tornAt: null };
}

async function inTurns(scan: Generator<number, Scan>): Promise<Scan> {
  let turnEndsAt = BYTES_PER_TURN;
  for (;;) {
    const step = scan.next();
    if (step.done) return step.value;
    if (step.value < turnEndsAt) continue;
    turnEndsAt = step.value + BYTES_PER_TURN;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
