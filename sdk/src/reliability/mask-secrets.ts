// Masks what looks like a secret by the name it stands under, in anything that is about to be written to a file.

const SECRET_KEY =
  /^(.*[_-])?(password|passwd|secret|token|authorization|cookie|set-cookie|api[_-]?key|apikey|private[_-]?key|client[_-]?secret|access[_-]?key|credentials?|card[_-]?number|cvc|cvv|iban|ssn)$/i;
const CAMEL = /([a-z0-9])([A-Z])/g;
export const MASKED = '[masked]';
const MAX_DEPTH = 32;

/** A copy with the values of secret keys replaced by `[masked]`; `accessToken` and `access_token` are the same key. */
export function maskSecrets(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((item) => maskSecrets(item, depth + 1));
  if ('toJSON' in value && typeof value.toJSON === 'function') return maskSecrets(value.toJSON(), depth + 1);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      isSecret(key) && item != null ? MASKED : maskSecrets(item, depth + 1),
    ]),
  );
}

function isSecret(key: string): boolean {
  return SECRET_KEY.test(key.replace(CAMEL, '$1_$2'));
}
