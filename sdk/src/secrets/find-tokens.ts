// Keys and tokens that are recognizable without context: long runs of letters and digits with a provider's prefix. Only
// every fourteenth byte of a text without long runs is read.
import { isDigit, isEscapeLetter, isToken, runEnd, slashesBefore } from './bytes.ts';
import { PLAIN, type Take } from './found.ts';
import { isIdValue } from './id-value.ts';
import { findPrefixed, type Part } from './match-prefix.ts';
import { findAnnounced, findBase64Pem, findDiscord, findJwt, findSuffixed, findTelegram } from './token-forms.ts';

/** No token that is known is shorter. */
const LEAST = 14;
/** Longest dotted parts of a token before its long run (`SG.`, `dp.scim.`). */
const MAX_HEAD = 12;

const part: Part = { kind: '', start: 0, end: 0 };

/** The bytes of a token: a table, since this is asked of a third of all bytes. */
const TOKEN = Uint8Array.from({ length: 256 }, (_, byte) => (isToken(byte) ? 1 : 0));

/**
 * Reports the tokens in `[start, end)`.
 * @param takeCard is asked about a run that begins with a digit. @returns the end of the card it took, or 0
 */
export function findTokens(bytes: Uint8Array, start: number, end: number, take: Take, takeCard: TakeCard): void {
  /** The run at hand begins here or later; up to `known` its bytes were looked at. */
  let from = start;
  let known = start;
  let probe = start + LEAST - 1;
  while (probe < end) {
    let i = probe;
    while (i >= known && TOKEN[bytes[i] as number] === 1) i--;
    if (i >= known) {
      from = i + 1;
      known = probe + 1;
      probe = i + LEAST;
      continue;
    }
    const stop = runEnd(bytes, probe + 1, end, isToken);
    from = known = Math.max(stop, takeRun(bytes, from, stop, start, end, take, takeCard));
    probe = from + LEAST - 1;
  }
}

type TakeCard = (bytes: Uint8Array, at: number, start: number, end: number, take: Take) => number;

/** @returns where the secret ends that the run was, or 0 */
function takeRun(
  bytes: Uint8Array,
  begin: number,
  stop: number,
  start: number,
  end: number,
  take: Take,
  takeCard: TakeCard,
): number {
  if (isDigit(bytes[begin])) {
    const cardEnd = takeCard(bytes, begin, start, end, take);
    if (cardEnd > 0) return cardEnd;
  }
  if (!isSecretRun(bytes, begin, stop, start, end) || isIdValue(bytes, part.start, part.end, start, end)) return 0;
  take(bytes, part.kind, part.start, part.end, PLAIN);
  return part.end;
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
  if (isTokenAt(bytes, at, stop, end)) return true;
  if (before === 0x25 && isTokenAt(bytes, begin, stop, end)) return true;
  const inner = runEnd(bytes, at, stop, (byte) => byte === 0x5f || byte === 0x2d);
  if (inner > at && isTokenAt(bytes, inner, stop, end)) return true;
  if (before === 0x2e || before === 0x7e) {
    const head = headOf(bytes, begin, start);
    return findPrefixed(bytes, head, end, part) && part.end >= stop;
  }
  if (before === 0x3a) return findTelegram(bytes, begin, stop, start, part);
  return findAnnounced(bytes, at, stop, start, end, part);
}

function isTokenAt(bytes: Uint8Array, at: number, stop: number, end: number): boolean {
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
