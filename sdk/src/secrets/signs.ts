// Which pairs of bytes may be part of a sign of a secret; findSigns looks closer at those only.
import { BACKSLASH, isDigit, isQuote } from './bytes.ts';
import { pairTable } from './pairs.ts';

const EQUALS = 0x3d;
const COLON = 0x3a;
const GREATER = 0x3e;
const DASH = 0x2d;
const SPACE = 0x20;
const PERCENT = 0x25;
const BRACKET = 0x5b;
const PARENTHESIS = 0x28;
const LETTER_G = 0x67;
const LETTER_I = 0x69;
const LETTER_O = 0x6f;
const LETTER_U = 0x75;

/**
 * Pairs of bytes of which one is a sign, or which a sign may straddle: texts are read from an even byte on or from an odd
 * one.
 */
export const PAIRS = pairTable(
  (first, second) => isSign(first, second) || isSecondSign(first, second) || isLetterSign(first, second),
);

function isSign(first: number, second: number): boolean {
  switch (first) {
    case EQUALS:
    case COLON:
    case GREATER:
      return true;
    case PERCENT:
      return isEncodedSign(second);
    case DASH:
      return second === DASH || (second | SPACE) === LETTER_U || second === 0x70; // --, -u, -p
    case BRACKET:
    case PARENTHESIS:
      return isQuote(second) || '\\bB \n\r[('.includes(String.fromCharCode(second));
    case SPACE:
      return isDigit(second);
    default:
      return false;
  }
}

function isSecondSign(first: number, second: number): boolean {
  switch (second) {
    case EQUALS:
    case COLON:
    case PERCENT:
      return true;
    case GREATER:
      return isTagEnd(first);
    case DASH:
      return first <= SPACE || isQuote(first) || first === BRACKET || first === 0x2c;
    case BRACKET:
    case PARENTHESIS:
      return first <= SPACE || first === BRACKET || first === PARENTHESIS || first === 0x2c || isQuote(first);
    case SPACE:
      return isDigit(first);
    default:
      return false;
  }
}

/** `\u0022` by its first two bytes or its second and third; `login` by its g and the letter on either side. */
function isLetterSign(first: number, second: number): boolean {
  return (
    (first === BACKSLASH && second === LETTER_U) ||
    (first === LETTER_U && second === 0x30) ||
    (first === LETTER_O && second === LETTER_G) ||
    (first === LETTER_G && second === LETTER_I)
  );
}

export const isTagEndByte = (byte: number | undefined): boolean => byte !== undefined && isTagEnd(byte);
function isTagEnd(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x7a) || byte === 0x22 || byte === 0x27;
}

/** %20, %22, %2F, %3A, %3D, %40 and their neighbors. */
export function isEncodedSign(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x32 && byte <= 0x34;
}
