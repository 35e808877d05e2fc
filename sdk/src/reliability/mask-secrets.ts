// Masks secrets in anything that is about to be written to a file: by the name they stand under, and in texts by their form
// (secrets/, the rule of the collector).
import { looksLikeToken } from '../secrets/looks.ts';
import { maskText } from '../secrets/mask-text.ts';
import { isCardName, isIdName, NAME, nameKind, wordsOf } from '../secrets/names.ts';

const MASKED = '[masked]';
/** Numbers that say who a person is or what they pay with: masked as numbers too, since a file outlives the run. */
const PRIVATE = new Set(['cvc', 'cvv', 'iban', 'ssn']);
/** Values visited before the input counts as too large to be kept: masking must not hold up the agent. */
const MAX_NODES = 100_000;

type Visit = (text: unknown, key: string) => unknown;

/**
 * A copy with secrets replaced by `[masked]`: texts, lists and objects under the name of a secret (`accessToken` and
 * `access_token` are the same name), and secrets inside texts. Other numbers and booleans stay, and so do ids.
 * @throws when the value holds itself, or more than 100,000 values
 */
export function maskSecrets(value: unknown): unknown {
  return copy(value, '', maskValue);
}

/** A copy with every text replaced by what `mask` makes of it; `key` is the field it stands in. @throws as maskSecrets */
export function maskTexts(value: unknown, mask: (text: string, key: string) => string): unknown {
  return copy(value, '', (item, key) => (typeof item === 'string' ? mask(item, key) : item));
}

function maskValue(item: unknown, key: string): unknown {
  if (item === null || item === undefined) return item;
  if (isCardName(key) || PRIVATE.has(wordsOf(key).at(-1) ?? '')) return MASKED;
  if (typeof item === 'number' || typeof item === 'boolean' || typeof item === 'bigint') return item;
  const kind = nameKind(key);
  if (kind >= NAME.strong) return MASKED;
  if (typeof item !== 'string') return item;
  if (kind === NAME.weak && isToken(item)) return MASKED;
  return isIdName(key) ? item : maskText(item, MASKED);
}

function isToken(text: string): boolean {
  const bytes = new TextEncoder().encode(text);
  return looksLikeToken(bytes, 0, bytes.length);
}

function copy(value: unknown, key: string, visit: Visit): unknown {
  const ancestors = new Set<object>();
  let nodesLeft = MAX_NODES;
  const walk = (item: unknown, under: string): unknown => {
    nodesLeft -= 1;
    if (nodesLeft < 0) throw new RangeError('too many values');
    const seen = visit(item, under);
    if (typeof seen !== 'object' || seen === null) return seen;
    if (ancestors.has(seen)) throw new TypeError('the value holds itself');
    ancestors.add(seen);
    const copied = walkInto(seen, under, walk);
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
