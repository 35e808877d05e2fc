// Lines of files that hold passwords: `.netrc` (machine, login, password) and `.pgpass` (host:port:database:user:password).
import { BACKSLASH, isDigit, isQuote, isSpace, isToken, latin1, runEnd, type Test } from './bytes.ts';
import { PLAIN, type Take } from './found.ts';
import { isNoValue, looksChosen } from './looks.ts';

const COLON = 0x3a;
const STAR = 0x2a;
const SPACE = '(?:[ \\t\\r\\n]|\\\\+[nrt])';
const MACHINE = new RegExp(`(?:^|[^\\w-])(?:machine${SPACE}{1,8}([\\w.:-]{1,64})|default)${SPACE}{1,8}$`);
const LOGIN = new RegExp(`^login${SPACE}{1,8}[^\\s"'\\\\]{1,64}${SPACE}{1,8}password${SPACE}{1,8}`);
const LOOK = 200;
/** What can only be a host, and the ports of PostgreSQL and its poolers. */
const HOST = /[.*]|^localhost$/;
const PORT = /^(?:\*|54\d\d|6432|6543)$/;

const isOfPassword: Test = (byte) =>
  byte !== undefined && byte > 0x20 && !isQuote(byte) && byte !== BACKSLASH && byte !== 0x60;

/** `machine h login l password p`: `at` is the g of `login`. @returns where to look next */
export function findNetrc(bytes: Uint8Array, at: number, start: number, end: number, take: Take): number {
  const login = at - 2;
  if (bytes[login] !== 0x6c || bytes[at + 2] !== 0x6e || !(isSpace(bytes[at + 3]) || bytes[at + 3] === BACKSLASH))
    return at + 1;
  const behind = LOGIN.exec(latin1(bytes, login, Math.min(end, login + LOOK)));
  if (behind === null) return at + 1;
  const before = MACHINE.exec(latin1(bytes, Math.max(start, login - 100), login));
  if (before === null) return at + 1;
  const from = login + behind[0].length;
  const stop = runEnd(bytes, from, Math.min(end, from + 256), isOfPassword);
  // `machine learning login page password reset` is a sentence: its host is a word.
  const isHost = before[1] === undefined || /[.:]|^localhost$/.test(before[1]);
  if (stop - from < 3 || isNoValue(bytes, from, stop)) return stop;
  if (!isHost && !looksChosen(bytes, from, stop, true, true)) return stop;
  take(bytes, 'password', from, stop, PLAIN);
  return stop;
}

/** `host:5432:db:user:password`: `at` is the first colon. @returns the end of the password, or 0 */
export function findPgpass(bytes: Uint8Array, at: number, start: number, end: number, take: Take): number {
  const portEnd = fieldEnd(bytes, at + 1, end, isDigit, 5);
  if (portEnd === 0 || (bytes[at + 1] !== STAR && portEnd - at < 5)) return 0;
  const host = hostBefore(bytes, at, start);
  if (host === at || (host > start && !isLineStart(bytes, host, start))) return 0;
  // `user:12345:cart:items:x1` is a key of a cache.
  if (!HOST.test(latin1(bytes, host, at)) && !PORT.test(latin1(bytes, at + 1, portEnd))) return 0;
  const dbEnd = fieldEnd(bytes, portEnd + 1, end, isName, 64);
  const userEnd = dbEnd === 0 ? 0 : fieldEnd(bytes, dbEnd + 1, end, isName, 64);
  if (userEnd === 0) return 0;
  const from = userEnd + 1;
  const stop = runEnd(bytes, from, Math.min(end, from + 256), isOfPassword);
  if (stop - from < 4 || runEnd(bytes, from, stop, (byte) => byte !== COLON) < stop) return 0;
  if (isNoValue(bytes, from, stop) || !looksChosen(bytes, from, stop, false, true)) return 0;
  take(bytes, 'password', from, stop, PLAIN);
  return stop;
}

const isName: Test = (byte) => isToken(byte) || byte === 0x2e || byte === 0x40;

/** Where the field ends, at its colon; 0 when it is none. */
function fieldEnd(bytes: Uint8Array, from: number, end: number, test: Test, most: number): number {
  const stop = bytes[from] === STAR ? from + 1 : runEnd(bytes, from, Math.min(end, from + most), test);
  return stop > from && stop < end && bytes[stop] === COLON ? stop : 0;
}

function hostBefore(bytes: Uint8Array, at: number, start: number): number {
  let i = at;
  while (i > start && at - i < 100 && (isName(bytes[i - 1]) || bytes[i - 1] === STAR)) i--;
  // The letter of \n is no part of it.
  return i > start && i < at && bytes[i - 1] === BACKSLASH ? i + 1 : i;
}

/** Whether a line, or a text in quotes, begins at `at`. */
function isLineStart(bytes: Uint8Array, at: number, start: number): boolean {
  const before = bytes[at - 1];
  if (before === 0x0a || isQuote(before) || before === 0) return true;
  return before === 0x6e && at - 2 >= start && bytes[at - 2] === BACKSLASH;
}
