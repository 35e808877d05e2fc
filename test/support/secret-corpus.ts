// Secrets of 88 kinds, made as their providers' documentation describes them (and as RFCs and programs write them), not as the
// patterns of collector/redact expect them. A seed gives the same ones back.
import { seededRandom } from '../faults/random.ts';

const DIGITS = '0123456789';
const HEX = '0123456789abcdef';
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LOWER = UPPER.toLowerCase();
const WORD = UPPER + LOWER + DIGITS;
const URL_SAFE = `${WORD}_-`;

export interface Sample {
  /** As it appears in a text. */
  readonly text: string;
  /** What must be gone. */
  readonly secret: string;
}
type Make = (tools: Tools) => Sample | string;
export interface Kind {
  readonly name: string;
  readonly group: 'forms' | 'providers';
  readonly make: Make;
}
type Tools = ReturnType<typeof toolsOf>;

/** Random characters by a seed. */
export function toolsOf(seed: number) {
  const random = seededRandom(seed);
  const int = (below: number) => Math.floor(random() * below);
  const pick = <T>(items: readonly T[]): T => items[int(items.length)] as T;
  const chars = (set: string, length: number) => Array.from({ length }, () => set[int(set.length)]).join('');
  const word = (length: number) => chars(WORD, length);
  const hex = (length: number) => chars(HEX, length);
  return {
    random,
    int,
    pick,
    chars,
    word,
    hex,
    safe: (length: number) => chars(URL_SAFE, length),
    base64: (bytes: number) => Buffer.from(Array.from({ length: bytes }, () => int(256))).toString('base64'),
    uuid: () => [8, 4, 4, 4, 12].map(hex).join('-'),
    /** As people and generators choose them: letters with a digit and often a sign. */
    password: () => word(5 + int(8)) + chars(DIGITS, 1 + int(3)) + pick(['', '!', '_x', '.q', '-Z', '#', '*k']),
    luhn: (prefix: string, length: number) => {
      const body = prefix + chars(DIGITS, length - prefix.length - 1);
      const sum = [...body].reverse().reduce((total, digit, i) => {
        const weighted = Number(digit) * (i % 2 === 0 ? 2 : 1);
        return total + (weighted > 9 ? weighted - 9 : weighted);
      }, 0);
      return body + String((10 - (sum % 10)) % 10);
    },
  };
}

/** The secret with a text around it. */
const within = (secret: string, frame: (secret: string) => string): Sample => ({ text: frame(secret), secret });

