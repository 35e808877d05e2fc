// Finds secrets in text: one pass for signs that introduce one (`=`, `:`, `<tag>`, dashes, groups of digits), one for tokens
// that are recognizable without context. The only implementation, for what the collector stores, what summaries show and
// what the SDK writes to files. Each scan around a byte is bounded, so the time is linear in the text.
import { BACKSLASH, isDigit, isQuote } from './bytes.ts';
import { isEscapedSign, Unescaped } from './escapes.ts';
import { findInAddress } from './find-address.ts';
import { card, findCard } from './find-card.ts';
import { findBehindDash } from './find-dashes.ts';
import { findNetrc, findPgpass } from './find-files.ts';
import { findNamed } from './find-named.ts';
import { findTokens } from './find-tokens.ts';
import { DIGITS, PLAIN, type Take } from './found.ts';
import { findPaired } from './listed.ts';
import { nextPair } from './pairs.ts';
import { Decoded } from './percent.ts';
import { isEncodedSign, isTagEndByte, PAIRS } from './signs.ts';

/** What the name of the field says of the text in it. */
export type Field = 'text' | 'id' | 'card';

/** Shorter texts hold nothing that is worth a look. */
const SHORTEST = 9;
/** Encoded in encoded text. */
const MAX_DECODED = 2;
/** JSON in JSON in JSON. */
const MAX_UNESCAPED = 3;
const STAR = 0x2a;
const EQUALS = 0x3d;
const COLON = 0x3a;
const GREATER = 0x3e;
const DASH = 0x2d;
const SPACE = 0x20;
const PERCENT = 0x25;
const BRACKET = 0x5b;
const PARENTHESIS = 0x28;
const LETTER_G = 0x67;

/** A digit or a star. */
const mayBePort = (byte: number) => (byte >= 0x30 && byte <= 0x39) || byte === STAR;

const unescaped = Array.from({ length: MAX_UNESCAPED }, () => new Unescaped());
/** Whether the text at hand has escaped quotes or other signs in it. */
let isEscaped = false;
const decoded = Array.from({ length: MAX_DECODED }, () => new Decoded());
let isNamedCard = false;
/** Whether the text at hand has encoded signs in it. */
let isEncoded = false;

/** Calls `take` for every secret in `[start, end)`; bytes may be overwritten meanwhile, in place. */
export function findSecrets(bytes: Uint8Array, start: number, end: number, take: Take, field: Field = 'text'): void {
  if (end - start < SHORTEST || field === 'id') return;
  isNamedCard = field === 'card';
  scan(bytes, start, end, take);
  const hasEscapes = isEscaped;
  if (isEncoded) scanDecoded(bytes, start, end, take, 0);
  if (hasEscapes) scanUnescaped(bytes, start, end, take, 0);
}

/** The same, in the texts of JSON with one level of escapes removed; findings are masked at their original place. */
function scanUnescaped(bytes: Uint8Array, start: number, end: number, take: Take, depth: number): void {
  const view = unescaped[depth];
  if (view === undefined || !view.decode(bytes, start, end)) return;
  const { places } = view;
  const takeEscaped: Take = (own, kind, from, to, quoting) => {
    take(bytes, kind, places[from] as number, places[to] as number, quoting === PLAIN ? PLAIN : DIGITS);
    own.fill(STAR, from, to); // not found again a level deeper
  };
  scan(view.bytes, 0, view.length, takeEscaped);
  if (isEscaped) scanUnescaped(view.bytes, 0, view.length, takeEscaped, depth + 1);
  view.release();
}

function scan(bytes: Uint8Array, start: number, end: number, take: Take): void {
  isEncoded = false;
  isEscaped = false;
  findSigns(bytes, start, end, take);
  findTokens(bytes, start, end, take, takeCard);
}

/** @returns the end of the card that begins at `at`, or 0 */
function takeCard(bytes: Uint8Array, at: number, start: number, end: number, take: Take): number {
  if (!findCard(bytes, at, start, end, isNamedCard)) return 0;
  take(bytes, 'card', at, card.end, card.quoting);
  return card.end;
}

/** The same, in the text with its percent encoding removed; findings are masked at their original place. */
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
        if (mayBePort(bytes[i + 1] as number) && i > start && !isQuote(bytes[i - 1])) {
          const stop = findPgpass(bytes, i, start, end, take);
          if (stop > 0) {
            i = stop;
            continue;
          }
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
        if (bytes[i + 1] === DASH || i === start || !isTagEndByte(bytes[i - 1]) || isQuote(bytes[i - 1])) {
          i = findBehindDash(bytes, i, start, end, take);
          continue;
        }
        break;
      case BRACKET:
      case PARENTHESIS:
        i = findPaired(bytes, i, start, end, take);
        continue;
      case BACKSLASH:
        if (!isEscaped && isEscapedSign(bytes, i)) isEscaped = true;
        break;
      case LETTER_G:
        if (i - 2 >= start && bytes[i + 1] === 0x69 && bytes[i - 1] === 0x6f) {
          i = findNetrc(bytes, i, start, end, take);
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

/** Whether the space at `at` follows a first group of four digits and precedes another. */
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
  // The letter of an escape does not belong to the word.
  return isWordByte && !(at - 1 >= start && bytes[at - 1] === 0x5c);
}
