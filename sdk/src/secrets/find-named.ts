// A sensitive name, a separator, a value: JSON, headers, environment, query strings, connection strings, YAML, XML, code.
import { BACKSLASH, isLetter, isQuote, isSpace, latin1, QUOTE, runEnd } from './bytes.ts';
import { PLAIN, type Take } from './found.ts';
import { isCookie, isDirectoryPath, isNoQuoted, looksLikeToken } from './looks.ts';
import { type Name, partnerBefore, partnerBehind, readName } from './name-before.ts';
import { isDirectoryName, knownNameKind, NAME, type NameKind } from './names.ts';
import { type Range, unquotedSecret } from './unquoted.ts';
import { closingQuote, endOfElement, isClosing, isLevel } from './value-range.ts';

const EQUALS = 0x3d;
const COLON = 0x3a;
const GREATER = 0x3e;

const name: Name = { start: 0, end: 0, quote: 0, slashes: 0, spaced: false };
const range: Range = { start: 0, end: 0 };

/** Reports the value of the name before the separator at `at`, if it is a secret. @returns where to look next */
export function findNamed(bytes: Uint8Array, at: number, start: number, end: number, take: Take): number {
  const separator = bytes[at] as number;
  let nameEnd = at;
  let from = at + 1;
  if (separator === EQUALS) {
    if (bytes[at - 1] === COLON) nameEnd--; // :=
    if (bytes[from] === GREATER || bytes[from] === EQUALS) from++; // =>, ==
  } else if (separator === COLON && bytes[from] === EQUALS) return from;
  if (!readName(bytes, nameEnd, start, name)) return from;
  const text = latin1(bytes, name.start, name.end);
  // A part of a longer name with colons: arn:aws:…:secret:prod/db, [redacted:password:…].
  if (separator === COLON && name.quote === 0 && name.start > start && bytes[name.start - 1] === COLON) return from;
  let kind = knownNameKind(text);
  let partner = '';
  let isPair = false;
  if (kind === NAME.none) {
    if (separator === EQUALS && /^(?:string|str|text|&str)$/i.test(text)) kind = typedName(bytes, name, start);
    else if (separator !== GREATER && /value$/i.test(text)) {
      partner = partnerBefore(bytes, name, start, separator === COLON);
      isPair = true;
      kind = knownNameKind(partner);
    }
    if (kind === NAME.none && !isPair) return from;
  }
  if (separator === GREATER) return element(bytes, from, start, end, kind, take);
  return value(bytes, { at, from, start, end, separator, isPair }, kind, take);
}

interface Place {
  /** Of the separator. */
  at: number;
  /** Behind it. */
  from: number;
  start: number;
  end: number;
  separator: number;
  /** The name is `value`, and the sensitive name is a sibling field. */
  isPair: boolean;
}

function value(bytes: Uint8Array, place: Place, kind: NameKind, take: Take): number {
  const { from, start, end, separator, isPair } = place;
  let at = from;
  while (
    at < end &&
    at - from < 32 &&
    isSpace(bytes[at]) &&
    (name.quote !== 0 || (bytes[at] !== 0x0a && bytes[at] !== 0x0d))
  )
    at++;
  const isSpaced = at > from || name.spaced;
  if (isLetter(bytes[at]) && isQuote(bytes[at + 1])) at++; // b'…', f"…"
  const open = runEnd(bytes, at, Math.min(end, at + 32), (byte) => byte === BACKSLASH);
  // 'password:' is a text that ends here.
  if (
    separator === COLON &&
    open === at &&
    name.quote === 0 &&
    isQuote(bytes[open]) &&
    bytes[name.start - 1] === bytes[open]
  )
    return from;
  if (!isLevel(open - at)) return from;
  if (kind === NAME.password && isDirectory(bytes, open, end)) return from;
  const isOfName = name.quote === bytes[open] && name.slashes === open - at;
  if (open < end && bytes[open] === QUOTE && !isOfName && isClosing(bytes, open, end)) return from;
  if (open < end && isQuote(bytes[open])) return quoted(bytes, open, open - at, end, kind, isPair, take);
  const isYamlPair = isPair && separator === COLON && name.quote === 0 && kind !== NAME.none;
  if (open > at || (isPair && !isYamlPair) || at >= end) return from;
  if (name.quote !== 0 && (separator === COLON || kind < NAME.strong)) {
    // Numbers, booleans, null and objects are what they are; in a list each text is a secret.
    return separator === COLON && bytes[at] === 0x5b && kind >= NAME.strong ? array(bytes, at + 1, end, take) : from;
  }
  if (separator === EQUALS && bytes[from - 1] === EQUALS && from - 1 > place.at) return from;
  const close = separator === COLON && !isSpaced && kind >= NAME.strong ? endOfGoList(bytes, at, end) : 0;
  if (close > 0) at++;
  const before = { kind, separator, isSpaced, nameStart: name.start };
  if (!unquotedSecret(bytes, at, start, close > 0 ? close : end, before, range)) return from;
  take(bytes, 'key', range.start, range.end, PLAIN);
  return range.end;
}

