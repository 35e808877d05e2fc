// What a segment's bytes hold: undamaged blocks, damaged stretches between them, and a tail that was never finished.
// Pure; never throws.
import { claimedRows, type FramedBlock, findFrame, isCutHead, readFrame, readHead } from '#storage/native/frame';

export interface Scan {
  readonly blocks: readonly FramedBlock[];
  /** Bytes that hold no readable block. `rows` is what the block claims, or null when that cannot be known. */
  readonly damaged: readonly { readonly start: number; readonly end: number; readonly rows: number | null }[];
  /**
   * Where an append begins that a crash cut short, so nobody was told that it is stored: its head is undamaged and
   * says that it is longer than the file, or the file ends within its head. null = none.
   */
  readonly tornAt: number | null;
}

export function scanSegment(bytes: Buffer, nonce: string): Scan {
  const blocks: FramedBlock[] = [];
  const damaged: { start: number; end: number; rows: number | null }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const block = readFrame(bytes, at, nonce);
    if (block !== null) {
      blocks.push(block);
      at = block.end;
      continue;
    }
    const head = readHead(bytes, at, nonce);
    const next = findFrame(bytes, head === null ? at + 1 : head.nameAt + 1, nonce);
    const isCut = head === null ? isCutHead(bytes, at, nonce) : head.end > bytes.length;
    if (next < 0 && isCut) return { blocks, damaged, tornAt: at };
    const end = Math.min(next < 0 ? bytes.length : next, head?.end ?? bytes.length);
    damaged.push({ start: at, end, rows: head?.rows ?? claimedRows(bytes, at) });
    at = end;
  }
  return { blocks, damaged, tornAt: null };
}
