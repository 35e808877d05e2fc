// Cuts long texts in place: head, a note of how much there was, tail. The result is shorter, so it fits where it was.
import { createHash } from 'node:crypto';
import { hashedCut } from '#storage/native/cut-name';

const KIB = 1024;
/** The longest text that is stored. */
export const MAX_VALUE_BYTES = 64 * KIB;
const HEAD_BYTES = 48 * KIB;
const TAIL_BYTES = 12 * KIB;
/** Secrets are looked for this far beyond what is kept, so that none is kept by half. */
const MARGIN_BYTES = 16 * KIB;
/** The longest attribute key that is stored. */
export const MAX_KEY_BYTES = 256;

/**
 * Cuts `[start, end)`, which is longer than MAX_VALUE_BYTES.
 * @param mask is asked to mask the secrets of the parts that are kept, before the cut
 * @returns the new end
 */
export function cutLong(bytes: Buffer, start: number, end: number, mask: (start: number, end: number) => void): number {
  const length = end - start;
  const hash = sha256(bytes, start, end, 8);
  const tailStart = charStart(bytes, end - TAIL_BYTES, start);
  const headEnd = charStart(bytes, start + HEAD_BYTES, start);
  if (length <= HEAD_BYTES + TAIL_BYTES + 2 * MARGIN_BYTES) mask(start, end);
  else {
    mask(start, charStart(bytes, headEnd + MARGIN_BYTES, start));
    mask(charStart(bytes, tailStart - MARGIN_BYTES, start), end);
  }
  const tailBytes = end - tailStart;
  const kept = headEnd - start + tailBytes;
  const at = headEnd + bytes.write(`…[telltale: ${length} bytes cut to ${kept}; sha256 ${hash}]…`, headEnd);
  bytes.copyWithin(at, tailStart, end);
  return at + tailBytes;
}

/** As cutLong, for a text that was put together from parts that are masked already. */
export function cutText(text: string): string {
  if (text.length <= MAX_VALUE_BYTES / 3) return text; // no character takes more than three bytes per unit
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_VALUE_BYTES) return text;
  return bytes.toString(
    'utf8',
    0,
    cutLong(bytes, 0, bytes.length, () => undefined),
  );
}

/** Writes a note in place of a value that is too large to be kept at all. @returns its end */
export function noteInstead(bytes: Buffer, start: number, end: number): number {
  const hash = sha256(bytes, start, end, 8);
  return start + bytes.write(`[telltale: a list or map of ${end - start} bytes was left out; sha256 ${hash}]`, start);
}

/** A key of more than MAX_KEY_BYTES, cut; its last bytes become a hash, so two keys stay two. In memory of its own. */
export function cutKeyOf(bytes: Buffer, start: number, end: number): Buffer {
  const [kept, hash] = hashedCut(bytes, start, end, MAX_KEY_BYTES);
  return Buffer.concat([bytes.subarray(start, start + kept), Buffer.from(hash)]);
}

/** The last place at or before `at` where a UTF-8 character begins, not before `start`. */
function charStart(bytes: Buffer, at: number, start: number): number {
  let i = at;
  while (i > start && i > at - 4 && ((bytes[i] as number) & 0xc0) === 0x80) i--;
  return i;
}

const sha256 = (bytes: Buffer, start: number, end: number, digits: number) =>
  createHash('sha256').update(bytes.subarray(start, end)).digest('hex').slice(0, digits);
