// The frame of a block in a spool segment: the name of a first column that no table has. So one file is both the
// durable record, whose blocks can be checked and found again after damage, and the insert, which the engine reads as is.
//
//   varint columns · varint rows · varint 68 · "telltale_frame_1_<nonce>_<number>_<rows>_<bytes>_<crc32>" · body
//
// The checksum covers everything but itself. The nonce is the segment's: text inside a span cannot know it, so it
// cannot pass for a block when a damaged file is searched for the next good one.
import { crc32 } from 'node:zlib';

const MARK = 'telltale_frame_1_';
export const FRAME_NAME_BYTES = MARK.length + 16 + 1 + 8 + 1 + 8 + 1 + 8 + 1 + 8;
/** The checksum's place: the last digits of the name. */
export const CHECKSUM_DIGITS = 8;
const NAME = /^telltale_frame_1_([0-9a-f]{16})_([0-9a-f]{8})_([0-9a-f]{8})_([0-9a-f]{8})_([0-9a-f]{8})$/;

export interface FrameId {
  /** 16 hex digits, of the segment. */
  readonly nonce: string;
  /** The place of the block in its segment, from 0. */
  readonly number: number;
}

interface FrameFacts {
  readonly rows: number;
  /** Bytes from the end of the name to the end of the block. */
  readonly bodyBytes: number;
}

export const hex8 = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');

/** The name without its checksum, which covers the bytes of this as well. */
export function frameNameStart({ nonce, number }: FrameId, { rows, bodyBytes }: FrameFacts): string {
  return `${MARK}${nonce}_${hex8(number)}_${hex8(rows)}_${hex8(bodyBytes)}_`;
}

/** The frame of a block that `NativeBlock.encode` has just made. */
export function frameNameAt(block: Buffer): string {
  const nameAt = skipVarint(block, skipVarint(block, 0)) + 1;
  return block.toString('latin1', nameAt, nameAt + FRAME_NAME_BYTES);
}

export interface FramedBlock {
  readonly number: number;
  readonly rows: number;
  /** Where the block begins and ends in the file. */
  readonly start: number;
  readonly end: number;
  readonly checksum: number;
}

/**
 * The block that begins at `start`, or null when no whole, undamaged block of this segment stands there.
 * Never throws, whatever the bytes are.
 */
export function readFrame(bytes: Buffer, start: number, nonce: string): FramedBlock | null {
  const afterColumns = skipVarint(bytes, start);
  const afterRows = skipVarint(bytes, afterColumns);
  if (afterRows < 0 || bytes[afterRows] !== FRAME_NAME_BYTES) return null;
  const nameAt = afterRows + 1;
  const bodyAt = nameAt + FRAME_NAME_BYTES;
  if (bodyAt > bytes.length) return null;
  const found = NAME.exec(bytes.toString('latin1', nameAt, bodyAt));
  if (found === null || found[1] !== nonce) return null;
  const [number, rows, bodyBytes, checksum] = found.slice(2).map((part) => Number.parseInt(part, 16)) as [
    number,
    number,
    number,
    number,
  ];
  const end = bodyAt + bodyBytes;
  if (end > bytes.length) return null;
  const head = bytes.subarray(start, bodyAt - CHECKSUM_DIGITS);
  return crc32(bytes.subarray(bodyAt, end), crc32(head)) === checksum ? { number, rows, start, end, checksum } : null;
}

/** Where the next undamaged block of the segment begins, from `from` on; −1 = none. */
export function findFrame(bytes: Buffer, from: number, nonce: string): number {
  const mark = `${MARK}${nonce}_`;
  for (let at = bytes.indexOf(mark, from); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    // Before the name stand its length (one byte) and two varints of at most five bytes each.
    for (let start = Math.max(from, at - 11); start < at - 2; start++) {
      if (readFrame(bytes, start, nonce) !== null) return start;
    }
  }
  return -1;
}

/** The position after a varint of at most five bytes, or −1. */
function skipVarint(bytes: Buffer, at: number): number {
  if (at < 0) return -1;
  for (let i = at; i < at + 5 && i < bytes.length; i++) if ((bytes[i] as number) < 128) return i + 1;
  return -1;
}
