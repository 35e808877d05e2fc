// What a segment's bytes hold: undamaged blocks, damaged stretches between them, and a tail that was never finished.
// Pure; never throws.
import { FRAME_NAME_BYTES, type FramedBlock, findFrame, readFrame } from '#storage/native/frame';

export interface Scan {
  readonly blocks: readonly FramedBlock[];
  /** Bytes that hold no readable block. `rows` is what the frame claims, or null when it cannot be read. */
  readonly damaged: readonly { readonly start: number; readonly end: number; readonly rows: number | null }[];
  /** Where an append begins that a crash cut short, so nobody was told that it is stored. null = none. */
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
    const next = findFrame(bytes, at + 1, nonce);
    const claim = readClaim(bytes, at);
    // An append that was cut short is shorter than its frame says, or has no whole frame; nothing follows it.
    if (next < 0 && (claim === null ? bytes.length - at < FRAME_NAME_BYTES + 16 : claim.end > bytes.length)) {
      return { blocks, damaged, tornAt: at };
    }
    const end = next < 0 ? bytes.length : next;
    damaged.push({ start: at, end, rows: claim?.rows ?? null });
    at = end;
  }
  return { blocks, damaged, tornAt: null };
}

/** What the frame at `at` says of its block, whether or not the block is whole. */
function readClaim(bytes: Buffer, at: number): { rows: number; end: number } | null {
  const head = bytes.toString('latin1', at, at + 11 + FRAME_NAME_BYTES);
  const found = /telltale_frame_1_[0-9a-f]{16}_[0-9a-f]{8}_([0-9a-f]{8})_([0-9a-f]{8})_[0-9a-f]{8}/.exec(head);
  if (found === null) return null;
  const bodyAt = at + found.index + found[0].length;
  return { rows: Number.parseInt(found[1] as string, 16), end: bodyAt + Number.parseInt(found[2] as string, 16) };
}
