// Payment card numbers: a known beginning, a known length, and Luhn's check digit.
import { isDigit, isWord } from './bytes.ts';
import type { Found } from './find-secrets.ts';

const SPACE = 0x20;
const DASH = 0x2d;
const digits = new Uint8Array(19);

/** Whether a card number begins at the digit at `at`; written without gaps, or in groups of four (Amex: 4-6-5). */
export function findCard(bytes: Buffer, at: number, start: number, end: number, found: Found): boolean {
  if (at > start && bytes[at - 1] === 0x2e) return false; // the part behind a decimal point
  let count = 0;
  let gap = 0;
  let sinceGap = 0;
  let groups = 0;
  let i = at;
  for (; i < end; i++) {
    const byte = bytes[i] as number;
    if (isDigit(byte)) {
      if (count === digits.length) return false;
      digits[count++] = byte - 48;
      sinceGap++;
      continue;
    }
    if ((byte !== SPACE && byte !== DASH) || i + 1 >= end || !isDigit(bytes[i + 1] as number)) break;
    if (gap === 0 && count > 4) break;
    if ((gap !== 0 && byte !== gap) || (sinceGap !== 4 && !(sinceGap === 6 && groups === 1))) return false;
    gap = byte;
    sinceGap = 0;
    groups++;
  }
  if (count < 14 || !isKnown(count) || !passesLuhn(count)) return false;
  const next = i < end ? (bytes[i] as number) : 0;
  if (isWord(next) || next === 0x5f || (next === 0x2e && i + 1 < end && isDigit(bytes[i + 1] as number))) return false;
  found.kind = 'card';
  found.start = at;
  found.end = i;
  return true;
}

/** Visa, Mastercard, Amex, Discover, JCB, Diners: the beginnings that were issued, with their lengths. */
function isKnown(count: number): boolean {
  const two = (digits[0] as number) * 10 + (digits[1] as number);
  const four = two * 100 + (digits[2] as number) * 10 + (digits[3] as number);
  if (digits[0] === 4) return count === 16 || count === 19;
  if (two === 34 || two === 37) return count === 15;
  if (two === 36 || two === 38 || two === 30) return count === 14;
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return count === 16;
  return count === 16 && (two === 35 || two === 65 || four === 6011 || (four >= 6440 && four <= 6499));
}

function passesLuhn(count: number): boolean {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const digit = digits[count - 1 - i] as number;
    const weighted = i % 2 === 1 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}
