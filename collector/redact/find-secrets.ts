// Finds secrets in text by their shape, in one pass over the bytes. A table says which bytes can be part of a sign;
// every look around such a byte is bounded by the run it stands in, so the time is linear in the text.
import { beginsAt } from './bytes.ts';
import { findCard } from './find-card.ts';
import { findJsonValue } from './find-json-value.ts';
import { nextPair, pairTable } from './pairs.ts';
import { atBearer, atCapitalI, atColon, atDash, atJwt, atUnderscore } from './shapes.ts';

/** A secret that was found: what to mask, and what it is. Reused. */
export interface Found {
  kind: string;
  start: number;
  end: number;
}

/** Whether the bytes are the name of a field that holds a secret. */
export type KeyTest = (bytes: Buffer, start: number, end: number) => boolean;

/** Bytes that no secret begins before: keep the usual short value cheap. */
const SHORTEST = 9;
const DASH = 1;
const UNDERSCORE = 2;
const COLON = 3;
const CAPITAL_J = 4;
const CAPITAL_I = 5;
const LETTER_B = 6;
const DIGIT = 7;
const ANCHORS = new Uint8Array(256);
for (const [chars, anchor] of [
  ['-', DASH],
  ['_', UNDERSCORE],
  [':', COLON],
  ['J', CAPITAL_J],
  ['I', CAPITAL_I],
  ['Bb', LETTER_B],
  ['23456', DIGIT], // what card numbers begin with
] as const) {
  for (const char of chars) ANCHORS[char.charCodeAt(0)] = anchor;
}

const found: Found = { kind: '', start: 0, end: 0 };

/** Calls `mask` for every secret in `[start, end)`; bytes may be overwritten meanwhile, in place. */
export function findSecrets(
  bytes: Buffer,
  start: number,
  end: number,
  isSecretKey: KeyTest,
  mask: (bytes: Buffer, kind: string, start: number, end: number) => void,
): void {
  if (end - start < SHORTEST) return;
  for (let i = start; i < end; i++) {
    i = nextPair(PAIRS, bytes, i, end);
    if (i >= end) return;
    const anchor = ANCHORS[bytes[i] as number] as number;
    if (anchor === 0) continue;
    // What stands before the text is the message's framing, which may look like a digit.
    if (!isLikely(i === start ? 0 : (bytes[i - 1] as number), bytes[i + 1] as number, anchor)) continue;
    if (!isSecretAt(bytes, i, anchor, start, end, isSecretKey, found)) continue;
    mask(bytes, found.kind, found.start, found.end);
    if (found.end > i) i = found.end - 1;
  }
}

/** Which bytes stand before, or behind, an anchor that can mean something: two looks that spare nearly all calls. */
const BEFORE = new Uint8Array(256);
for (const char of '-ktabprs') BEFORE[char.charCodeAt(0)] = (BEFORE[char.charCodeAt(0)] as number) | 1;
for (const char of 'pousrtfme') BEFORE[char.charCodeAt(0)] = (BEFORE[char.charCodeAt(0)] as number) | 2;

/** Bytes behind the text may be looked at here: what follows looks again, and within its bounds. */
function isLikely(before: number, behind: number, anchor: number): boolean {
  switch (anchor) {
    case DASH:
      return ((BEFORE[before] as number) & 1) !== 0 || behind === 0x2d;
    case UNDERSCORE:
      return ((BEFORE[before] as number) & 2) !== 0;
    case COLON:
      return behind === 0x2f || before === 0x22 || before === 0x27 || before === 0x20;
    case CAPITAL_J:
      return before === 0x79; // y
    case CAPITAL_I:
      return before === 0x4b || before === 0x53 || before === 0x41; // K, S, A
    case LETTER_B:
      return (behind | 0x20) === 0x65; // e
    default: // the first of at least two digits
      return behind >= 0x30 && behind <= 0x39 && (before < 0x30 || before > 0x39);
  }
}

/** Neighbours of which one makes an anchor likely, if any does. */
const SOME_BEFORE = [0x20, 0x22, 0x2d, 0x6b, 0x70, 0x79, 0x4b];
const SOME_BEHIND = [0x2f, 0x2d, 0x30];
const LETTER_E = 0x65;
const LETTER_A = 0x61;
const PAIRS = pairTable((first, second) => {
  const one = ANCHORS[first] as number;
  const other = ANCHORS[second] as number;
  // The b of "bearer" is frequent in texts; where it ends a pair, the next one, "ea", gives it away.
  if ((first | 0x20) === LETTER_E && (second | 0x20) === LETTER_A) return true;
  return (
    (one !== 0 && SOME_BEFORE.some((before) => isLikely(before, second, one))) ||
    (other !== 0 && SOME_BEHIND.some((behind) => isLikely(first, behind, other)))
  );
});

function isSecretAt(
  bytes: Buffer,
  at: number,
  anchor: number,
  start: number,
  end: number,
  isSecretKey: KeyTest,
  found: Found,
): boolean {
  switch (anchor) {
    case DASH:
      return atDash(bytes, at, start, end, found);
    case UNDERSCORE:
      return atUnderscore(bytes, at, start, end, found);
    case COLON:
      return atColon(bytes, at, start, end, found) || findJsonValue(bytes, at, start, end, isSecretKey, found);
    case CAPITAL_J:
      return atJwt(bytes, at, start, end, found);
    case CAPITAL_I:
      return atCapitalI(bytes, at, start, end, found);
    case DIGIT:
      return beginsAt(bytes, at, start) && findCard(bytes, at, start, end, found);
    default:
      return atBearer(bytes, at, start, end, found);
  }
}
