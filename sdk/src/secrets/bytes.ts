// Small questions about bytes of text, answered without making strings.

const WORD = 1;
const TOKEN = 2;
const DIGIT = 4;
const BASE64 = 8;
const LOWER = 16;
const UPPER = 32;
const SPACE = 64;
const CLASSES = new Uint8Array(256);
for (let byte = 0; byte < 128; byte++) {
  const char = String.fromCharCode(byte);
  let bits = 0;
  if (/[A-Za-z0-9]/.test(char)) bits |= WORD;
  if (/[A-Za-z0-9_-]/.test(char)) bits |= TOKEN;
  if (/[0-9]/.test(char)) bits |= DIGIT;
  if (/[A-Za-z0-9._~+/=-]/.test(char)) bits |= BASE64;
  if (/[a-z]/.test(char)) bits |= LOWER;
  if (/[A-Z]/.test(char)) bits |= UPPER;
  if (/[ \t\r\n]/.test(char)) bits |= SPACE;
  CLASSES[byte] = bits;
}

export const BACKSLASH = 0x5c;
export const QUOTE = 0x22;
export const APOSTROPHE = 0x27;

/** Bytes beyond the text are `undefined`, and of no class. */
export type Test = (byte: number | undefined) => boolean;
const has = (byte: number | undefined, bits: number) => byte !== undefined && ((CLASSES[byte] as number) & bits) !== 0;
export const isWord: Test = (byte) => has(byte, WORD);
export const isToken: Test = (byte) => has(byte, TOKEN);
export const isDigit: Test = (byte) => has(byte, DIGIT);
export const isBase64: Test = (byte) => has(byte, BASE64);
export const isLower: Test = (byte) => has(byte, LOWER);
export const isUpper: Test = (byte) => has(byte, UPPER);
export const isLetter: Test = (byte) => has(byte, LOWER | UPPER);
export const isSpace: Test = (byte) => has(byte, SPACE);
export const isQuote: Test = (byte) => byte === QUOTE || byte === APOSTROPHE;

/** Where the run of bytes of this class ends that begins at `at`. */
export function runEnd(bytes: Uint8Array, at: number, end: number, test: Test): number {
  let i = at;
  while (i < end && test(bytes[i])) i++;
  return i;
}

/** Whether the ASCII text is at `at`, within `[start, end)`. */
export function hasAt(bytes: Uint8Array, at: number, text: string, start: number, end: number): boolean {
  if (at < start || at + text.length > end) return false;
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Whether a token can begin at `at`: no token byte before it, save the letter of a JSON escape such as \n. */
export function beginsAt(bytes: Uint8Array, at: number, start: number): boolean {
  if (at <= start || !isToken(bytes[at - 1])) return true;
  return at - 2 >= start && bytes[at - 2] === BACKSLASH && isEscapeLetter(bytes[at - 1]);
}

/** The letters of JSON's one-letter escapes. */
export const isEscapeLetter: Test = (byte) =>
  byte === 0x6e || byte === 0x72 || byte === 0x74 || byte === 0x62 || byte === 0x66;

/** How many backslashes are directly before `at`; at most 64 are counted. */
export function slashesBefore(bytes: Uint8Array, at: number, start: number): number {
  let i = at;
  while (i > start && at - i < 64 && bytes[i - 1] === BACKSLASH) i--;
  return at - i;
}

/** The bytes as text, one character a byte. For short ranges. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] as number);
  return text;
}
