// Reads the name before a separator: plain, in quotes (escaped or not), in brackets, as an XML tag.
import { BACKSLASH, isDigit, isLetter, isQuote, isSpace, isToken, latin1, slashesBefore } from './bytes.ts';
import { NAME_ENDINGS } from './names.ts';

const MAX_NAME = 64;

export interface Name {
  start: number;
  end: number;
  /** The quote around it, or 0. */
  quote: number;
  /** Backslashes before each of its quotes. */
  slashes: number;
  /** There is space between it and the separator. */
  spaced: boolean;
}

/** The last three letters of names that mean something, five bits each. */
const ENDINGS = new Uint8Array(1 << 15);
const endingOf = (first: number, second: number, third: number) =>
  ((first & 31) << 10) | ((second & 31) << 5) | (third & 31);
for (const ending of NAME_ENDINGS) {
  const [first, second, third] = [...ending].map((char) => char.charCodeAt(0)) as [number, number, number];
  ENDINGS[endingOf(first, second, third)] = 1;
}

/** Whether a name that ends at `end` may mean something: the look that nearly every name is spared by. */
function mayMean(bytes: Uint8Array, end: number, start: number): boolean {
  const least = Math.max(start, end - MAX_NAME);
  let i = end;
  // Numbers behind a name, each with the sign before it, say nothing: password-2, api_key.0.1.
  for (;;) {
    const stop = i;
    while (i > least && stop - i < 4 && isDigit(bytes[i - 1])) i--;
    if (i - 3 < least) return false;
    const third = bytes[i - 1] as number;
    if (third >= 0x41) return ENDINGS[endingOf(bytes[i - 3] as number, bytes[i - 2] as number, third)] === 1;
    if (i === stop) return false;
    i--;
  }
}

/** Whether a name precedes the separator at `at`; it is written into `name`. */
export function readName(bytes: Uint8Array, at: number, start: number, name: Name): boolean {
  let end = at;
  while (end > start && at - end < 8 && isSpace(bytes[end - 1])) end--;
  if (end <= start) return false;
  name.spaced = end < at;
  name.quote = 0;
  name.slashes = 0;
  let last = bytes[end - 1];
  const isBracketed = last === 0x5d;
  if (isBracketed) last = bytes[--end - 1];
  if (isQuote(last)) {
    name.quote = last as number;
    end--;
    name.slashes = bytes[end - 1] === BACKSLASH ? slashesBefore(bytes, end, start) : 0;
    end -= name.slashes;
  } else if (!isToken(last)) return false;
  if (!mayMean(bytes, end, start)) return false;
  if (name.quote === 0 && name.spaced && hasNewline(bytes, name.quote === 0 ? end : at, at)) return false;
  let from = end;
  while (from > start && end - from < MAX_NAME && isNameByte(bytes, from - 1, name.quote !== 0)) from--;
  // A letter of an escape is no part of the name: \napi_key, \u0026api_key.
  if (bytes[from - 1] === BACKSLASH && from > start && slashesBefore(bytes, from, start) % 2 === 1 && name.quote === 0)
    from += bytes[from] === 0x75 ? 5 : 1;
  while (from < end && !isLetter(bytes[from])) from++;
  if (from >= end) return false;
  name.start = from;
  name.end = end;
  name.quote = isBracketed && name.quote !== 0 ? 0 : name.quote;
  return true;
}

const isNameByte = (bytes: Uint8Array, at: number, isQuoted: boolean) =>
  isToken(bytes[at]) || bytes[at] === 0x2e || (isQuoted && bytes[at] === 0x20);

function hasNewline(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] === 0x0a || bytes[i] === 0x0d) return true;
  return false;
}

/** How far back the partner of a `value` is looked for. */
const MAX_PARTNER = 140;
const JSON_PARTNER =
  /["'](?:name|key|header|field|param|parameter|variable)\\*["']\s{0,8}:\s{0,8}\\*["']([\w .-]{1,64})\\*["']\s{0,20},\s{0,20}(?:\\*["']value\\*["']\s{0,8}:\s{0,8}\{\s{0,20})?\\*["']$/i;
const JSON_BEHIND = /^\\*["']\s{0,20},\s{0,20}\\*["'](?:name|key)\\*["']\s{0,8}:\s{0,8}\\*["']([\w .-]{1,64})\\*["']/i;
const XML_PARTNER = /\b(?:name|key)\s?=\s?\\*["']([\w.-]{1,64})\\*["']\s{1,8}$/i;

const YAML_PARTNER =
  /(?:^|[\s-]|\\n)(?:name|key):\s?(?:\\*["'])?([\w.-]{1,64})(?:\\*["'])?[ \t]{0,8}(?:\r?\n|\\n)[ \t]{0,40}$/i;

/**
 * The name in `{"name": "Authorization", "value": …}`, `<add key="Password" value=…`, and `name: PASSWORD` in the line before
 * `value:`; '' when there is none.
 */
export function partnerBefore(bytes: Uint8Array, name: Name, start: number, isColon: boolean): string {
  const before = latin1(bytes, Math.max(start, name.start - MAX_PARTNER), name.start);
  return (name.quote !== 0 ? JSON_PARTNER : isColon ? YAML_PARTNER : XML_PARTNER).exec(before)?.[1] ?? '';
}

/** The name in `{"value": …, "key": "Authorization"}`, looked for behind the value. */
export const partnerBehind = (bytes: Uint8Array, at: number, end: number): string =>
  JSON_BEHIND.exec(latin1(bytes, at, Math.min(end, at + MAX_PARTNER)))?.[1] ?? '';
