// Whether a token has the prefix of a provider. The table of prefixes is indexed by their first two bytes.
import { hasAt, isDigit, isLower, isToken, isUpper, isWord, runEnd, type Test } from './bytes.ts';
import { looksMade } from './looks.ts';
import { type Chars, PREFIXES, type Prefix } from './prefixes.ts';

/** A found secret: its kind and place. Reused. */
export interface Part {
  kind: string;
  start: number;
  end: number;
}

const isHex: Test = (byte) => isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
const TESTS: Record<Chars, Test> = {
  token: isToken,
  padded: (byte) => isToken(byte) || byte === 0x3d,
  word: isWord,
  upper: (byte) => isUpper(byte) || isDigit(byte),
  lower: (byte) => isLower(byte) || isDigit(byte),
  hex: isHex,
  uuid: (byte) => isHex(byte) || byte === 0x2d,
};

/** Number + 1 of the list of beginnings, by the first two bytes of a token (7 bits each). */
const FIRST = new Uint8Array(1 << 14);
const LISTS: Prefix[][] = [];
for (const prefix of PREFIXES) {
  const pair = (prefix.text.charCodeAt(0) << 7) | prefix.text.charCodeAt(1);
  if (FIRST[pair] === 0) FIRST[pair] = LISTS.push([]);
  LISTS[(FIRST[pair] as number) - 1]?.push(prefix);
}
for (const prefixes of LISTS) prefixes.sort((a, b) => b.text.length - a.text.length);

/** More parts would make a refusal cost the whole text. */
const MAX_DOTS = 4;

/** Whether a provider's token begins at `at`, which no token byte precedes. */
export function findPrefixed(bytes: Uint8Array, at: number, end: number, part: Part): boolean {
  const [first, second] = [bytes[at], bytes[at + 1]];
  if (first === undefined || second === undefined || (first | second) > 127) return false;
  const number = FIRST[(first << 7) | second] as number;
  if (number === 0) return false;
  for (const prefix of LISTS[number - 1] as Prefix[]) {
    if (matches(bytes, at, end, prefix, part)) return true;
  }
  return false;
}

function matches(bytes: Uint8Array, at: number, end: number, prefix: Prefix, part: Part): boolean {
  const { text, least, most } = prefix;
  const body = at + text.length;
  if (body + least > end) return false;
  for (let i = 2; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  const isPart = TESTS[prefix.chars];
  let stop = runEnd(bytes, body, end, isPart);
  for (let dots = 0; prefix.dots && dots < MAX_DOTS && bytes[stop] === 0x2e && isPart(bytes[stop + 1]); dots++)
    stop = runEnd(bytes, stop + 1, end, isPart);
  const length = stop - body;
  if (length < least || length > most) return false;
  // A run that goes on is another one, where the length is known.
  if (most !== Number.POSITIVE_INFINITY && stop < end && isToken(bytes[stop])) return false;
  if (prefix.chars !== 'upper' && !looksMade(bytes, body, stop) && !(isNoWord(text) && isMixed(bytes, body, stop)))
    return false;
  part.kind = prefix.kind;
  part.start = at;
  part.end = prefix.chars === 'token' ? stop : runEnd(bytes, stop, end, isToken);
  // Padding that a query string encodes.
  if (prefix.chars === 'padded' && hasAt(bytes, stop, '%3D', at, end)) part.end = runEnd(bytes, stop + 3, end, isWord);
  return true;
}

/** No word of a text begins so. */
const isNoWord = (text: string) => text.length > 4 || text.includes('~');

/** Small letters, capitals and digits, in however short pieces: enough where the beginning is no word. */
function isMixed(bytes: Uint8Array, start: number, end: number): boolean {
  let [lower, upper, digits, changes] = [false, false, false, 0];
  for (let i = start; i < end; i++) {
    if (isLower(bytes[i])) lower = true;
    else if (isUpper(bytes[i])) {
      upper = true;
      if (isLower(bytes[i - 1])) changes++;
    } else if (isDigit(bytes[i])) digits = true;
  }
  return lower && upper && (digits || changes >= 3);
}
