// Where the value behind a name ends. No range holds a quote of the text around it, half an escape or half a character, so
// that masked JSON stays JSON.
import { BACKSLASH, isEscapeLetter, isQuote, isSpace, QUOTE } from './bytes.ts';

/**
 * Where the text ends that was opened by a quote after `slashes` backslashes. Escaping again doubles the backslashes and
 * adds one, so a quote closes when as many precede it, beside whole escaped backslashes. A quote of an outer level ends
 * it too: the value was cut off there.
 */
export function closingQuote(bytes: Uint8Array, open: number, end: number, slashes: number): number {
  const quote = bytes[open];
  let run = 0;
  for (let i = open + 1; i < end; i++) {
    const byte = bytes[i];
    if (byte === BACKSLASH) run++;
    else if (byte === 0) return i - run;
    else if (isQuote(byte)) {
      if (byte === quote && run % (2 * (slashes + 1)) === slashes) return i - slashes;
      if (byte === QUOTE && isOuter(run, quote === QUOTE ? slashes : slashes + 1)) return i - run;
      run = 0;
    } else run = 0;
  }
  return end - run; // cut off: what is left is the secret's beginning
}

/** Whether a quote behind `run` backslashes is one of a level that has fewer than `slashes` before its quotes (0, 1, 3, 7 …). */
function isOuter(run: number, slashes: number): boolean {
  for (let level = 0; level < slashes; level = 2 * level + 1) if (run % (2 * (level + 1)) === level) return true;
  return run < slashes;
}

/** How many backslashes precede the quotes of the level of a quote after `run` of them; whole escaped ones do not count. */
export function levelOf(run: number): number {
  let level = 0;
  while (level < run && run % (2 * (level + 1)) !== level) level = 2 * level + 1;
  return Math.min(level, run);
}

/** Whether quotes behind so many backslashes are those of a text of JSON, of whatever level. */
export const isLevel = (slashes: number): boolean => (slashes & (slashes + 1)) === 0;

/**
 * Whether the quote at `at` closes a text of JSON, and so opens no value: `"password=":` and `"the password:"}`. Only a
 * colon, a comma, a bracket or the end may follow a closing quote.
 */
export function isClosing(bytes: Uint8Array, at: number, end: number): boolean {
  let i = at + 1;
  while (i < end && i - at < 200) {
    if (isSpace(bytes[i])) i++;
    else if (bytes[i] === BACKSLASH && isEscapeLetter(bytes[i + 1])) i += 2;
    else break;
  }
  const next = bytes[i];
  return (
    i >= end ||
    next === 0 ||
    next === 0x3a ||
    next === 0x2c ||
    next === 0x7d ||
    next === 0x5d ||
    next === QUOTE ||
    next === BACKSLASH
  );
}

const ENDS = new Uint8Array(256);
const BY_EQUALS = 1;
const BY_COLON = 2;
const BY_TAG = 4;
const BY_LINE = 8;
const BY_PAIR = 16;
for (const [chars, bits] of [
  ['"\'\\`\0', BY_EQUALS | BY_COLON | BY_LINE | BY_PAIR],
  ['\r\n', BY_EQUALS | BY_COLON | BY_LINE | BY_PAIR],
  [' \t<>', BY_EQUALS | BY_COLON | BY_PAIR],
  ['&,;)]}|', BY_EQUALS | BY_PAIR],
  ['{(', BY_PAIR],
  [')]}', BY_COLON],
  ['"\\<\0', BY_TAG],
] as const)
  for (const char of chars) ENDS[char.charCodeAt(0)] = (ENDS[char.charCodeAt(0)] as number) | bits;

function endAt(bytes: Uint8Array, at: number, end: number, bits: number): number {
  let i = at;
  while (i < end && ((ENDS[bytes[i] as number] as number) & bits) === 0) i++;
  return i;
}

/** The end of a value of an environment, a query string, a form or a connection string. */
export const endOfAssigned = (bytes: Uint8Array, at: number, end: number): number => endAt(bytes, at, end, BY_EQUALS);

/** The end of a value that follows its colon directly: `{a:b,c:d}`. */
export const endOfPair = (bytes: Uint8Array, at: number, end: number): number => endAt(bytes, at, end, BY_PAIR);

/** The end of one word of a header, of YAML or of a sentence; a comma, full stop or semicolon behind it is not its own. */
export function endOfWord(bytes: Uint8Array, at: number, end: number): number {
  const stop = endAt(bytes, at, end, BY_COLON);
  let i = stop;
  while (i > at && (bytes[i - 1] === 0x2c || bytes[i - 1] === 0x3b || bytes[i - 1] === 0x2e)) i--;
  return i;
}

/** The end of an XML element's text. */
export const endOfElement = (bytes: Uint8Array, at: number, end: number): number => endAt(bytes, at, end, BY_TAG);

/** The end of a header's line. */
export const endOfLine = (bytes: Uint8Array, at: number, end: number): number => endAt(bytes, at, end, BY_LINE);
