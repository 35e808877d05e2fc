// What two dashes announce: private keys in PEM, and options of a command line (`--password x`, `-u user:password`).
import {
  BACKSLASH,
  hasAt,
  isEscapeLetter,
  isLetter,
  isQuote,
  isSpace,
  isToken,
  latin1,
  QUOTE,
  runEnd,
  slashesBefore,
} from './bytes.ts';
import { findCurlLogin, findMysqlPassword, login } from './find-commands.ts';
import { PLAIN, type Take } from './found.ts';
import { isNoQuoted, isNoValue, looksChosen, looksLikeToken } from './looks.ts';
import { knownNameKind, NAME } from './names.ts';
import { closingQuote, endOfWord, isClosing, isLevel } from './value-range.ts';

const DASH = 0x2d;
const MAX_PEM = 16 * 1024;
const OPENING =
  /^-----BEGIN(?: |\+|%20)(?:[A-Z0-9]{1,12}(?: |\+|%20)){0,4}PRIVATE(?: |\+|%20)KEY(?:(?: |\+|%20)BLOCK)?-----/;
const CLOSING = /^-----END[A-Z0-9 +%]{0,40}-----/;

/** Reports the secret that the dash at `at` begins. @returns where to look next */
export function findBehindDash(bytes: Uint8Array, at: number, start: number, end: number, take: Take): number {
  if (bytes[at + 1] === DASH) {
    if (bytes[at + 2] === DASH) return pem(bytes, at, start, end, take);
    return option(bytes, at + 2, start, end, take);
  }
  if (bytes[at + 1] === 0x70) return findMysqlPassword(bytes, at, start, end, take);
  if (((bytes[at + 1] as number) | 0x20) === 0x75) return findCurlLogin(bytes, at, start, end, take);
  return at + 1;
}

function pem(bytes: Uint8Array, at: number, start: number, end: number, take: Take): number {
  // The dashes may be more than five, or be looked at from the second on.
  let first = at;
  while (first > start && bytes[first - 1] === DASH && at - first < 5) first--;
  const dashes = runEnd(bytes, at, end, (byte) => byte === DASH);
  const from = dashes - 5;
  if (from < first || !hasAt(bytes, from, '-----BEGIN', start, end)) return dashes;
  const opening = OPENING.exec(latin1(bytes, from, Math.min(end, from + 100)));
  if (opening === null) return dashes;
  const limit = Math.min(end, from + MAX_PEM);
  let stop = from + opening[0].length;
  for (; stop < limit; stop++) {
    const byte = bytes[stop] as number;
    if (byte === DASH && hasAt(bytes, stop, '-----END', start, end)) {
      const closing = CLOSING.exec(latin1(bytes, stop, Math.min(end, stop + 80)));
      stop += closing === null ? 8 : closing[0].length;
      break;
    }
    // A key that was cut off ends where its text ends.
    if (byte > 127 || byte === 0x22 || byte === 0 || byte === 0x3c) break;
  }
  while (bytes[stop - 1] === 0x5c) stop--;
  while (stop < end && ((bytes[stop] as number) & 0xc0) === 0x80) stop++;
  take(bytes, 'pem', from, stop, PLAIN);
  return stop;
}

/** `--password x`, `--user name:password`; `--password=x` is an assignment. */
function option(bytes: Uint8Array, from: number, start: number, end: number, take: Take): number {
  const stop = runEnd(bytes, from, Math.min(end, from + 40), isToken);
  if (stop === from || !isLetter(bytes[from])) return stop;
  const isQuoted = isQuote(bytes[stop]) || bytes[stop] === BACKSLASH;
  if (bytes[stop] !== 0x20 && !isQuoted) return stop;
  const name = latin1(bytes, from, stop);
  if (!isQuoted && (name === 'user' || name === 'proxy-user')) return login(bytes, stop + 1, end, take);
  const kind = knownNameKind(name);
  if (kind < NAME.weak) return stop;
  const isWeak = kind === NAME.weak;
  return isQuoted ? listed(bytes, stop, from - 2, start, end, isWeak, take) : argument(bytes, stop, end, isWeak, take);
}

/** `["--password", "x"]`: the next text of a list. `open` is behind the quote before the option. */
function listed(
  bytes: Uint8Array,
  stop: number,
  open: number,
  start: number,
  end: number,
  isWeak: boolean,
  take: Take,
): number {
  const slashes = runEnd(bytes, stop, Math.min(end, stop + 32), (byte) => byte === BACKSLASH) - stop;
  const quote = bytes[stop + slashes];
  if (!isQuote(quote) || open <= start || bytes[open - 1] !== quote) return stop;
  if (slashesBefore(bytes, open - 1, start) !== slashes || !isLevel(slashes)) return stop;
  let at = endOfBlank(bytes, stop + slashes + 1, Math.min(end, stop + 64));
  if (bytes[at] !== 0x2c) return stop;
  at = endOfBlank(bytes, at + 1, Math.min(end, at + 64));
  const from = at + slashes + 1;
  if (from >= end || runEnd(bytes, at, from, (byte) => byte === BACKSLASH) !== from - 1 || bytes[from - 1] !== quote)
    return stop;
  const to = closingQuote(bytes, from - 1, end, slashes);
  if (to - from < 3 || bytes[from] === DASH) return stop;
  if (isWeak ? !looksLikeToken(bytes, from, Math.min(to, from + 256)) : isNoQuoted(bytes, from, to)) return stop;
  take(bytes, 'key', from, to, PLAIN);
  return to;
}

/** Where space ends, escaped line ends included. */
function endOfBlank(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  for (;;) {
    at = runEnd(bytes, at, end, isSpace);
    const letter = runEnd(bytes, at, end, (byte) => byte === BACKSLASH);
    if (letter === at || letter >= end || !isEscapeLetter(bytes[letter])) return at;
    at = letter + 1;
  }
}

function argument(bytes: Uint8Array, from: number, end: number, isWeak: boolean, take: Take): number {
  const at = runEnd(bytes, from, Math.min(end, from + 8), (byte) => byte === 0x20);
  const slashes = runEnd(bytes, at, Math.min(end, at + 8), (byte) => byte === 0x5c) - at;
  const isQuoted = at + slashes < end && isQuote(bytes[at + slashes]);
  if (!isLevel(slashes)) return from;
  if (isQuoted && bytes[at + slashes] === QUOTE && isClosing(bytes, at + slashes, end)) return from;
  const first = isQuoted ? at + slashes + 1 : at;
  const look = Math.min(end, first + 256);
  const stop = isQuoted ? closingQuote(bytes, at + slashes, look, slashes) : endOfWord(bytes, first, look);
  if (stop - first < 3 || (!isQuoted && bytes[first] === DASH)) return from;
  const isSecret = isWeak
    ? looksLikeToken(bytes, first, stop)
    : isQuoted
      ? !isNoQuoted(bytes, first, stop)
      : !isNoValue(bytes, first, stop) && looksChosen(bytes, first, stop, true, true);
  if (!isSecret) return from;
  const to =
    stop < look ? stop : isQuoted ? closingQuote(bytes, at + slashes, end, slashes) : endOfWord(bytes, first, end);
  take(bytes, 'key', first, to, PLAIN);
  return to;
}
