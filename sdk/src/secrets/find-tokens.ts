// Keys and tokens that stand for themselves: long runs of letters and digits that begin as a provider's do. Only every
// fourteenth byte of a text without long runs is looked at.
import { isDigit, isEscapeLetter, isToken, runEnd, slashesBefore } from './bytes.ts';
import { PLAIN, type Take } from './found.ts';
import { isIdValue } from './id-value.ts';
import { findPrefixed, type Part } from './match-prefix.ts';
import { findAnnounced, findBase64Pem, findDiscord, findJwt, findSuffixed, findTelegram } from './token-forms.ts';

/** No token that is known is shorter. */
const LEAST = 14;
/** Parts of a token with dots that stand before its long run (`SG.`, `dp.scim.`). */
const MAX_HEAD = 12;

const part: Part = { kind: '', start: 0, end: 0 };

/**
 * Reports the tokens in `[start, end)`.
 * @param takeDigits is asked about a run that begins with a digit: it may be a card. @returns whether it was one
 */
export function findTokens(
  bytes: Uint8Array,
  start: number,
  end: number,
  take: Take,
  takeDigits: (bytes: Uint8Array, at: number, start: number, end: number) => boolean,
): void {
  let from = start;
  let probe = start + LEAST - 1;
  while (probe < end) {
    if (!isToken(bytes[probe])) {
      from = probe + 1;
      probe = from + LEAST - 1;
      continue;
    }
    let begin = probe;
    while (begin > from && isToken(bytes[begin - 1])) begin--;
    if (probe - begin < LEAST - 1) {
      from = begin;
      probe = begin + LEAST - 1;
      continue;
    }
    const stop = runEnd(bytes, probe + 1, end, isToken);
    part.end = stop;
    if (isDigit(bytes[begin]) && takeDigits(bytes, begin, start, end)) part.end = stop;
    else if (isSecretRun(bytes, begin, stop, start, end) && !isIdValue(bytes, part.start, part.end, start, end))
      take(bytes, part.kind, part.start, part.end, PLAIN);
    from = Math.max(stop, part.end);
    probe = from + LEAST - 1;
  }
}

/** Whether the run is, or is the long part of, a secret; `part` says which bytes. */
function isSecretRun(bytes: Uint8Array, begin: number, stop: number, start: number, end: number): boolean {
  const before = begin > start ? bytes[begin - 1] : undefined;
  let at = begin;
  // What an escape takes of the run: \n, \u003d, %3D. It is no part of the token.
  if (before === 0x5c && slashesBefore(bytes, begin, start) % 2 === 1) {
    if (bytes[begin] === 0x75) at += 5;
    else if (isEscapeLetter(bytes[begin])) at += 1;
  } else if (before === 0x25) at += 2;
  if (isTokenAt(bytes, at, stop, start, end)) return true;
  if (before === 0x25 && isTokenAt(bytes, begin, stop, start, end)) return true;
  const inner = runEnd(bytes, at, stop, (byte) => byte === 0x5f || byte === 0x2d);
  if (inner > at && isTokenAt(bytes, inner, stop, start, end)) return true;
  if (before === 0x2e || before === 0x7e) {
    const head = headOf(bytes, begin, start);
    return findPrefixed(bytes, head, end, part) && part.end >= stop;
  }
  if (before === 0x3a) return findTelegram(bytes, begin, stop, start, part);
  return findAnnounced(bytes, at, stop, start, end, part);
}

function isTokenAt(bytes: Uint8Array, at: number, stop: number, start: number, end: number): boolean {
  return (
    findPrefixed(bytes, at, end, part) ||
    (bytes[at] === 0x65 && findJwt(bytes, at, end, part)) ||
    (bytes[at] === 0x4c && findBase64Pem(bytes, at, end, part)) ||
    findSuffixed(bytes, at, stop, part) ||
    (bytes[stop] === 0x2e && findDiscord(bytes, at, stop, end, part))
  );
}

/** Where the token begins whose long run follows a dot or a tilde. */
function headOf(bytes: Uint8Array, begin: number, start: number): number {
  if (bytes[begin - 1] === 0x7e) return Math.max(start, begin - 2);
  let head = begin;
  while (head > start && begin - head < MAX_HEAD && (isToken(bytes[head - 1]) || bytes[head - 1] === 0x2e)) head--;
  if (head > start && bytes[head - 1] === 0x5c && isEscapeLetter(bytes[head])) head++;
  return head;
}