/** Whether a name that ends here does so with `pwd`: what nearly every name is refused by. */
const isPwd = (bytes: Uint8Array, end: number) => /^pwd$/i.test(latin1(bytes, end - 3, end));

/** `PWD=/home/ann`, which every environment holds: the directory, not a password. */
function isDirectory(bytes: Uint8Array, open: number, end: number): boolean {
  if (!isPwd(bytes, name.end) || !isDirectoryName(latin1(bytes, name.start, name.end))) return false;
  const at = isQuote(bytes[open]) ? open + 1 : open;
  return isDirectoryPath(bytes, at, end);
}

/** A list as Go prints it, `Name:[value other]`. @returns where it ends, or 0 */
function endOfGoList(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== 0x5b || isQuote(bytes[at + 1]) || bytes[at + 1] === BACKSLASH) return 0;
  const limit = Math.min(end, at + 4096);
  // Lists in it are none of Go's headers: each would be looked through again.
  const close = runEnd(
    bytes,
    at + 1,
    limit,
    (byte) => byte !== 0x5d && byte !== 0x5b && byte !== 0x0a && byte !== QUOTE,
  );
  if (bytes[close] !== 0x5d || close >= limit) return 0;
  const next = close + 1 < end ? bytes[close + 1] : 0x20;
  return next === 0x5d || next === 0x20 || next === QUOTE ? close : 0;
}

function quoted(
  bytes: Uint8Array,
  open: number,
  slashes: number,
  end: number,
  kind: NameKind,
  isPair: boolean,
  take: Take,
): number {
  const from = open + 1;
  const stop = closingQuote(bytes, open, end, slashes);
  if (stop <= from) return from;
  const known = isPair && kind === NAME.none ? knownNameKind(partnerBehind(bytes, stop, end)) : kind;
  if (known < NAME.weak || isNoQuoted(bytes, from, stop)) return from;
  if (known === NAME.weak && !looksLikeToken(bytes, from, Math.min(stop, from + 256))) return from;
  if (known === NAME.cookie && !isCookie(bytes, from, Math.min(stop, from + 256))) return from;
  take(bytes, 'key', from, stop, PLAIN);
  return stop;
}

/** Each text of a list of JSON, up to its end. */
function array(bytes: Uint8Array, from: number, end: number, take: Take): number {
  let at = from;
  for (;;) {
    while (at < end && (isSpace(bytes[at]) || bytes[at] === 0x2c)) at++;
    const open = runEnd(bytes, at, Math.min(end, at + 32), (byte) => byte === BACKSLASH);
    // Quotes of another level or kind than the name's are not those of this list.
    if (open >= end || bytes[open] !== name.quote || open - at !== name.slashes) return at;
    const stop = closingQuote(bytes, open, end, open - at);
    if (stop > open + 1 && !isNoQuoted(bytes, open + 1, stop)) take(bytes, 'key', open + 1, stop, PLAIN);
    at = stop + (open - at) + 1;
  }
}

/** `<password>…</password>`, `<string name="api_key">…`. */
function element(bytes: Uint8Array, from: number, start: number, end: number, kind: NameKind, take: Take): number {
  let before = name.start - 1;
  if (name.quote !== 0) {
    before -= 1 + name.slashes;
    if (!/(?:name|key)\s?=$/i.test(latin1(bytes, Math.max(start, before - 8), before + 1))) return from;
  } else if (before < start || (bytes[before] !== 0x3c && bytes[before] !== COLON)) return from;
  const stop = endOfElement(bytes, from, Math.min(end, from + 4096));
  if (stop <= from || bytes[stop] !== 0x3c || isNoQuoted(bytes, from, stop) || kind < NAME.weak) return from;
  if (kind === NAME.weak && !looksLikeToken(bytes, from, Math.min(stop, from + 256))) return from;
  take(bytes, 'key', from, stop, PLAIN);
  return stop;
}

/** The name before a type: `apiKey: string = …`. */
function typedName(bytes: Uint8Array, type: Name, start: number): NameKind {
  let i = type.start;
  while (i > start && type.start - i < 4 && (isSpace(bytes[i - 1]) || bytes[i - 1] === 0x26)) i--;
  if (i <= start || bytes[i - 1] !== COLON || !readName(bytes, i - 1, start, type)) return NAME.none;
  return knownNameKind(latin1(bytes, type.start, type.end));
}
