// Masks what looks like a secret by the name it stands under, in anything that is about to be written to a file.

const SECRET_KEY =
  /^(.*[_-])?(password|passwd|secret|token|authorization|cookie|set-cookie|api[_-]?key|apikey|private[_-]?key|client[_-]?secret|access[_-]?key|credentials?|card[_-]?number|cvc|cvv|iban|ssn)$/i;
const CAMEL = /([a-z0-9])([A-Z])/g;
const MASKED = '[masked]';
/** Values visited before the input counts as too large to be kept: masking must not hold up the agent. */
const MAX_NODES = 100_000;

type Visit = (text: unknown, key: string) => unknown;

/**
 * A copy with the values of secret keys replaced by `[masked]`; `accessToken` and `access_token` are the same key.
 * @throws when the value holds itself, or more than 100,000 values
 */
export function maskSecrets(value: unknown): unknown {
  return copy(value, '', (item, key) => (isSecret(key) && item != null ? MASKED : item));
}

/** A copy with every text replaced by what `mask` makes of it; `key` is the field it stands in. @throws as maskSecrets */
export function maskTexts(value: unknown, mask: (text: string, key: string) => string): unknown {
  return copy(value, '', (item, key) => (typeof item === 'string' ? mask(item, key) : item));
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

function isSecret(key: string): boolean {
  return SECRET_KEY.test(key.replace(CAMEL, '$1_$2'));
}
