// Payment card numbers: a known beginning, a known length, Luhn's check digit, and a reason to think of a card. One number
// in ten passes the check, and ids, times and order numbers are as long: digits alone are no card.
import { isDigit, isWord, latin1, QUOTE, slashesBefore } from './bytes.ts';
import { DIGITS, PLAIN } from './found.ts';
import { keyBefore } from './id-value.ts';
import { isCardName, isIdName } from './names.ts';
import { levelOf } from './value-range.ts';

const SPACE = 0x20;
const DASH = 0x2d;
const digits = new Uint8Array(19);

/** Where the card that `findCard` found ends, and how its mask must be written. */
export const card = { end: 0, quoting: PLAIN };

/**
 * Whether a card number begins at the digit at `at`: in groups of four (Amex: 4-6-5), or without gaps where its name or a
 * word near it speaks of a card.
 * @param isNamed the field's name says that it holds a card number
 */
export function findCard(bytes: Uint8Array, at: number, start: number, end: number, isNamed: boolean): boolean {
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
    if ((byte !== SPACE && byte !== DASH) || i + 1 >= end || !isDigit(bytes[i + 1])) break;
    if (gap === 0 && count > 4) break;
    if ((gap !== 0 && byte !== gap) || (sinceGap !== 4 && !(sinceGap === 6 && groups === 1))) return false;
    gap = byte;
    sinceGap = 0;
    groups++;
  }
  if (count < 14 || !isKnown(count) || !passesLuhn(count)) return false;
  const next = i < end ? (bytes[i] as number) : 0;
  if (isWord(next) || next === 0x5f || (next === 0x2e && i + 1 < end && isDigit(bytes[i + 1]))) return false;
  card.end = i;
  card.quoting = PLAIN;
  if (isNamed) return true;
  const key = keyOf(bytes, at, start);
  if (key !== null && isIdName(key)) return false;
  if (gap !== 0) return true;
  if (!(key !== null && isCardName(key)) && !isNearCard(bytes, at, i, start, end)) return false;
  card.quoting = quotingOf(bytes, at, i, start, end);
  return true;
}

function keyOf(bytes: Uint8Array, at: number, start: number): string | null {
  let i = at;
  if (bytes[i - 1] === QUOTE && i > start) i -= 1 + slashesBefore(bytes, i - 1, start);
  return keyBefore(bytes, i, start);
}

const BEFORE = 48;
const BEHIND = 40;
const WORDS_BEFORE =
  /(?:^|[^a-z]|(?<=[a-z])(?=C))(?:cards?|credit|visa|master ?card|amex|american express|discover|maestro|jcb|diners|pan|cc)(?![a-z])|card_?-?(?:num|no)|cardnumber/i;
const WORDS_BEHIND = /^\W{1,8}(?:\w+\W{1,3}){0,3}?(?:exp|expir\w{0,5}|cvv2?|cvc2?|csc|security code|valid)\b/i;

/** Whether a word close to the number speaks of a card. */
const isNearCard = (bytes: Uint8Array, at: number, stop: number, start: number, end: number): boolean =>
  WORDS_BEFORE.test(latin1(bytes, Math.max(start, at - BEFORE), at)) ||
  WORDS_BEHIND.test(latin1(bytes, stop, Math.min(end, stop + BEHIND)));

/** How far back the key of a list of numbers is looked for. */
const MAX_LIST = 256;

/** A bare number of JSON becomes a string of its own nesting level. */
function quotingOf(bytes: Uint8Array, at: number, stop: number, start: number, end: number): number {
  let i = at;
  while (i > start && at - i < 16 && isBlank(bytes[i - 1])) i--;
  if (i <= start) return isEnd(bytes, stop, end) ? DIGITS : PLAIN;
  const before = bytes[i - 1] as number;
  // The context of encoded text is not known.
  if (before === 0) return DIGITS;
  if (before !== 0x3a && before !== 0x5b && before !== 0x2c) return PLAIN;
  const isList = before !== 0x3a;
  for (;;) {
    while (i > start && at - i < MAX_LIST && isOfList(bytes[i - 1])) i--;
    // A number of the list that was masked is a text now.
    const before =
      bytes[i - 1] === QUOTE && at - i < MAX_LIST ? MASKED.exec(latin1(bytes, Math.max(start, i - 64), i)) : null;
    if (before === null || startsWithColon(bytes, i, at)) break;
    i -= before[0].length;
  }
  while (i > start && isBlank(bytes[i - 1])) i--;
  if (bytes[i - 1] !== QUOTE || i <= start) return isList || !isProse(bytes, i, start) ? DIGITS : PLAIN;
  if (isList && bytes[i] !== 0x3a && !startsWithColon(bytes, i, at)) return DIGITS;
  return levelOf(slashesBefore(bytes, i - 1, start));
}

const MASKED = /\\*"\*+[0-9a-f]{4}\*+\\*"$/;
const isBlank = (byte: number | undefined) => byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09;
const isOfList = (byte: number | undefined) =>
  isDigit(byte) || isBlank(byte) || byte === 0x2c || byte === 0x5b || byte === 0x3a || byte === 0x2e;
const isProse = (bytes: Uint8Array, at: number, start: number) => at > start && isWord(bytes[at - 1]);

/** Whether a colon follows the quote, so that the quote closes a key. */
function startsWithColon(bytes: Uint8Array, from: number, to: number): boolean {
  let i = from;
  while (i < to && isBlank(bytes[i])) i++;
  return bytes[i] === 0x3a;
}

/** Whether nothing but space follows: the number may be the whole of a JSON text. */
function isEnd(bytes: Uint8Array, stop: number, end: number): boolean {
  let i = stop;
  while (i < end && i - stop < 16 && isBlank(bytes[i])) i++;
  return i >= end;
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
