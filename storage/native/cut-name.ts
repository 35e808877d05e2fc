// Names are short: what becomes a filter, a group key or part of a statement is cut to a bound here, whoever sent it.
// The end becomes a hash of the whole, so that two long names stay two, and the same name stays the same.
import { createHash } from 'node:crypto';

/** The longest name that is stored, in bytes of UTF-8. Longer ones end in `~` and nine hexadecimal digits of a hash. */
export const MAX_NAME_BYTES = 512;
const HASH_DIGITS = 9;

/**
 * Where to cut a text so that it and its hash take at most `maxBytes`, and what to write there.
 * @returns `[kept bytes, "~" and the hash]`; never in the middle of a UTF-8 character
 */
export function hashedCut(bytes: Uint8Array, start: number, end: number, maxBytes: number): [number, string] {
  const digest = createHash('sha256').update(bytes.subarray(start, end)).digest('hex').slice(0, HASH_DIGITS);
  let at = start + maxBytes - HASH_DIGITS - 1;
  for (const least = Math.max(start, at - 3); at > least && ((bytes[at] as number) & 0xc0) === 0x80; ) at--;
  return [at - start, `~${digest}`];
}

/** The name `[start, end)`, cut to MAX_NAME_BYTES. */
export function cutName(bytes: Uint8Array, start: number, end: number): Buffer {
  if (end - start <= MAX_NAME_BYTES) return Buffer.from(bytes.subarray(start, end));
  const [kept, hash] = hashedCut(bytes, start, end, MAX_NAME_BYTES);
  return Buffer.concat([bytes.subarray(start, start + kept), Buffer.from(hash)]);
}

/** As cutName, of a text: what a name is stored as, for filters that ask for it. */
export function storedName(text: string): string {
  if (text.length <= MAX_NAME_BYTES / 3) return text; // no unit takes more than three bytes
  const bytes = Buffer.from(text);
  return bytes.length <= MAX_NAME_BYTES ? text : cutName(bytes, 0, bytes.length).toString();
}
