// Finds personal data in text by its shape: mail addresses, IBANs, US social security numbers. Only where it was asked
// for (TELLTALE_REDACT=personal): an agent's work is often about these. One pass, linear in the text.
import { beginsAt, isDigit, isToken, isWord } from '#domain/secrets';

/** What was found. Reused. */
interface Found {
  kind: string;
  start: number;
  end: number;
}

const AT = 0x40;
const DASH = 0x2d;
const DOT = 0x2e;
const SPACE = 0x20;
const BACKSLASH = 0x5c;
/** RFC 5321: the longest local part and the longest domain. */
const MAX_LOCAL_BYTES = 64;
const MAX_DOMAIN_BYTES = 255;
/** `u003c`, without its backslash. */
const ESCAPE_BYTES = 5;

const found: Found = { kind: '', start: 0, end: 0 };

/** Calls `mask` for every piece of personal data in `[start, end)`; bytes may be overwritten meanwhile, in place. */
export function findPersonal(
  bytes: Buffer,
  start: number,
  end: number,
  mask: (bytes: Buffer, kind: string, start: number, end: number) => void,
): void {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    const isFound =
      byte === AT
        ? findMail(bytes, i, start, end)
        : byte === DASH
          ? findSocialSecurity(bytes, i, start, end)
          : isCapital(byte) && isCapital(bytes[i + 1] as number) && findIban(bytes, i, start, end);
    if (!isFound) continue;
    mask(bytes, found.kind, found.start, found.end);
    i = Math.max(i, found.end - 1);
  }
}

const isCapital = (byte: number) => byte >= 0x41 && byte <= 0x5a;
const isLetter = (byte: number) => isCapital(byte & 0xdf);
const isLocal = (byte: number) => isToken(byte) || byte === DOT || byte === 0x2b || byte === 0x25; // + %

const isHexEscape = (bytes: Buffer, at: number) =>
  /^u[0-9a-f]{4}$/i.test(bytes.toString('latin1', at, at + ESCAPE_BYTES));

function set(kind: string, start: number, end: number): true {
  found.kind = kind;
  found.start = start;
  found.end = end;
  return true;
}

/** `name@host.tld`, around the @ at `at`. */
function findMail(bytes: Buffer, at: number, start: number, end: number): boolean {
  let from = at;
  while (from > start && at - from < MAX_LOCAL_BYTES + ESCAPE_BYTES && isLocal(bytes[from - 1] as number)) from--;
  // What follows the backslash of a JSON escape belongs to it: \n, \u003c.
  if (from > start && bytes[from - 1] === BACKSLASH) from += isHexEscape(bytes, from) ? ESCAPE_BYTES : 1;
  from = Math.max(from, at - MAX_LOCAL_BYTES);
  while (from < at && bytes[from] === DOT) from++;
  if (from >= at) return false;
  let stop = at + 1;
  let lastDot = -1;
  const limit = Math.min(end, at + 1 + MAX_DOMAIN_BYTES);
  for (; stop < limit; stop++) {
    const byte = bytes[stop] as number;
    if (byte === DOT) {
      // A full stop behind the address ends a sentence.
      if (stop + 1 >= limit || !isWord(bytes[stop + 1] as number)) break;
      lastDot = stop;
    } else if (!isWord(byte) && byte !== DASH) break;
  }
  if (lastDot < 0 || stop - lastDot < 3) return false;
  for (let i = lastDot + 1; i < stop; i++) if (!isLetter(bytes[i] as number)) return false;
  return set('email', from, stop);
}

/** `123-45-6789`, around its first dash. Areas 000, 666 and 900 to 999, group 00 and serial 0000 were never given out. */
function findSocialSecurity(bytes: Buffer, at: number, start: number, end: number): boolean {
  const from = at - 3;
  const stop = at + 8;
  if (from < start || stop > end || bytes[at + 3] !== DASH) return false;
  if (!beginsAt(bytes, from, start) || (from > start && bytes[from - 1] === DOT)) return false;
  if (stop < end && isToken(bytes[stop] as number)) return false;
  for (let i = from; i < stop; i++) if (i !== at && i !== at + 3 && !isDigit(bytes[i] as number)) return false;
  const text = bytes.toString('latin1', from, stop);
  return !/^(?:000|666|9\d\d)|-00-|-0000$/.test(text) && set('ssn', from, stop);
}

const MIN_IBAN = 15;
const MAX_IBAN = 34;

/** Two letters, two check digits, then the account: written without gaps or in groups of four (ISO 13616, mod 97). */
function findIban(bytes: Buffer, at: number, start: number, end: number): boolean {
  if (!beginsAt(bytes, at, start) || at + 4 > end) return false;
  if (!isDigit(bytes[at + 2] as number) || !isDigit(bytes[at + 3] as number)) return false;
  let text = '';
  let stop = at;
  let complete = -1;
  for (let i = at; i < end && text.length <= MAX_IBAN; i++) {
    const byte = bytes[i] as number;
    if (byte === SPACE && text.length % 4 === 0 && i + 1 < end && isWord(bytes[i + 1] as number)) {
      // A number in groups may be followed by a word: what was complete before a gap counts too.
      if (isValidIban(text)) complete = i;
      continue;
    }
    if (!isDigit(byte) && !isCapital(byte)) {
      if (isToken(byte)) stop = complete;
      break;
    }
    text += String.fromCharCode(byte);
    stop = i + 1;
  }
  if (stop !== complete && !isValidIban(text)) stop = complete;
  return stop > at && set('iban', at, stop);
}

function isValidIban(text: string): boolean {
  if (text.length < MIN_IBAN || text.length > MAX_IBAN) return false;
  let rest = 0;
  for (const char of text.slice(4) + text.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    rest = (value > 9 ? rest * 100 + value : rest * 10 + value) % 97;
  }
  return rest === 1;
}
