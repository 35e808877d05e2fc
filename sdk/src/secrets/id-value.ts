// Whether a found value is the id of a session, user, trace or request, by the name of its field. People search and join
// by ids: they are never masked for their form.
import { isQuote, isSpace, isToken, latin1, QUOTE, slashesBefore } from './bytes.ts';
import { isIdName } from './names.ts';

/** Whether `[from, to)` is the whole of a JSON value whose key is an id's. */
export function isIdValue(bytes: Uint8Array, from: number, to: number, start: number, end: number): boolean {
  let i = from;
  if (bytes[i - 1] === QUOTE) {
    i -= 1;
    i -= slashesBefore(bytes, i, start);
    if (to < end && bytes[to] !== QUOTE && bytes[to] !== 0x5c) return false;
  }
  const key = keyBefore(bytes, i, start);
  return key !== null && isIdName(key);
}

/** The key of the JSON value that begins at `at`; null when there is none. */
export function keyBefore(bytes: Uint8Array, at: number, start: number): string | null {
  let i = at;
  while (i > start && at - i < 8 && isSpace(bytes[i - 1])) i--;
  if (i <= start || bytes[i - 1] !== 0x3a) return null;
  i--;
  while (i > start && at - i < 16 && isSpace(bytes[i - 1])) i--;
  if (i <= start || !isQuote(bytes[i - 1])) return null;
  i--;
  i -= slashesBefore(bytes, i, start);
  const stop = i;
  while (i > start && stop - i < 64 && (isToken(bytes[i - 1]) || bytes[i - 1] === 0x2e)) i--;
  return i < stop ? latin1(bytes, i, stop) : null;
}
