// `"password": "…"` inside text: JSON, JSON inside a JSON string (\"), and Python's form with single quotes.
import type { Found, KeyTest } from './find-secrets.ts';

const BACKSLASH = 0x5c;
const MAX_KEY_BYTES = 40;
const isQuote = (byte: number | undefined) => byte === 0x22 || byte === 0x27;
const isSpace = (byte: number | undefined) => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

/** Whether the colon at `at` stands between the name of a secret and a quoted value; `found` is what is quoted. */
export function findJsonValue(
  bytes: Buffer,
  at: number,
  start: number,
  end: number,
  isSecretKey: KeyTest,
  found: Found,
): boolean {
  let close = at - 1;
  while (close > start && at - close < 8 && isSpace(bytes[close])) close--;
  const quote = bytes[close];
  if (close <= start || !isQuote(quote)) return false;
  let open = at + 1;
  while (open < end && open - at < 8 && isSpace(bytes[open])) open++;
  const slashesFrom = open;
  while (open < end && open - slashesFrom < 8 && bytes[open] === BACKSLASH) open++;
  if (open >= end || !isQuote(bytes[open])) return false;
  let keyEnd = close;
  while (keyEnd > start && close - keyEnd < 8 && bytes[keyEnd - 1] === BACKSLASH) keyEnd--;
  let keyStart = keyEnd;
  while (keyStart > start && keyEnd - keyStart <= MAX_KEY_BYTES && bytes[keyStart - 1] !== quote) keyStart--;
  if (keyStart === start || keyStart === keyEnd || keyEnd - keyStart > MAX_KEY_BYTES) return false;
  if (!isSecretKey(bytes, keyStart, keyEnd)) return false;
  const stop = closingQuote(bytes, open, end, open - slashesFrom);
  if (stop <= open + 1) return false;
  found.kind = 'key';
  found.start = open + 1;
  found.end = stop;
  return true;
}

/**
 * Where the text ends that was opened by a quote behind `slashes` backslashes. Escaping again doubles the backslashes
 * and adds one, so a quote closes when as many stand before it, beside whole escaped backslashes.
 */
function closingQuote(bytes: Buffer, open: number, end: number, slashes: number): number {
  const quote = bytes[open];
  let run = 0;
  for (let i = open + 1; i < end; i++) {
    const byte = bytes[i];
    if (byte === BACKSLASH) run++;
    else if (byte === quote && run % (2 * (slashes + 1)) === slashes) return i - slashes;
    else run = 0;
  }
  return end; // cut off: what is left is the secret's beginning
}
