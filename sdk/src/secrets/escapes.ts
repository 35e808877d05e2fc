// Texts of JSON in which signs are written as `\u0022`, as .NET writes JSON in JSON: each such text is decoded once, with
// the place each byte came from, and the same rules look through it. Places are those of whole escapes, so that no mask cuts
// one in two.
import { BACKSLASH, QUOTE } from './bytes.ts';
import { Decoded, hex } from './percent.ts';

const LETTER_U = 0x75;
const ZERO = 0x30;
/** A byte for characters beyond ASCII, which no rule asks about further. */
const OTHER = 0xff;
/** The byte that a short escape means, by its letter; 0 when it is none. */
const SHORT = new Uint8Array(256);
for (const [letter, text] of Object.entries({ n: '\n', r: '\r', t: '\t', b: '\x01', f: '\x01', '"': '"', '\\': '\\' }))
  SHORT[letter.charCodeAt(0)] = text.charCodeAt(0);

/** Whether the backslash at `at` begins an escaped sign: `\u0022`, `\u0026`, `\u002B`, `\u003C`, `\u0060`. */
export const isEscapedSign = (bytes: Uint8Array, at: number): boolean =>
  bytes[at + 1] === LETTER_U &&
  bytes[at + 2] === ZERO &&
  bytes[at + 3] === ZERO &&
  (bytes[at + 4] === 0x32 || bytes[at + 4] === 0x33 || bytes[at + 4] === 0x36);

/** Text with one level of JSON's escapes removed. Only texts that hold escaped signs are kept, separated by zeros. */
export class Unescaped extends Decoded {
  override decode(source: Uint8Array, start: number, end: number): boolean {
    this.reserve(end - start);
    const { bytes, places } = this;
    let [length, textStart] = [0, 0];
    let [hasSign, isEscaped] = [false, false];
    for (let i = start; i < end; i++) {
      const byte = source[i] as number;
      places[length] = i;
      if (byte === BACKSLASH && i + 1 < end) {
        const next = source[i + 1] as number;
        const code = next === LETTER_U && i + 5 < end ? codeAt(source, i + 2) : -1;
        if (code >= 0) {
          if (isEscapedSign(source, i)) hasSign = true;
          bytes[length++] = code === 0 ? 1 : code < 128 ? code : OTHER;
          i += 5;
          continue;
        }
        if (SHORT[next] !== 0) {
          // One of a deeper level.
          if (next === BACKSLASH && i + 2 < end && isEscapedSign(source, i + 1)) hasSign = true;
          bytes[length++] = SHORT[next] as number;
          i++;
          continue;
        }
      }
      bytes[length++] = byte === QUOTE ? 0 : byte;
      if (byte !== QUOTE) continue;
      if (hasSign) isEscaped = true;
      else length = textStart;
      textStart = length;
      hasSign = false;
    }
    if (hasSign) isEscaped = true;
    else length = textStart;
    places[length] = end;
    this.length = length;
    return isEscaped;
  }
}

/** @returns the number of four hex digits; below 0 when they are none */
function codeAt(bytes: Uint8Array, at: number): number {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => hex(bytes[at + i] as number)) as [number, number, number, number];
  return (a | b | c | d) < 0 ? -1 : (a << 12) | (b << 8) | (c << 4) | d;
}