const FORMS: Readonly<Record<string, Make>> = {
  'Authorization: Basic': (t) =>
    within(Buffer.from(`${t.word(6)}:${t.password()}`).toString('base64'), (s) => `Authorization: Basic ${s}`),
  'Authorization: Bearer': (t) => within(t.safe(30 + t.int(20)), (s) => `Authorization: Bearer ${s}`),
  'Bearer without a digit': (t) => within(t.chars(UPPER + LOWER, 32), (s) => `sent Bearer ${s}`),
  Cookie: (t) => within(t.hex(32), (s) => `Cookie: theme=dark; sid=${s}`),
  'Set-Cookie': (t) => within(t.safe(24), (s) => `Set-Cookie: session=${s}; Path=/; HttpOnly; Secure`),
  'x-api-key header': (t) => within(t.word(24 + t.int(16)), (s) => `x-api-key: ${s}`),
  'api-key header': (t) => within(t.hex(32), (s) => `api-key: ${s}`),
  'NAME_PASSWORD=': (t) => within(t.password(), (s) => `${t.pick(['DB', 'SMTP', 'POSTGRES', 'ADMIN'])}_PASSWORD=${s}`),
  'aws_secret_access_key =': (t) => within(t.base64(30), (s) => `aws_secret_access_key = ${s}`),
  'password: (YAML)': (t) => within(t.password(), (s) => `db:\n  user: app\n  password: ${s}\n  port: 5432`),
  '--password=': (t) => within(t.password(), (s) => `mysqldump --user=root --password=${s} shop`),
  '--password x': (t) => within(t.password(), (s) => `deploy --user root --password ${s} --force`),
  'Password=; (ADO)': (t) =>
    within(t.password(), (s) => `Server=db;Database=shop;User Id=sa;Password=${s};Encrypt=True`),
  'password= (libpq)': (t) => within(t.password(), (s) => `host=db port=5432 user=app password=${s} dbname=shop`),
  'password= (form)': (t) => within(t.word(12), (s) => `username=bob&password=${s}&remember=1`),
  '?api_key=': (t) => within(t.word(28), (s) => `GET https://api.example.com/v1/items?api_key=${s}&page=2`),
  '?access_token=': (t) => within(t.safe(40), (s) => `GET /me?fields=id&access_token=${s} HTTP/1.1`),
  'S3 presigned address': (t) =>
    within(
      t.hex(64),
      (s) => `https://b.s3.amazonaws.com/k?X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=${s}`,
    ),
  'Azure SAS address': (t) =>
    within(
      encodeURIComponent(t.base64(32)),
      (s) => `https://a.blob.core.windows.net/c/f?sv=2024-11-04&sp=r&sr=b&sig=${s}`,
    ),
  'GCS signed address': (t) =>
    within(t.hex(128), (s) => `https://storage.googleapis.com/b/o?X-Goog-Expires=60&X-Goog-Signature=${s}`),
  'Azure AccountKey': (t) =>
    within(
      t.base64(64),
      (s) => `DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=${s};EndpointSuffix=core.windows.net`,
    ),
  "const apiKey = '…'": (t) => within(t.word(32), (s) => `const apiKey = '${s}';`),
  'XML element': (t) => within(t.password(), (s) => `<user>app</user><password>${s}</password>`),
  'XML name and value': (t) => within(t.word(20), (s) => `<add key="ApiKey" value="${s}" />`),
  'JSON password': (t) => within(t.password(), (s) => JSON.stringify({ user: 'bob', password: s, n: 1 })),
  'JSON token': (t) => within(t.safe(32), (s) => JSON.stringify({ token: s, expires_in: 3600 })),
  'JSON list of secrets': (t) => within(t.word(18), (s) => JSON.stringify({ secrets: [t.word(18), s], n: 2 })),
  'JSON name and value': (t) => within(t.word(30), (s) => JSON.stringify([{ name: 'Authorization', value: s }])),
  'JSON number under password': (t) => within(t.chars('123456789', 8), (s) => `{"user":"bob","password":${s}}`),
  'password in an address': (t) => within(t.word(12), (s) => `postgres://app:${s}@db.internal:5432/shop`),
  'password with @ in an address': (t) => within(t.word(8), (s) => `amqp://app:p@${s}@mq.internal:5672/`),
  'password without a user in an address': (t) => within(t.word(16), (s) => `redis://:${s}@cache:6379/0`),
  'encoded address': (t) => within(t.word(14), (s) => encodeURIComponent(`mysql://app:${s}@db/shop`)),
  JWT: (t) => `eyJhbGciOiJSUzI1NiIsImtpZCI6${t.safe(12)}.eyJpc3Mi${t.safe(60)}.${t.safe(86)}`,
  JWE: (t) => `eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6${t.safe(14)}.${t.safe(86)}.${t.safe(16)}.${t.safe(60)}.${t.safe(22)}`,
  'PEM private key': (t) => {
    const lines = Array.from({ length: 4 }, () => t.base64(48));
    const head = t.pick(['RSA PRIVATE KEY', 'PRIVATE KEY', 'EC PRIVATE KEY', 'OPENSSH PRIVATE KEY']);
    return within(lines[2] as string, () => `-----BEGIN ${head}-----\n${lines.join('\n')}\n-----END ${head}-----`);
  },
  'PEM private key in base64': (t) => {
    const pem = `-----BEGIN ${t.pick(['', 'RSA ', 'EC '])}PRIVATE KEY-----\n${t.base64(48)}\n${t.base64(48)}\n-----END`;
    return Buffer.from(pem).toString('base64');
  },
  'payment card': (t) =>
    within(t.luhn(t.pick(['4', '53', '6011']), 16), (s) =>
      t.pick([`paid with card ${s}`, `{"card_number":"${s}"}`, `visa ${s.replace(/(\d{4})(?=\d)/g, '$1 ')} today`]),
    ),
  'curl -u': (t) => within(t.password(), (s) => `curl -u admin:${s} https://example.com/`),
  'the key is …': (t) => within(t.word(32), (s) => `the API key is ${s}, keep it`),
};

