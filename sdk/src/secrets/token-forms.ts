// Tokens that no beginning alone gives away: JWT and JWE, private keys in base64, bot tokens, keys that end in a region, and
// tokens that a word before them announces.
import { hasAt, isBase64, isDigit, isSpace, isToken, isWord, latin1, runEnd } from './bytes.ts';
import { countDigits, looksMade } from './looks.ts';
import type { Part } from './match-prefix.ts';

const DOT = 0x2e;

function set(part: Part, kind: string, start: number, end: number): true {
  part.kind = kind;
  part.start = start;
  part.end = end;
  return true;
}

/** JWT: header.payload.signature; JWE: five parts. In base64url; parts behind the first may be empty. */
export function findJwt(bytes: Uint8Array, at: number, end: number, part: Part): boolean {
  if (!hasAt(bytes, at, 'eyJ', at, end)) return false;
  let stop = runEnd(bytes, at, end, isToken);
  if (stop - at < 11 || bytes[stop] !== DOT) return false;
  let dots = 0;
  while (bytes[stop] === DOT && stop < end && dots < 4) {
    dots++;
    stop = runEnd(bytes, stop + 1, end, isToken);
  }
  return dots >= 2 && stop - at >= 24 && set(part, dots === 4 ? 'jwe' : 'jwt', at, stop);
}

const BASE64_BEGIN = 'LS0tLS1CRUdJTi';

/** The base64 of `-----BEGIN … PRIVATE KEY-----`. */
export function findBase64Pem(bytes: Uint8Array, at: number, end: number, part: Part): boolean {
  if (!hasAt(bytes, at, BASE64_BEGIN, at, end)) return false;
  const head = atob(
    latin1(bytes, at, Math.min(runEnd(bytes, at, end, isBase64), at + 80))
      .replace(/[^A-Za-z0-9+/]/g, '')
      .replace(/^((?:.{4})*).*$/s, '$1'),
  );
  return head.includes('PRIVATE KEY') && set(part, 'pem', at, runEnd(bytes, at, end, isBase64));
}

/** `<id>:AA…`: the id of a bot and its key of 35 characters. */
export function findTelegram(bytes: Uint8Array, begin: number, stop: number, start: number, part: Part): boolean {
  if (stop - begin !== 35 || bytes[begin] !== 0x41) return false;
  let from = begin - 1;
  while (from > start && begin - from < 12 && isDigit(bytes[from - 1])) from--;
  return begin - 1 - from >= 8 && set(part, 'telegram', from, stop);
}

/** `<id in base64>.<time>.<signature>`: 23 to 28 characters, 6 or 7, 27 to 40. */
export function findDiscord(bytes: Uint8Array, at: number, stop: number, end: number, part: Part): boolean {
  const first = bytes[at];
  if (stop - at < 23 || stop - at > 28 || first === undefined || first < 0x4d || first > 0x4f) return false;
  const second = runEnd(bytes, stop + 1, end, isToken);
  if (second - stop < 7 || second - stop > 8 || bytes[second] !== DOT) return false;
  const third = runEnd(bytes, second + 1, end, isToken);
  return third - second >= 28 && third - second <= 41 && set(part, 'discord', at, third);
}

/** 32 hex digits and `-us12` (Mailchimp), or and two groups of eight (Mailgun); `pat…` and 64 hex (Airtable). */
export function findSuffixed(bytes: Uint8Array, at: number, stop: number, part: Part): boolean {
  const length = stop - at;
  if (length >= 36 && length <= 50 && bytes[at + 32] === 0x2d)
    return (
      /^[0-9a-f]{32}-(?:us\d{1,2}|[0-9a-f]{8}-[0-9a-f]{8})$/.test(latin1(bytes, at, stop)) &&
      set(part, 'mail', at, stop)
    );
  if (length !== 17 || bytes[stop] !== DOT || bytes[at] !== 0x70) return false;
  return /^pat\w{14}\.[0-9a-f]{64}/.test(latin1(bytes, at, stop + 65)) && set(part, 'apps', at, stop + 65);
}

/** How far a token's announcement may be from its long run, where `+`, `/` and the like break the token. */
const MAX_BACK = 64;
const SCHEME = /(?:^|[^a-z])(bearer|basic|apikey|ssws|flyv1)$/i;
const ANNOUNCED =
  /(?:^|[^a-z])(?:(?:api|access|secret|private|auth|account)[ _-]?keys?|(?:access |auth |api |bearer |refresh |session )?token|secret|passw(?:or)?d|passphrase|credentials?)(?: (?:is|was|are)(?: now)?:?|:)?$/i;

/** How the words of the two patterns end, so that they are tried behind few others. */
const ENDINGS = new Uint8Array(1 << 10);
for (const word of 'bearer basic apikey ssws flyv1 key keys token secret password passwd passphrase credential credentials is was are now'.split(
  ' ',
))
  ENDINGS[((word.charCodeAt(word.length - 2) & 31) << 5) | (word.charCodeAt(word.length - 1) & 31)] = 1;

/** Whether one of these words may end at `at`, or before a colon there that no quote precedes: those are JSON's. */
function mayAnnounce(bytes: Uint8Array, at: number, start: number): boolean {
  const last = at > start && bytes[at - 1] === 0x3a ? at - 1 : at;
  if (last - 5 < start) return false;
  const [first, second] = [bytes[last - 2] as number, bytes[last - 1] as number];
  return isWord(second) && ENDINGS[((first & 31) << 5) | (second & 31)] === 1;
}

/** `Bearer …` without the header's name, and `the api key is …`. */
export function findAnnounced(
  bytes: Uint8Array,
  begin: number,
  stop: number,
  start: number,
  end: number,
  part: Part,
): boolean {
  let from = begin;
  while (from > start && begin - from < MAX_BACK && isBase64(bytes[from - 1]) && bytes[from - 1] !== 0x3d) from--;
  let gap = from;
  if (gap > start && isOpening(bytes[gap - 1])) gap--;
  while (gap > start && from - gap < 4 && isSpace(bytes[gap - 1])) gap--;
  if (gap === from || !mayAnnounce(bytes, gap, start)) return false;
  const before = latin1(bytes, Math.max(start, gap - 28), gap);
  if (SCHEME.test(before)) {
    const to = runEnd(bytes, stop, end, isBase64);
    return to - from >= 14 && (looksMade(bytes, from, to) || to - from >= 24) && set(part, 'bearer', from, to);
  }
  return (
    looksMade(bytes, begin, stop) &&
    (countDigits(bytes, begin, stop) >= 2 || stop - begin >= 30) &&
    ANNOUNCED.test(before) &&
    set(part, 'key', from, runEnd(bytes, stop, end, isBase64))
  );
}

const isOpening = (byte: number | undefined) => byte === 0x22 || byte === 0x27 || byte === 0x60;
