// Finds secrets in text: one pass for signs that introduce one (`=`, `:`, `<tag>`, dashes, groups of digits), one for tokens
// that stand for themselves. The one implementation, for what the collector stores, what summaries show and what the SDK
// writes to files. Every look around a byte is bounded, so the time is linear in the text.
import { isDigit } from './bytes.ts';
import { findInAddress } from './find-address.ts';
import { card, findCard } from './find-card.ts';
import { findBehindDash } from './find-dashes.ts';
import { findNamed } from './find-named.ts';
import { findTokens } from './find-tokens.ts';
import { DIGITS, PLAIN, type Take } from './found.ts';
import { nextPair, pairTable } from './pairs.ts';
import { Decoded } from './percent.ts';

/** What the name of the field says of the text in it. */
export type Field = 'text' | 'id' | 'card';

/** Shorter texts hold nothing that is worth a look. */
const SHORTEST = 9;
const EQUALS = 0x3d;
const COLON = 0x3a;
const GREATER = 0x3e;
const DASH = 0x2d;
const SPACE = 0x20;
const PERCENT = 0x25;
/** Encoded in encoded text. */
const MAX_DECODED = 2;

/** Pairs of bytes of which one is a sign, or which a sign may stand across. */
const PAIRS = pairTable((first, second) => {
  if (first === EQUALS || second === EQUALS || first === COLON || second === COLON) return true;
  if (first === GREATER) return true;
  if (second === GREATER) return isTagEnd(first);
  if (first === PERCENT) return isEncodedSign(second);
  if (second === PERCENT) return true;
  if (first === DASH) return second === DASH || (second | SPACE) === 0x75; // -u
  if (second === DASH) return first <= SPACE || first === 0x22 || first === 0x27 || first === 0x5b || first === 0x2c;
  return (first === SPACE && isDigit(second)) || (second === SPACE && isDigit(first));
});
const isTagEndByte = (byte: number | undefined) => byte !== undefined && isTagEnd(byte);
function isTagEnd(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x7a) || byte === 0x22 || byte === 0x27;
}
/** %20, %22, %2F, %3A, %3D, %40 and their neighbours. */
function isEncodedSign(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x32 && byte <= 0x34;
}

const decoded = Array.from({ length: MAX_DECODED }, () => new Decoded());
let isNamedCard = false;
/** Whether the text at hand has encoded signs in it. */
let isEncoded = false;

/** Calls `take` for every secret in `[start, end)`; bytes may be overwritten meanwhile, in place. */
export function findSecrets(bytes: Uint8Array, start: number, end: number, take: Take, field: Field = 'text'): void {
  if (end - start < SHORTEST || field === 'id') return;
  isNamedCard = field === 'card';
  scan(bytes, start, end, take);
  if (isEncoded) scanDecoded(bytes, start, end, take, 0);
}

function scan(bytes: Uint8Array, start: number, end: number, take: Take): void {
  isEncoded = false;
  findSigns(bytes, start, end, take);
  const wasEncoded = isEncoded;
  findTokens(bytes, start, end, take, takeCard);
  isEncoded = wasEncoded;
}

/** @returns the end of the card that begins at `at`, or 0 */
function takeCard(bytes: Uint8Array, at: number, start: number, end: number, take: Take): number {
  if (!findCard(bytes, at, start, end, isNamedCard)) return 0;
  take(bytes, 'card', at, card.end, card.quoting);
  return card.end;
}

/** The same, in the text without its percent encoding; what is found is masked where it stands. */
function scanDecoded(bytes: Uint8Array, start: number, end: number, take: Take, depth: number): void {
  const view = decoded[depth];
  if (view === undefined || !view.decode(bytes, start, end)) return;
  const { places } = view;
  const takeEncoded: Take = (_bytes, kind, from, to, quoting) =>
    take(bytes, kind, places[from] as number, places[to] as number, quoting === PLAIN ? PLAIN : DIGITS);
  scan(view.bytes, 0, view.length, takeEncoded);
  if (isEncoded) scanDecoded(view.bytes, 0, view.length, takeEncoded, depth + 1);
  view.release();
}

function findSigns(bytes: Uint8Array, start: number, end: number, take: Take): void {
  let i = start;
  while (i < end) {
    i = nextPair(PAIRS, bytes, i, end);
    if (i >= end) return;
    switch (bytes[i]) {
      case COLON:
        if (bytes[i + 1] === 0x2f && bytes[i + 2] === 0x2f && i + 3 < end) {
          i = findInAddress(bytes, i, start, end, take);
          continue;
        }
        i = findNamed(bytes, i, start, end, take);
        continue;
      case EQUALS:
        i = findNamed(bytes, i, start, end, take);
        continue;
      case GREATER:
        if (i > start && isTagEndByte(bytes[i - 1])) {
          i = findNamed(bytes, i, start, end, take);
          continue;
        }
        break;
      case DASH:
        if (bytes[i + 1] === DASH || i === start || !isTagEndByte(bytes[i - 1])) {
          i = findBehindDash(bytes, i, start, end, take);
          continue;
        }
        break;
      case PERCENT:
        if (isEncodedSign(bytes[i + 1])) isEncoded = true;
        break;
      case SPACE:
        if (i - 4 >= start && isGroup(bytes, i, start)) {
          const stop = takeCard(bytes, i - 4, start, end, take);
          if (stop > 0) {
            i = stop;
            continue;
          }
        }
        break;
    }
    i++;
  }
}

/** Whether the space at `at` stands behind a first group of four digits, and before another. */
const isGroup = (bytes: Uint8Array, at: number, start: number) =>
  isDigit(bytes[at - 1]) &&
  isDigit(bytes[at + 1]) &&
  isDigit(bytes[at - 2]) &&
  isDigit(bytes[at - 3]) &&
  isDigit(bytes[at - 4]) &&
  (at - 5 < start || !isTokenBefore(bytes, at - 5, start));

function isTokenBefore(bytes: Uint8Array, at: number, start: number): boolean {
  const byte = bytes[at] as number;
  const isWordByte = isDigit(byte) || (byte | 0x20) >= 0x61 ? (byte | 0x20) <= 0x7a : byte === 0x5f || byte === DASH;
  // The letter of an escape stands alone.
  return isWordByte && !(at - 1 >= start && bytes[at - 1] === 0x5c);
}
