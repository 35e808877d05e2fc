// The frame of a block in a spool segment: the name of a first column that no table has. So one file is both the
// durable record, whose blocks can be checked and found again after damage, and the insert, which the engine reads as is.
//
//   varint columns · varint rows · varint 78 · "telltale_frame_3_<nonce>_<number>_<rows>_<bytes>_<head>_<crc32>" · body
//
// Two checksums. <head> covers the name up to itself: with a trusted length, an append that a crash cut short can be
// distinguished from one whose bytes were damaged. <crc32> covers the whole block but itself. The nonce is the
// segment's: text inside a span cannot know it, so it cannot pass for a block when a damaged file is searched for the
// next good one.
// Older layouts, which are read and not written: frame-layout.ts.
import { crc32 } from 'node:zlib';
import { CHECKSUM_DIGITS, CURRENT_LAYOUT, type FrameLayout } from './frame-layout.ts';

export const FRAME_NAME_BYTES = CURRENT_LAYOUT.nameBytes;
const CHECKSUM = /^_([0-9a-f]{8})$/;
/** Before the name stand its length (one byte) and two varints of at most five bytes each. */
const MAX_BYTES_BEFORE_NAME = 11;

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
  const covered = `${CURRENT_LAYOUT.mark}${nonce}_${hex8(number)}_${hex8(rows)}_${hex8(bodyBytes)}_`;
  return `${covered}${hex8(crc32(covered))}_`;
}

/** The name of the frame that stands first in a block, of whichever layout. */
export function frameNameAt(block: Buffer): string {
  const nameAt = skipVarint(block, skipVarint(block, 0)) + 1;
  return block.toString('latin1', nameAt, nameAt + (block[nameAt - 1] as number));
}

export interface FramedBlock {
  readonly number: number;
  readonly rows: number;
  /** Where the block begins and ends in the file. */
  readonly start: number;
  readonly end: number;
  readonly checksum: number;
}

/** What an undamaged head says of its block, whether or not the block is whole. */
export interface FrameHead {
  readonly number: number;
  readonly rows: number;
  readonly nameAt: number;
  /** Where the block ends, perhaps beyond the end of the file. */
  readonly end: number;
}

/**
 * The head whose name begins at `nameAt`, or null when the segment has no undamaged one there, as far as the layout
 * shows.
 */
function headAt(bytes: Buffer, nameAt: number, nonce: string, layout: FrameLayout): FrameHead | null {
  const found = layout.head.exec(bytes.toString('latin1', nameAt, nameAt + layout.headBytes));
  if (found === null || found[1] !== nonce) return null;
  const [number, rows, bodyBytes, check] = found.slice(2).map((part) => Number.parseInt(part, 16)) as [
    number,
    number,
    number,
    number,
  ];
  if (layout.hasHeadChecksum && crc32(bytes.subarray(nameAt, nameAt + layout.coveredBytes)) !== check) return null;
  return { number, rows, nameAt, end: nameAt + layout.nameBytes + bodyBytes };
}

/**
 * The head, proven to be undamaged, of a block that begins at `start`; null = none. The bytes before the name may be
 * anything. Never throws, whatever the bytes are.
 */
export function readHead(bytes: Buffer, start: number, nonce: string, layout = CURRENT_LAYOUT): FrameHead | null {
  if (!layout.hasHeadChecksum) return null;
  const near = bytes.subarray(start, start + MAX_BYTES_BEFORE_NAME + layout.mark.length);
  const at = near.indexOf(layout.mark, 0, 'latin1');
  return at < 0 ? null : headAt(bytes, start + at, nonce, layout);
}

/**
 * The block that begins at `start`, or null when the segment has no whole, undamaged block there.
 * Never throws, whatever the bytes are.
 */
