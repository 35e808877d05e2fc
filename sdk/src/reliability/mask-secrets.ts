// Masks secrets in anything that is about to be written to a file: by the name of their field, and in texts by their form
// (secrets/, the rule of the collector).
import { loginColon } from '../secrets/find-commands.ts';
import { credentialsIn, isArgumentSecret, isPairedSecret, optionKind } from '../secrets/listed.ts';
import { isDirectoryPath, looksLikeToken } from '../secrets/looks.ts';
import { maskText } from '../secrets/mask-text.ts';
import { isCardName, isDirectoryName, isIdName, NAME, nameKind, wordsOf } from '../secrets/names.ts';

const MASKED = '[masked]';
/** Numbers that say who a person is or what they pay with: masked as numbers too, since a file outlives the run. */
const PRIVATE = new Set(['cvc', 'cvv', 'iban', 'ssn']);
/** Values visited before the input counts as too large to be kept: masking must not block the agent. */
const MAX_NODES = 100_000;

type Visit = (text: unknown, key: string) => unknown;

/**
 * A copy with secrets replaced by `[masked]`: texts, lists and objects under the name of a secret (`accessToken` and
 * `access_token` are the same name), and secrets inside texts. Other numbers and booleans stay, and so do ids.
 * @throws when the value holds itself, or more than 100,000 values
 */
export function maskSecrets(value: unknown): unknown {
  return copy(value, '', maskValue, maskListed);
}

/** A copy with every text replaced by what `mask` makes of it; `key` is its field. @throws as maskSecrets */
export function maskTexts(value: unknown, mask: (text: string, key: string) => string): unknown {
  return copy(value, '', (item, key) => (typeof item === 'string' ? mask(item, key) : item));
}

function maskValue(item: unknown, key: string): unknown {
  if (item === null || item === undefined) return item;
  if (isCardName(key) || PRIVATE.has(wordsOf(key).at(-1) ?? '')) return MASKED;
  if (typeof item === 'number' || typeof item === 'boolean' || typeof item === 'bigint') return item;
  const kind = nameKind(key);
  if (kind >= NAME.strong) return isDirectoryName(key) && isDirectory(item) ? item : MASKED;
  if (typeof item !== 'string') return item;
  if (kind === NAME.weak && isToken(item)) return MASKED;
  return isIdName(key) ? item : maskText(item, MASKED);
}

function isDirectory(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const bytes = new TextEncoder().encode(value);
  return isDirectoryPath(bytes, 0, bytes.length);
}

/**
 * As in the collector: `["--password", "x"]`, `["-u", "name:password"]`, `["x-api-key", "x"]`.
 * @returns the list itself when no text of it is a secret for the one before it
 */
function maskListed(list: readonly unknown[]): readonly unknown[] {
  let masked: unknown[] | null = null;
  for (let i = 1; i < list.length; i++) {
    const text = maskBehind(list[i - 1], list[i], list.length === 2);
    if (text === list[i]) continue;
    masked ??= [...list];
    masked[i] = text;
  }
  return masked ?? list;
}

function maskBehind(before: unknown, item: unknown, isPair: boolean): unknown {
  if (typeof before !== 'string' || typeof item !== 'string' || before.length > 64) return item;
  const isLogin = before === '-u' || before === '--user';
  const kind = before.startsWith('--') ? optionKind(before) : isPair ? nameKind(before) : NAME.none;
  if (!isLogin && kind === NAME.none) return item;
  const bytes = new TextEncoder().encode(item);
  const to = bytes.length;
  const isSecret = before.startsWith('--') ? isArgumentSecret(bytes, kind, 0, to) : isPairedSecret(bytes, kind, 0, to);
  const from = isLogin ? loginColon(bytes, 0, to) + 1 : isSecret ? credentialsIn(bytes, kind, 0, to) : to;
  if (isLogin ? from === 1 : from === to) return item;
  return new TextDecoder().decode(bytes.subarray(0, from)) + MASKED;
}

function isToken(text: string): boolean {
  const bytes = new TextEncoder().encode(text);
  return looksLikeToken(bytes, 0, bytes.length);
}

type Listed = (list: readonly unknown[]) => readonly unknown[];

function copy(value: unknown, key: string, visit: Visit, listed: Listed = (list) => list): unknown {
  const ancestors = new Set<object>();
  let nodesLeft = MAX_NODES;
  const walk = (item: unknown, under: string): unknown => {
    nodesLeft -= 1;
    if (nodesLeft < 0) throw new RangeError('too many values');
    const seen = visit(item, under);
    if (typeof seen !== 'object' || seen === null) return seen;
    if (ancestors.has(seen)) throw new TypeError('the value holds itself');
    ancestors.add(seen);
    const copied = walkInto(Array.isArray(seen) ? listed(seen) : seen, under, walk);
    ancestors.delete(seen);
    return copied;
  };
  return walk(value, key);
}

function walkInto(value: object, key: string, walk: Visit): unknown {
  if (Array.isArray(value)) return value.map((item) => walk(item, key));
  if ('toJSON' in value && typeof value.toJSON === 'function') return walk(value.toJSON(), key);
  return Object.fromEntries(Object.entries(value).map(([field, item]) => [field, walk(item, field)]));
}