const PROVIDERS: Readonly<Record<string, Make>> = {
  OpenAI: (t) => `sk-${t.word(20)}T3BlbkFJ${t.word(20)}`,
  'OpenAI project': (t) => `sk-${t.pick(['proj', 'svcacct', 'admin'])}-${t.safe(74)}T3BlbkFJ${t.safe(74)}`,
  Anthropic: (t) => `sk-ant-api03-${t.safe(93)}AA`,
  Groq: (t) => `gsk_${t.word(52)}`,
  xAI: (t) => `xai-${t.word(80)}`,
  Perplexity: (t) => `pplx-${t.word(48)}`,
  Replicate: (t) => `r8_${t.word(37)}`,
  'Hugging Face': (t) => `hf_${t.chars(UPPER + LOWER, 34)}`,
  LangSmith: (t) => `lsv2_${t.pick(['pt', 'sk'])}_${t.hex(32)}_${t.hex(10)}`,
  'AWS access key id': (t) => t.pick(['AKIA', 'ASIA']) + t.chars(`${UPPER}234567`, 16),
  'Google API key': (t) => `AIza${t.safe(35)}`,
  'Google OAuth': (t) => `ya29.a0${t.safe(120)}`,
  'Google client secret': (t) => `GOCSPX-${t.safe(28)}`,
  GitHub: (t) => t.pick(['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_']) + t.word(36),
  'GitHub fine-grained': (t) => `github_pat_${t.word(22)}_${t.word(59)}`,
  GitLab: (t) => t.pick(['glpat-', 'glrt-', 'gldt-', 'glptt-']) + t.safe(20),
  npm: (t) => `npm_${t.word(36)}`,
  PyPI: (t) => `pypi-AgEIcHlwaS5vcmc${t.safe(140)}`,
  Docker: (t) => `dckr_pat_${t.safe(27)}`,
  'Stripe live': (t) => t.pick(['sk_live_', 'rk_live_']) + t.word(24 + t.int(75)),
  'Stripe test': (t) => `sk_test_${t.word(24)}`,
  'Stripe webhook': (t) => `whsec_${t.word(32)}`,
  'Slack bot': (t) => `xoxb-${t.chars(DIGITS, 12)}-${t.chars(DIGITS, 13)}-${t.word(24)}`,
  'Slack app': (t) => `xapp-1-A${t.chars(UPPER + DIGITS, 10)}-${t.chars(DIGITS, 13)}-${t.hex(64)}`,
  'Slack webhook': (t) =>
    within(t.word(24), (s) => `https://hooks.slack.com/services/T${t.word(8)}/B${t.word(10)}/${s}`),
  'Discord bot': (t) => `${t.pick(['M', 'N', 'O'])}${t.word(23)}.${t.safe(6)}.${t.safe(38)}`,
  'Discord webhook': (t) => within(t.safe(68), (s) => `https://discord.com/api/webhooks/${t.chars(DIGITS, 18)}/${s}`),
  Telegram: (t) => `${1 + t.int(9)}${t.chars(DIGITS, 9)}:AA${t.safe(33)}`,
  'Teams webhook': (t) =>
    within(
      t.hex(32),
      (s) => `https://acme.webhook.office.com/webhookb2/${t.uuid()}@${t.uuid()}/IncomingWebhook/${s}/${t.uuid()}`,
    ),
  SendGrid: (t) => `SG.${t.safe(22)}.${t.safe(43)}`,
  'Twilio API key': (t) => `SK${t.hex(32)}`,
  Mailgun: (t) => `key-${t.hex(32)}`,
  Mailchimp: (t) => within(t.hex(32), (s) => `${s}-us${1 + t.int(20)}`),
  DigitalOcean: (t) => `dop_v1_${t.hex(64)}`,
  Shopify: (t) => t.pick(['shpat_', 'shpca_', 'shpss_']) + t.hex(32),
  Vault: (t) => `hvs.CAES${t.safe(90)}`,
  Databricks: (t) => `dapi${t.hex(32)}`,
  Atlassian: (t) => `ATATT3xFfGF0${t.safe(170)}=${t.chars(HEX.toUpperCase(), 8)}`,
  Linear: (t) => `lin_api_${t.word(40)}`,
  Grafana: (t) => `glsa_${t.word(32)}_${t.hex(8)}`,
  'New Relic': (t) => `NRAK-${t.chars(UPPER + DIGITS, 27)}`,
  age: (t) => `AGE-SECRET-KEY-1${t.chars('QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L', 58)}`,
  PlanetScale: (t) => t.pick(['pscale_tkn_', 'pscale_pw_']) + t.safe(43),
  Notion: (t) => t.pick([`ntn_${t.chars(DIGITS, 11)}${t.word(35)}`, `secret_${t.word(43)}`]),
  Supabase: (t) => t.pick([`sbp_${t.hex(40)}`, `sb_secret_${t.safe(31)}`]),
  'Azure client secret': (t) => `${t.word(3)}8Q~${t.chars(`${WORD}_-`, 34)}`,
  Sentry: (t) => `sntryu_${t.hex(64)}`,
  Figma: (t) => `figd_${t.safe(40)}`,
};

export const KINDS: readonly Kind[] = [
  ...Object.entries(FORMS).map(([name, make]): Kind => ({ name, group: 'forms', make })),
  ...Object.entries(PROVIDERS).map(([name, make]): Kind => ({ name, group: 'providers', make })),
];
