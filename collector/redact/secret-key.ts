// Does the name of a field say that its value is a secret? Whole words only, so that token counts, authors and
// cookie counts are left alone.

const WORDS = new Set(
  'authorization cookie cookies password passwords passwd passphrase pwd secret secrets apikey apikeys privatekey credential credentials otp accesstoken refreshtoken idtoken authtoken clientsecret'.split(
    ' ',
  ),
);
const PAIRS = new Set(
  [
    'api key',
    'api keys',
    'private key',
    'access key',
    'access token',
    'refresh token',
    'id token',
    'auth token',
  ].concat(['session token', 'bearer token']),
);
/** A last word that says: this is about the secret, and not the secret itself (`k8s.secret.name`, `api_key_id`). */
const ABOUT = new Set(
  'arn name id uid count length size type kind enabled required present policy version expiry expires ttl status'.split(
    ' ',
  ),
);

/** Whether a field of this name holds a secret. Words are split at camelCase and at anything but letters and digits. */
export function isSecretKey(key: string): boolean {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const last = words.at(-1);
  if (last === undefined || ABOUT.has(last)) return false;
  return words.some((word, i) => WORDS.has(word) || (i > 0 && PAIRS.has(`${words[i - 1]} ${word}`)));
}
