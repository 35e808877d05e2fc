// Values without quotes: what is a secret behind a sensitive name, and what is a word of a sentence, a variable or a number.
import { isDigit, isLetter, isSpace, isToken, isUpper, latin1 } from './bytes.ts';
import { countDigits, isNoValue, looksChosen, looksLikeToken, looksMade } from './looks.ts';
import { NAME, type NameKind } from './names.ts';
import { endOfAssigned, endOfLine, endOfPair, endOfWord } from './value-range.ts';

export interface Range {
  start: number;
  end: number;
}

export interface Before {
  readonly kind: NameKind;
  readonly separator: number;
  /** There is space around the separator. */
  readonly isSpaced: boolean;
  readonly nameStart: number;
}

const EQUALS = 0x3d;
/** What is looked at of a value before it is taken for a secret: a refusal costs no more, however long the text. */
const LOOK = 256;

/** Whether the value at `at` is a secret; `range` is its place. */
export function unquotedSecret(
  bytes: Uint8Array,
  at: number,
  start: number,
  end: number,
  before: Before,
  range: Range,
): boolean {
  const { kind, separator } = before;
  range.start = at;
  if (separator === EQUALS) return assigned(bytes, at, start, end, before, range);
  if (kind === NAME.authorization) return credentials(bytes, at, end, range);
  if (kind === NAME.cookie) return cookie(bytes, at, end, range);
  if (kind < NAME.weak) return false;
  const limit = Math.min(end, at + LOOK);
  const endOf = before.isSpaced ? endOfWord : endOfPair;
  const stop = endOf(bytes, at, limit);
  if (stop - at < 4 || isNoValue(bytes, at, stop) || isCode(bytes, at, stop)) return false;
  const isSecret =
    kind === NAME.weak
      ? looksLikeToken(bytes, at, stop)
      : looksChosen(bytes, at, stop, kind === NAME.password) || isLineOfItsOwn(bytes, stop, start, end, before);
  if (isSecret) range.end = stop < limit ? stop : endOf(bytes, at, end);
  return isSecret;
}

/** `name=value`. */
function assigned(bytes: Uint8Array, at: number, start: number, end: number, before: Before, range: Range): boolean {
  const { kind, isSpaced, nameStart } = before;
  if (kind === NAME.cookie && bytes[at] !== 0x5b) return cookie(bytes, at, end, range);
  const limit = Math.min(end, at + LOOK);
  const stop = endOfAssigned(bytes, at, limit);
  const length = stop - at;
  if (length < 3 || isNoValue(bytes, at, stop) || isCode(bytes, at, stop)) return false;
  const isSecret =
    kind === NAME.parameter
      ? isParameter(bytes, nameStart, start) && length >= 16 && (looksMade(bytes, at, stop) || length >= 40)
      : kind === NAME.weak
        ? looksLikeToken(bytes, at, stop) && !(isSpaced && (length < 16 || countDigits(bytes, at, stop) < 2))
        : isSpaced
          ? looksChosen(bytes, at, stop, kind === NAME.password)
          : kind === NAME.password || length >= 8 || looksChosen(bytes, at, stop, false);
  if (isSecret) range.end = stop < limit ? stop : endOfAssigned(bytes, at, end);
  return isSecret;
}

/** Whether the name is one of a query string's. */
const isParameter = (bytes: Uint8Array, at: number, start: number) =>
  at > start && (bytes[at - 1] === 0x3f || bytes[at - 1] === 0x26 || bytes[at - 1] === 0x3b || bytes[at - 5] === 0x5c);

/** `getPassword()`, `settings.KEY`, `self.token`. */
function isCode(bytes: Uint8Array, at: number, stop: number): boolean {
  let i = at;
  let dots = 0;
  while (i < stop && isOfExpression(bytes, i)) if (bytes[i++] === 0x2e) dots++;
  // A call, an index, a template; or a list or an expression from its first byte on.
  const next = bytes[i];
  if (next === 0x28 || next === 0x5b || (next === 0x7b && i === at) || (next === 0x24 && bytes[i + 1] === 0x7b))
    return i === at || isLetter(bytes[at]);
  return i === stop && dots > 0 && isLetter(bytes[at]) && !looksTyped(bytes, at, stop);
}

