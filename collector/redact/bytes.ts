// Small questions about bytes of text, answered without making strings.

const WORD = 1;
const TOKEN = 2;
const DIGIT = 4;
const BASE64 = 8;
const CLASSES = new Uint8Array(256);
for (let byte = 0; byte < 128; byte++) {
  const char = String.fromCharCode(byte);
  let bits = 0;
  if (/[A-Za-z0-9]/.test(char)) bits |= WORD;
  if (/[A-Za-z0-9_-]/.test(char)) bits |= TOKEN;
  if (/[0-9]/.test(char)) bits |= DIGIT;
  if (/[A-Za-z0-9._~+/=-]/.test(char)) bits |= BASE64;
  CLASSES[byte] = bits;
}

export type Test = (byte: number) => boolean;
export const isWord: Test = (byte) => ((CLASSES[byte] as number) & WORD) !== 0;
export const isToken: Test = (byte) => ((CLASSES[byte] as number) & TOKEN) !== 0;
export const isDigit: Test = (byte) => ((CLASSES[byte] as number) & DIGIT) !== 0;
export const isBase64: Test = (byte) => ((CLASSES[byte] as number) & BASE64) !== 0;

/** Where the run of bytes of this class ends that begins at `at`. */
export function runEnd(bytes: Buffer, at: number, end: number, test: Test): number {
  let i = at;
  while (i < end && test(bytes[i] as number)) i++;
  return i;
}

/** Whether the ASCII text stands at `at`, within `[start, end)`. */
export function hasAt(bytes: Buffer, at: number, text: string, start: number, end: number): boolean {
  if (at < start || at + text.length > end) return false;
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Whether a token can begin at `at`: no token byte before it, save the letter of a JSON escape such as \n. */
export function beginsAt(bytes: Buffer, at: number, start: number): boolean {
  if (at <= start || !isToken(bytes[at - 1] as number)) return true;
  return at - 2 >= start && bytes[at - 2] === 0x5c && 'nrtbf'.includes(String.fromCharCode(bytes[at - 1] as number));
}

/** Whether any byte of the range is a digit. */
export function hasDigit(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (isDigit(bytes[i] as number)) return true;
  return false;
}

/** The last place at or before `at` where a UTF-8 character begins, not before `start`. */
export function charStart(bytes: Buffer, at: number, start: number): number {
  let i = at;
  while (i > start && i > at - 4 && ((bytes[i] as number) & 0xc0) === 0x80) i--;
  return i;
}
