// What a text of a list says of the next one: `["x-api-key", "…"]`, `(b'authorization', b'Bearer …')`, `["--password", "…"]`.
import { BACKSLASH, isLetter, isQuote, isSpace, isToken, latin1, runEnd } from './bytes.ts';
import { PLAIN, type Take } from './found.ts';
import { isCookie, isNoQuoted, looksChosen, looksLikeToken, looksMade } from './looks.ts';
import { knownNameKind, NAME, type NameKind } from './names.ts';
import { closingQuote, isLevel } from './value-range.ts';

/** What is looked at of a value. */
const LOOK = 256;
/** Longer values are none of a pair. */
const MAX_VALUE = 4096;
const MAX_NAME = 64;
const COMMA = 0x2c;
const IDENTIFIER = /^[a-z]+(?:[_.-][a-z]+)*\d?$/;

/**
 * Whether the value of a pair is a secret. A list of two texts may be a list of two names, so the value must look like one
 * whatever its name is.
 */
export function isPairedSecret(bytes: Uint8Array, kind: NameKind, from: number, to: number): boolean {
  const stop = Math.min(to, from + LOOK);
  if (kind < NAME.weak || to - from < 6 || bytes[from] === 0x2d || isNoQuoted(bytes, from, to)) return false;
  if (kind === NAME.weak) return looksLikeToken(bytes, from, stop);
  if (kind === NAME.cookie) return isCookie(bytes, from, stop);
  if (kind === NAME.strong || kind === NAME.authorization) return looksMade(bytes, from, stop);
  return looksChosen(bytes, from, stop, true) && !IDENTIFIER.test(latin1(bytes, from, stop));
}

/** Where the credentials begin in the value of a pair: behind the scheme of `Bearer …`. */
export function credentialsIn(bytes: Uint8Array, kind: NameKind, from: number, to: number): number {
  if (kind !== NAME.authorization) return from;
  const space = runEnd(bytes, from, Math.min(to, from + 32), (byte) => byte !== 0x20);
  return bytes[space] === 0x20 && space + 1 < to ? space + 1 : from;
}

/** What the option `--name` says of the argument behind it. */
export function optionKind(option: string): NameKind {
  if (option.length > MAX_NAME || !/^--[A-Za-z][\w-]*$/.test(option)) return NAME.none;
  const kind = knownNameKind(option.slice(2));
  return kind >= NAME.weak ? kind : NAME.none;
}

/** Whether the argument behind a secret's option is that secret, and not the next option, a reference or a plain word. */
export function isArgumentSecret(bytes: Uint8Array, kind: NameKind, from: number, to: number): boolean {
  if (to - from < 3 || bytes[from] === 0x2d) return false;
  return kind === NAME.weak
    ? looksLikeToken(bytes, from, Math.min(to, from + LOOK))
    : kind > NAME.weak && !isNoQuoted(bytes, from, to);
}

const found = { from: 0, slashes: 0 };

/** Reports the second text of the pair that the bracket at `at` opens, if it is a secret. @returns where to look next */
export function findPaired(bytes: Uint8Array, at: number, start: number, end: number, take: Take): number {
  const next = at + 1;
  // A call or an index, which the arguments of are no pair.
  if (at > start && isToken(bytes[at - 1]) && bytes[at - 2] !== BACKSLASH) return next;
  if (!textAt(bytes, next, end)) return next;
  const { from: name, slashes } = found;
  const quote = bytes[name - 1];
  const stop = runEnd(bytes, name, Math.min(end, name + MAX_NAME), (byte) => isToken(byte) || byte === 0x2e);
  const close = stop + slashes;
  if (stop - name < 3 || close >= end || bytes[close] !== quote || !isSlashes(bytes, stop, close)) return next;
  const kind = knownNameKind(latin1(bytes, name, stop));
  if (kind < NAME.weak) return next;
  const comma = endOfSpace(bytes, close + 1, end);
  if (bytes[comma] !== COMMA || !textAt(bytes, comma + 1, end)) return next;
  const { from } = found;
  if (found.slashes !== slashes || bytes[from - 1] !== quote) return next;
  const limit = Math.min(end, from + MAX_VALUE);
  const to = closingQuote(bytes, from - 1, limit, slashes);
  if (to + slashes >= limit || bytes[to + slashes] !== quote) return next;
  let last = endOfSpace(bytes, to + slashes + 1, end);
  if (bytes[last] === COMMA) last = endOfSpace(bytes, last + 1, end);
  const bracket = bytes[at] === 0x5b ? 0x5d : 0x29;
  if (last >= end || bytes[last] !== bracket || !isPairedSecret(bytes, kind, from, to)) return next;
  take(bytes, 'key', credentialsIn(bytes, kind, from, to), to, PLAIN);
  return to;
}

/** Whether a text in quotes begins at `at`, behind space; `found` says where. */
function textAt(bytes: Uint8Array, at: number, end: number): boolean {
  let i = endOfSpace(bytes, at, end);
  if (isLetter(bytes[i]) && isQuote(bytes[i + 1])) i++; // b'…'
  const open = runEnd(bytes, i, Math.min(end, i + 32), (byte) => byte === BACKSLASH);
  if (open + 1 >= end || !isQuote(bytes[open]) || !isLevel(open - i)) return false;
  found.from = open + 1;
  found.slashes = open - i;
  return true;
}

const isSlashes = (bytes: Uint8Array, from: number, to: number) =>
  runEnd(bytes, from, to, (byte) => byte === BACKSLASH) === to;

/** Where space ends, escaped line ends of printed JSON included. */
function endOfSpace(bytes: Uint8Array, from: number, end: number): number {
  const limit = Math.min(end, from + 64);
  let at = from;
  for (;;) {
    at = runEnd(bytes, at, limit, isSpace);
    const letter = runEnd(bytes, at, limit, (byte) => byte === BACKSLASH);
    if (letter === at || letter >= limit || bytes[letter] !== 0x6e) return at;
    at = letter + 1;
  }
}