/** No programmer names things so: a digit before a letter, or small letters, capitals and digits in one piece. */
function looksTyped(bytes: Uint8Array, at: number, stop: number): boolean {
  let kinds = 0;
  for (let i = at; i < stop; i++) {
    if (bytes[i] === 0x2e) kinds = 0;
    else if (isDigit(bytes[i])) kinds |= 1;
    else if (isLetter(bytes[i])) {
      if (isDigit(bytes[i - 1]) && i > at) return true;
      kinds |= isUpper(bytes[i]) ? 2 : 4;
    }
    if (kinds === 7) return true;
  }
  return false;
}

const isOfExpression = (bytes: Uint8Array, at: number) =>
  isToken(bytes[at]) || bytes[at] === 0x23 || bytes[at] === 0x3f || (bytes[at] === 0x2e && isOfName(bytes[at + 1]));
const isOfName = (byte: number | undefined) => isLetter(byte) || byte === 0x23 || byte === 0x5f;

const MULTIPART = /^(?:digest|aws4-hmac-sha256|aws4-ecdsa-p256-sha256|hawk|oauth|signature|sharedaccesssignature)$/i;
const SCHEMES =
  /^(?:basic|bearer|token|apikey|api-key|negotiate|ntlm|ssws|sso-key|key|splunk|geniekey|bot|jwt|dpop|sharedkey|sharedkeylite|digest|aws|gitlab-ci|private-token|flyv1|klaviyo-api-key)$/i;

/** `Authorization: Basic …`: the scheme stays. */
function credentials(bytes: Uint8Array, at: number, end: number, range: Range): boolean {
  const limit = Math.min(end, at + LOOK);
  const first = endOfWord(bytes, at, limit);
  if (first === at || isNoCredential(bytes, at, first)) return false;
  if (bytes[first] === 0x20 && first < limit) {
    const scheme = latin1(bytes, at, Math.min(first, at + 32));
    let from = first;
    while (from < limit && bytes[from] === 0x20) from++;
    range.start = from;
    if (MULTIPART.test(scheme)) {
      if (isNoValue(bytes, from, endOfWord(bytes, from, limit))) return false;
      range.end = endOfLine(bytes, from, end);
      return range.end - from >= 8;
    }
    const stop = endOfWord(bytes, from, limit);
    if (SCHEMES.test(scheme) || looksMade(bytes, from, stop)) {
      if (stop - from < 6 || isNoValue(bytes, from, stop)) return false;
      if (stop - from < 20 && !looksChosen(bytes, from, stop, true, true)) return false;
      range.end = stop < limit ? stop : endOfWord(bytes, from, end);
      return true;
    }
    range.start = at;
  }
  if (!looksMade(bytes, at, first) || isNoValue(bytes, at, first) || isCode(bytes, at, first)) return false;
  range.end = first < limit ? first : endOfWord(bytes, at, end);
  return true;
}

const isNoCredential = (bytes: Uint8Array, at: number, stop: number) =>
  bytes[at] === 0x5b || bytes[at] === 0x2a || stop - at > LOOK;

/** `Cookie: a=b; c=d`: the rest of the line. */
function cookie(bytes: Uint8Array, at: number, end: number, range: Range): boolean {
  let i = at;
  while (i < end && i - at < LOOK && isToken(bytes[i])) i++;
  if (bytes[i] !== EQUALS || i === at || i + 1 >= end || isSpace(bytes[i + 1])) return false;
  range.end = endOfLine(bytes, at, end);
  while (range.end > at && (bytes[range.end - 1] as number) <= 0x20) range.end--;
  return range.end - at >= 4;
}

/** A line of YAML: nothing before the name but space, and nothing behind the value. */
function isLineOfItsOwn(bytes: Uint8Array, stop: number, start: number, end: number, before: Before): boolean {
  let after = stop;
  while (after < end && after - stop < 4 && (bytes[after] === 0x20 || bytes[after] === 0x0d)) after++;
  const isLast = after >= end || bytes[after] === 0x0a || (bytes[after] === 0x5c && bytes[after + 1] === 0x6e);
  if (!isLast || !before.isSpaced) return false;
  let i = before.nameStart;
  while (i > start && before.nameStart - i < 32 && (bytes[i - 1] === 0x20 || bytes[i - 1] === 0x2d)) i--;
  return i > start && (bytes[i - 1] === 0x0a || (bytes[i - 1] === 0x6e && bytes[i - 2] === 0x5c));
}
