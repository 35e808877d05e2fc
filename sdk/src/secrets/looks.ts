// Whether a value looks like a secret. Keys are made by machines: letters and digits mixed in one long piece. Names, words and
// versions are not.
import { hasAt, isDigit, isLetter, isLower, isToken, isUpper, isWord, latin1, runEnd } from './bytes.ts';
import { MASK_BEGINS } from './found.ts';
import { knownNameKind, NAME } from './names.ts';

const MIXED_LEAST = 8;
const DIGITS_LEAST = 10;
const LETTERS_LEAST = 12;

/** Whether a piece between `-`, `_` and dots is long and mixed, as random characters are. */
export function looksMade(bytes: Uint8Array, start: number, end: number, mixedLeast = MIXED_LEAST): boolean {
  let [digits, letters, changes] = [0, 0, 0];
  for (let i = start; i <= end; i++) {
    const byte = i < end ? bytes[i] : undefined;
    if (isDigit(byte)) digits++;
    else if (isLetter(byte)) {
      letters++;
      if (isUpper(byte) && isLower(bytes[i - 1])) changes++;
    } else {
      if (digits > 0 && letters > 0 && digits + letters >= mixedLeast) return true;
      if (letters === 0 && digits >= DIGITS_LEAST) return true;
      if (digits === 0 && letters >= LETTERS_LEAST && changes >= 2) return true;
      digits = letters = changes = 0;
    }
  }
  return false;
}

export function countDigits(bytes: Uint8Array, start: number, end: number): number {
  let digits = 0;
  for (let i = start; i < end; i++) if (isDigit(bytes[i])) digits++;
  return digits;
}

/** Whether the value of a field that may hold a secret (`token`) looks like one. */
export function looksLikeToken(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 12) return false;
  for (let i = start; i < end; i++) if ((bytes[i] as number) <= 0x20) return false;
  return looksMade(bytes, start, end);
}

/**
 * Whether a word could be a password rather than a word of a sentence: letters with digits or signs.
 * @param mayBeName capitals inside a word are enough: the text is no code, in which names look like that
 */
export function looksChosen(
  bytes: Uint8Array,
  start: number,
  end: number,
  mayBeDigits: boolean,
  mayBeName = false,
): boolean {
  if (end - start < 4) return false;
  let [digits, letters, signs, inside] = [0, 0, 0, 0];
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (isDigit(byte)) digits++;
    else if (isLetter(byte)) {
      letters++;
      if (i > start && isUpper(byte) && isLower(bytes[i - 1])) inside++;
    } else if (!isToken(byte) && byte !== 0x2e && byte !== 0x3a && byte !== 0x2f && byte < 128) signs++;
    else if (byte >= 128) letters++;
  }
  if (letters === 0) return mayBeDigits ? digits + signs === end - start && digits >= 4 : false;
  return (
    (digits > 0 && end - start >= 6) || (signs > 0 && end - start >= 6) || (mayBeName && inside > 0 && end - start >= 8)
  );
}

const NO_VALUES = new Set(
  'true false yes no on off null none nil undefined required optional missing invalid incorrect wrong expired valid ok okay string str number int integer boolean bool object any text granted denied changed reset updated set unset empty hidden masked redacted unknown not is the was must should cannot can for and or to of a an in on with bearer basic default self this n/a'.split(
    ' ',
  ),
);

/** Whether a value is a reference, has no meaning of its own, or was masked before. */
export function isNoValue(bytes: Uint8Array, start: number, end: number): boolean {
  if (isReference(bytes, start, end)) return true;
  if (end - start > 40) return false;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (!isLetter(byte) && byte !== 0x5f && byte !== 0x2f) return false;
  }
  const text = latin1(bytes, start, end);
  return NO_VALUES.has(text.toLowerCase()) || /^x+$/i.test(text) || knownNameKind(text) !== 0;
}

const NO_QUOTED = new Set([
  'true',
  'false',
  'null',
  'none',
  'yes',
  'no',
  'undefined',
  'required',
  'string',
  'granted',
  'denied',
  '...',
  '\u00e2\u0080\u00a6',
]);

/** As isNoValue, for a value in quotes: it may be any word. */
export function isNoQuoted(bytes: Uint8Array, start: number, end: number): boolean {
  if (isReference(bytes, start, end)) return true;
  if (end - start > 24) return false;
  // `'Bearer ' + key`
  if (bytes[end - 1] === 0x20 && end - start <= 12) return true;
  const text = latin1(bytes, start, end);
  // A label: "password": "Password".
  return NO_QUOTED.has(text.toLowerCase()) || (/^[A-Za-z][A-Za-z_ -]*$/.test(text) && knownNameKind(text) >= NAME.weak);
}

/** `$NAME`, `${…}`, `$(…)`, `%s`, `%(…)`, `<your key>`, `{{ … }}`, and masks. */
function isReference(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start];
  const next = bytes[start + 1];
  if (first === 0x5b) return hasAt(bytes, start, MASK_BEGINS, start, end);
  if (first === 0x2a) return end - start <= 64 && /^\*+(?:[0-9a-f]{4}\*+)?$/.test(latin1(bytes, start, end));
  if (first === 0x3c) return bytes[end - 1] === 0x3e || bytes[end] === 0x3e;
  if (first === 0x7b) return next === 0x7b;
  if (first === 0x25) return end - start <= 2 || next === 0x28;
  if (first !== 0x24) return false;
  if (next === 0x7b || next === 0x28) return true;
  for (let i = start + 1; i < Math.min(end, start + 64); i++)
    if (!isWord(bytes[i]) && bytes[i] !== 0x5f && bytes[i] !== 0x3a) return false;
  return isLetter(next);
}

/** `a=b`, or a session's id; not the version of a package called cookie. */
export const isCookie = (bytes: Uint8Array, from: number, stop: number): boolean =>
  runEnd(bytes, from, stop, (byte) => byte !== 0x3d) < stop || looksLikeToken(bytes, from, stop);

/** Whether the text at `at` begins as the path of a directory does: what `PWD` is in every environment. */
export const isDirectoryPath = (bytes: Uint8Array, at: number, end: number): boolean =>
  /^(?:\.{0,2}[/~](?:[\w.@/-]|["'\s;]|$)|[A-Za-z]:\\)/.test(latin1(bytes, at, Math.min(end, at + 5)));