export function readFrame(bytes: Buffer, start: number, nonce: string, layout = CURRENT_LAYOUT): FramedBlock | null {
  const nameAt = nameAfter(bytes, start, layout);
  const head = nameAt < 0 ? null : headAt(bytes, nameAt, nonce, layout);
  if (head === null || head.end > bytes.length) return null;
  const { number, rows, end } = head;
  const bodyAt = nameAt + layout.nameBytes;
  const found = CHECKSUM.exec(bytes.toString('latin1', nameAt + layout.headBytes, bodyAt));
  if (found === null) return null;
  const checksum = Number.parseInt(found[1] as string, 16);
  const covered = crc32(bytes.subarray(bodyAt, end), crc32(bytes.subarray(start, bodyAt - CHECKSUM_DIGITS)));
  return covered === checksum ? { number, rows, start, end, checksum } : null;
}

/** Where the next block of the segment with an undamaged head begins, from `from` on; −1 = none. */
export function findFrame(bytes: Buffer, from: number, nonce: string, layout = CURRENT_LAYOUT): number {
  const mark = `${layout.mark}${nonce}_`;
  for (let at = bytes.indexOf(mark, from, 'latin1'); at >= 0; at = bytes.indexOf(mark, at + 1, 'latin1')) {
    const head = headAt(bytes, at, nonce, layout);
    if (head === null) continue;
    for (let start = Math.max(from, at - MAX_BYTES_BEFORE_NAME); start < at - 2; start++) {
      if (readFrame(bytes, start, nonce, layout) !== null) return start;
    }
    // Not whole, so nothing proves its beginning: the length, the rows, and a count of columns in one byte.
    if (layout.hasHeadChecksum) return Math.max(from, at - 2 - varintBytes(head.rows));
  }
  return -1;
}

/** Whether the bytes from `start` to the end are a beginning of a block of this segment, cut before its head ends. */
export function isCutHead(bytes: Buffer, start: number, nonce: string, layout = CURRENT_LAYOUT): boolean {
  const left = bytes.subarray(start);
  if (!layout.hasHeadChecksum || left.length >= MAX_BYTES_BEFORE_NAME + layout.headBytes) return false;
  const afterRows = skipVarint(left, skipVarint(left, 0));
  // Cut inside the two varints: every byte, or all after the first varint, says that another follows.
  if (afterRows < 0) return left.length < 10 && left.filter((byte) => byte < 128).length <= 1;
  if (left.length > afterRows && left[afterRows] !== layout.nameBytes) return false;
  const name = left.toString('latin1', Math.min(left.length, afterRows + 1));
  const mark = `${layout.mark}${nonce}_`;
  return name.length <= mark.length
    ? mark.startsWith(name)
    : name.length < layout.headBytes && name.startsWith(mark) && /^[0-9a-f_]*$/.test(name.slice(mark.length));
}

/** How many rows a block claims whose head is damaged: the two places that say it must agree. null = unknown. */
export function claimedRows(bytes: Buffer, start: number, layout = CURRENT_LAYOUT): number | null {
  const nameAt = nameAfter(bytes, start, layout);
  if (nameAt < 0) return null;
  const rowsAt = nameAt + layout.mark.length + 26;
  const stated = Number.parseInt(bytes.toString('latin1', rowsAt, rowsAt + 8), 16);
  let rows = 0;
  let scale = 1;
  for (let at = skipVarint(bytes, start); at < nameAt - 1; at++) {
    rows += ((bytes[at] as number) & 127) * scale;
    scale *= 128;
  }
  return rows === stated ? rows : null;
}

/** Where the name of a block that begins at `start` begins, or −1 when there is no block. */
function nameAfter(bytes: Buffer, start: number, layout: FrameLayout): number {
  const afterRows = skipVarint(bytes, skipVarint(bytes, start));
  return afterRows < 0 || bytes[afterRows] !== layout.nameBytes ? -1 : afterRows + 1;
}

function varintBytes(value: number): number {
  return value < 128 ? 1 : 1 + varintBytes(Math.floor(value / 128));
}

/** The position after a varint of at most five bytes, or −1. */
function skipVarint(bytes: Buffer, at: number): number {
  if (at < 0) return -1;
  for (let i = at; i < at + 5 && i < bytes.length; i++) if ((bytes[i] as number) < 128) return i + 1;
  return -1;
}
