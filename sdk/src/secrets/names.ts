// Whether the name of a field shows that its value is a secret. The last words of a name say what it holds:
// `client_secret` is one, `secret_name`, `password_reset_sent`, `api_key_count` and `session_token_budget` are about one.

/** What a name indicates about its value. */
export const NAME = {
  /** Nothing. */
  none: 0,
  /** A secret when it is a parameter of an address, and long (`sig`, `key`). */
  parameter: 1,
  /** A secret when it looks like one (`token`, `auth`). */
  weak: 2,
  /** A secret, whatever it looks like. */
  strong: 3,
  /** A secret that people choose: it may be short, or digits only. */
  password: 4,
  /** A header of a scheme and credentials. */
  authorization: 5,
  /** A header of `name=value` pairs. */
  cookie: 6,
} as const;
export type NameKind = (typeof NAME)[keyof typeof NAME];

const list = (text: string) => text.split(' ');
/** Endings that are written together with the word before them: PGPASSWORD, dbpassword, clientsecret. */
const JOINED: readonly (readonly [ending: string, kind: NameKind])[] = [
  ...list('password passwd passphrase passcode').map((word) => [word, NAME.password] as const),
  ...list('secret apikey secretkey accesskey privatekey accountkey accesstoken refreshtoken authtoken apitoken').map(
    (word) => [word, NAME.strong] as const,
  ),
  ...list('sessiontoken bearertoken clientsecret idtoken encryptionkey signingkey masterkey authkey').map(
    (word) => [word, NAME.strong] as const,
  ),
];
const WORDS: ReadonlyMap<string, NameKind> = new Map([
  ...list('passwords pwd otp totp cvv cvc').map((word) => [word, NAME.password] as const),
  ...list('secrets apikeys credential credentials').map((word) => [word, NAME.strong] as const),
  ...list('token auth pass jwt accesskeys authenticator').map((word) => [word, NAME.weak] as const),
  ...list('sig signature key').map((word) => [word, NAME.parameter] as const),
  ['authorization', NAME.authorization],
  ['cookie', NAME.cookie],
  ['cookies', NAME.cookie],
]);
/** A key of this kind is a secret. Those of `WEAK_KEYS` may be the name of something, so their value must look like one. */
const STRONG_KEYS = new Set(
  list('api secret private access account signing encryption decryption master shared auth hmac'),
);
const WEAK_KEYS = new Set(
  list(
    'storage service app application client license session admin webhook deploy functions subscription project ssh',
  ),
);
const STRONG_TOKENS = new Set(
  list('access refresh id auth bearer session api security oauth oauth2 secret deploy bot private personal'),
);
/** A token of this kind is a piece of text, or a place in a list. */
const OTHER_TOKENS = new Set(
  list(
    'max min next prev previous page continuation cursor stop eos bos pad unk sep cls mask special first last num total input output prompt completion cached reasoning start end sync resume pagination per',
  ),
);
/** Last words without meaning of their own: the word before them counts. */
const TAILS = new Set(
  list(
    'value data string raw plain plaintext b64 base64 encoded hex pem header confirmation confirm again repeat prod production dev staging live sandbox primary secondary',
  ),
);
const PUBLIC_BEFORE = new Set(list('no without has is had needs requires show hide forgot reset'));

/** Words are split at camelCase and at anything but letters and digits. */
export const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');

/** What the name of a field, header, parameter, variable or option says of its value. */
export function nameKind(name: string): NameKind {
  const words = wordsOf(name);
  while (words.length > 1 && (TAILS.has(words.at(-1) as string) || /^\d+$/.test(words.at(-1) as string))) words.pop();
  const last = words.at(-1)?.replace(/\d+$/, '') ?? '';
  const before = words.at(-2) ?? '';
  if (last === '' || PUBLIC_BEFORE.has(before)) return NAME.none;
  if (last === 'key' || last === 'keys') {
    if (STRONG_KEYS.has(before)) return NAME.strong;
    if (WEAK_KEYS.has(before)) return NAME.weak;
    return words.length === 1 && last === 'key' ? NAME.parameter : NAME.none;
  }
  if (last === 'token' && before !== '') {
    if (STRONG_TOKENS.has(before)) return NAME.strong;
    return OTHER_TOKENS.has(before) ? NAME.none : NAME.weak;
  }
  if (last === 'secret' && before === 'k8s') return NAME.none;
  const known = WORDS.get(last);
  if (known !== undefined) return known;
  return JOINED.find(([ending]) => last.endsWith(ending))?.[1] ?? NAME.none;
}

/** Whether a field of this name holds a secret, whatever its value looks like. */
export const isSecretName = (name: string): boolean => nameKind(name) >= NAME.strong;

const ID_OF = new Set(
  list(
    'session user enduser customer client trace span parent request correlation conversation thread run chat message invocation execution workflow job order invoice transaction tool call response completion task event tenant organization org project device account visitor member',
  ),
);

/** Whether the name is the one that environments have for the directory at hand, `PWD`: a password only when it holds no path. */
export const isDirectoryName = (name: string): boolean =>
  /(?:^|\benv(?:ironment)?(?:_variables?)?[._])(?:old)?pwd$/i.test(name);

/** Whether the name is that of an id, which identifies people, sessions or requests and is no secret by its form. */
export function isIdName(name: string): boolean {
  const words = wordsOf(name);
  const last = words.at(-1);
  if (last !== 'id' && last !== 'ids' && last !== 'uuid')
    return /^(?:(?:session|user|trace|request|thread|conversation|customer|order|run)id)$/.test(last ?? '');
  return words.length === 1 || ID_OF.has(words.at(-2) as string);
}

/** Whether the name says that its value is a payment card's number. */
export const isCardName = (name: string): boolean =>
  /(?:^| )(?:cards?|pan|cc|creditcard|cardnumber|cardno|ccnum|ccnumber)(?: (?:number|no|num|pan|details|raw|value|string))*$/.test(
    wordsOf(name).join(' '),
  );

/** The last three letters of every name that means something, so that other names need not be read. */
export const NAME_ENDINGS: readonly string[] = [
  ...WORDS.keys(),
  ...JOINED.map(([ending]) => ending),
  ...TAILS,
  ...list('key keys'),
].map((word) => word.slice(-3));

const known = new Map<string, NameKind>();
const KNOWN_MAX = 10_000;

/** As nameKind; names that were asked before are remembered. */
export function knownNameKind(name: string): NameKind {
  const kind = known.get(name);
  if (kind !== undefined) return kind;
  if (known.size >= KNOWN_MAX) known.clear();
  const asked = nameKind(name);
  known.set(name, asked);
  return asked;
}
