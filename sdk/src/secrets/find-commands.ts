// Short options that are a password of one command only: `-u name:password` of curl, `-ppassword` of mysql.
import { BACKSLASH, isQuote, isSpace, latin1, runEnd } from './bytes.ts';
import { PLAIN, type Take } from './found.ts';
import { isNoQuoted, isNoValue, looksChosen } from './looks.ts';
import { closingQuote, endOfWord, isClosing, isLevel } from './value-range.ts';

/** How far before an option its command is looked for. */
const MAX_BACK = 256;
const LOOK = 256;
const MYSQL = /(?:^|[^\w.-])(?:mysql|mariadb)(?:-?(?:dump|admin|import|check|show|slap))?(?:\.exe)?\\*["']?[\s,]/;
const CURL = /(?:^|[^\w.-])curl(?:\.exe)?\\*["']?[\s,]/;

/** Whether the command that the option at `at` belongs to is one of these. */
function isOption(bytes: Uint8Array, at: number, start: number, command: RegExp): boolean {
  const least = Math.max(start, at - MAX_BACK);
  let i = at;
  while (i > least && !endsCommand(bytes[i - 1] as number)) i--;
  return at - i > 4 && command.test(latin1(bytes, i, at));
}
/** Line ends, pipes, semicolons. Not the ampersand: addresses contain it too. */
const endsCommand = (byte: number) => byte === 0x0a || byte === 0x7c || byte === 0x3b || byte === 0;

/** `mysql -ps3cret`, `-p's3cret'`: without a space between. @returns where to continue */
export function findMysqlPassword(bytes: Uint8Array, at: number, start: number, end: number, take: Take): number {
  const behind = at + 2;
  const open = runEnd(bytes, behind, Math.min(end, behind + 32), (byte) => byte === BACKSLASH);
  const isQuoted = open < end && isQuote(bytes[open]) && isLevel(open - behind);
  if (!isQuoted && open > behind) return behind;
  // `"-p"` in a list: the quote is the list's.
  if (isQuoted && bytes[at - 1] === bytes[open]) return behind;
  // A text of JSON that ends with `-p`.
  if (isQuoted && isClosing(bytes, open, end)) return behind;
  const from = isQuoted ? open + 1 : behind;
  const look = Math.min(end, from + LOOK);
  const stop = isQuoted ? closingQuote(bytes, open, look, open - behind) : endOfWord(bytes, from, look);
  if (stop - from < 3) return behind;
  if (isQuoted && bytes[stop + open - behind] !== bytes[open]) return behind;
  if (isQuoted ? isNoQuoted(bytes, from, stop) : isNoValue(bytes, from, stop)) return behind;
  if (!isQuoted && !looksChosen(bytes, from, stop, true, true)) return behind;
  if (!isOption(bytes, at, start, MYSQL)) return behind;
  take(bytes, 'password', from, stop, PLAIN);
  return stop;
}

/** `-u name:password`, `-uname:password`, `"-u", "name:password"`. @returns where to look next */
export function findCurlLogin(bytes: Uint8Array, at: number, start: number, end: number, take: Take): number {
  const behind = at + 2;
  if (isSpace(bytes[behind])) return login(bytes, behind + 1, end, take);
  const open = runEnd(bytes, behind, Math.min(end, behind + 32), (byte) => byte === BACKSLASH);
  if (open >= end) return behind;
  if (!isQuote(bytes[open])) {
    if (open > behind || loginColon(bytes, behind, end) === 0 || !isOption(bytes, at, start, CURL)) return behind;
    return login(bytes, behind, end, take);
  }
  // `-u'name:password'`, or the next text of a list.
  if (bytes[at - 1] !== bytes[open]) return isOption(bytes, at, start, CURL) ? login(bytes, open, end, take) : behind;
  const comma = runEnd(bytes, open + 1, Math.min(end, open + 32), isSpace);
  if (bytes[comma] !== 0x2c) return behind;
  const next = runEnd(bytes, comma + 1, Math.min(end, comma + 64), (byte) => isSpace(byte) || byte === BACKSLASH);
  return bytes[next] === bytes[open] && next < end ? login(bytes, next, end, take) : behind;
}

/** Masks the password of `name:password` at `from`, in quotes or not. @returns where to look next */
export function login(bytes: Uint8Array, from: number, end: number, take: Take): number {
  const first = isQuote(bytes[from]) && from < end ? from + 1 : from;
  const colon = loginColon(bytes, first, end);
  if (colon === 0) return from;
  const stop = endOfWord(bytes, first, Math.min(end, first + LOOK));
  take(bytes, 'password', colon + 1, stop, PLAIN);
  return stop;
}

/** The colon of `name:password` at `first`; 0 when there is none. */
export function loginColon(bytes: Uint8Array, first: number, end: number): number {
  const stop = endOfWord(bytes, first, Math.min(end, first + LOOK));
  const colon = runEnd(bytes, first, stop, (byte) => byte !== 0x3a);
  if (colon >= stop - 4 || bytes[colon + 1] === 0x2f || isNoValue(bytes, colon + 1, stop)) return 0;
  return looksChosen(bytes, colon + 1, stop, false, true) ? colon : 0;
}
