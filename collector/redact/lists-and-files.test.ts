// Secrets by their context: pairs of a list, options of one command, files of passwords, escaped quotes.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { maskSecrets } from '#domain/run/facts/mask-secrets';
import { SpanBlock } from '#storage/span-block';
import { propertyRuns } from '../../test/support/tier.ts';
import { ProtobufDecoder } from '../decode/decode-protobuf.ts';
import { jsonToProtobuf } from '../decode/json-to-protobuf.ts';
import { SpanWriter } from '../map/write-span.ts';
import { Redactor } from './redactor.ts';

function masked(text: string): string {
  const bytes = Buffer.from(text);
  new Redactor('secrets', Buffer.alloc(32, 7)).text(bytes, 0, bytes.length);
  return bytes.toString();
}

/** JSON as .NET writes it: signs that HTML gives a meaning to, and quotes, as escapes. */
const dotNet = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/\\(.)/g, (whole, letter) => (letter === '"' ? '\\u0022' : whole))
    .replace(/[<>&'+`]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16).toUpperCase()}`);

const SECRET = 'hunter2Zz9';
const KEY = 'a1B2c3D4e5f6g7H8i9J0';
const HEADERS = [
  ['accept', '*/*'],
  ['x-api-key', KEY],
  ['content-type', 'text/plain'],
];

it.each([
  dotNet({ body: dotNet({ password: SECRET, n: 1 }) }),
  dotNet({ body: dotNet({ inner: dotNet({ api_key: KEY, n: 1 }) }) }),
  dotNet({ body: dotNet({ Authorization: `Basic ${KEY}==` }) }),
  dotNet({ url: `https://x.example/?a=b&api_key=${KEY}` }),
  dotNet({ text: `password=ab1+${SECRET}` }),
  JSON.stringify({ outer: dotNet({ body: dotNet({ password: SECRET }) }) }),
  `{\\u0022password\\u0022:\\u0022${SECRET}\\u0022}`,
  `[(b'accept', b'*/*'), (b'x-api-key', b'${KEY}')]`,
  `[('authorization', 'Bearer ${KEY}'), ('accept', '*/*')]`,
  `(("cookie", "sid=${KEY}"),)`,
  JSON.stringify(HEADERS),
  JSON.stringify(HEADERS, null, 2),
  JSON.stringify({ headers: HEADERS, body: JSON.stringify(HEADERS, null, 2) }),
  `curl -uadmin:${SECRET} https://x.example`,
  `curl -s -u admin:${SECRET} https://x.example`,
  `curl -u'admin:${SECRET}' https://x.example`,
  JSON.stringify({ argv: ['curl', '-u', `admin:${SECRET}`, 'https://x.example'] }),
  JSON.stringify({ argv: JSON.stringify(['curl', `-uadmin:${SECRET}`, '-v']) }),
  `machine api.example.com login ann password ${SECRET}`,
  `machine api.example.com\n  login ann\n  password correct-horse\n`,
  JSON.stringify({ file: `default login ann password ${SECRET}\nmachine b.example login bob password x1` }),
  `machine h login l password ${SECRET}`,
  `db.internal:5432:shop:app:${SECRET}`,
  `10.0.0.7:6543:shop:app:${SECRET}`,
  `db:5433:shop:app:${SECRET}`,
  `db:*:shop:app:${SECRET}`,
  JSON.stringify(`# hosts\n*:*:*:postgres:${SECRET}\nlocalhost:5432:*:a:b`),
  `mysql -u root -p'${SECRET}' shop`,
  `mysql -uroot -p${SECRET} shop`,
  JSON.stringify({ command: `mariadb-dump -h db -p"${SECRET}" shop` }),
  JSON.stringify(['mysqladmin', `-p${SECRET}`, 'status']),
  JSON.stringify({ Env: ['PATH=/usr/bin', `POSTGRES_PASSWORD=${SECRET}`, 'PWD=/home/x'] }, null, 4),
  JSON.stringify({ Config: { Env: [`PASSWORD=${SECRET}`, 'LANG=C'] } }),
  `docker run -e PGPASSWORD=${SECRET} image`,
])('finds the secret in %s', (text) => {
  for (const found of [masked(text), maskSecrets(text)]) {
    expect(found).not.toContain(SECRET);
    expect(found).not.toContain(KEY);
    expect(found).not.toContain('correct-horse');
    expect(found).toMatch(/\*\*|\[redacted|\[masked|…|•/);
    for (const kept of ['accept', '/home/x', '/usr/bin', 'https://x.example', 'LANG=C', 'text/plain'])
      expect(found.includes(kept)).toBe(text.includes(kept));
    if (/^[{[]\s*["[]/.test(text)) expect(() => JSON.parse(found), found).not.toThrow();
  }
});

it.each([
  'process.env.PWD is /home/ann1/app2',
  'PWD=/home/x',
  '{"process.env.PWD":"/home/x1y2"}',
  '["password","email"]',
  '["password","password2"]',
  '["secret_key","user_id2"]',
  '["token","expires_in"]',
  '["x-api-key","required"]',
  '["authorization","content-type"]',
  '["cookie","set-cookie"]',
  'check(password, "password1234")',
  'hasHeader("authorization", "Bearer")',
  '["password","--verbose1"]',
  'params[("token", 0)]',
  'ssh -p2222 host1 && cp -pr a1 b2',
  'mysql -p shop1 && mkdir -p data1/x2',
  'mysql --help | grep -print0 a1',
  'docker run -p8080:80 -u1000:1000 image1',
  '{"a":[["mysql -u root -p"]],"PWD":{}}',
  'gcc -pthread1 main.c; mysql_config -p',
  'sort -uk2 file1 | head -u1',
  'the machine learning login page password reset was slow',
  'log in to the machine, then login ann password reset',
  '12:30:45:123 2026-01-01',
  'fe80:1234:abcd:ef01:2345:6789:abcd:ef01',
  'app.ts:1234:12:error: x1y2z3',
  'registry.example:5000:latest',
  'GET user:12345:profile:settings:theme2',
  'user:12345:profile:settings:theme2',
  '{"key":"bull:10432:jobs:wait:job-42"}',
  '{\\u0022note\\u0022:\\u0022the password was wrong\\u0022,\\u0022max_tokens\\u0022:4096}',
  '{"text":"\\u003cb\\u003epassword\\u003c/b\\u003e: required"}',
  JSON.stringify({ Env: ['PATH=/usr/bin', 'PWD=/home/x', 'OLDPWD=/'] }),
])('leaves %s alone', (text) => {
  expect(masked(text)).toBe(text);
  expect(maskSecrets(text)).toBe(text);
});

it('lists of a span are looked at as lists in text are, and a directory stays one', () => {
  const str = (stringValue: string) => ({ stringValue });
  const list = (...values: unknown[]) => ({ arrayValue: { values } });
  const attributes = [
    { key: 'headers', value: list(list(str('x-api-key'), str(KEY)), list(str('accept'), str('text/kept'))) },
    { key: 'argv', value: list(str('curl'), str('-u'), str(`ann:${SECRET}`), str('https://kept.example')) },
    { key: 'fields', value: list(str('password'), str('kept-email')) },
    { key: 'three', value: list(str('api_key'), str('keptKept1234'), str('x')) },
    { key: 'process.env.PWD', value: str('/home/kept1') },
    { key: 'PWD', value: str('/home/kept2') },
    { key: 'db.pwd', value: str('hunter2Zz9') },
    { key: 'process.env.PASSWORD', value: str('/hunter2Zz9') },
  ];
  const ids = { traceId: 'a'.repeat(32), spanId: '2'.repeat(16), name: 'n' };
  const span = { ...ids, startTimeUnixNano: '1', endTimeUnixNano: '2', attributes };
  const request = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
  const { bytes } = jsonToProtobuf(Buffer.from(JSON.stringify(request)));
  const block = new SpanBlock();
  new ProtobufDecoder(new SpanWriter(), new Redactor()).decode(bytes, { projectId: 'p', receivedAtMs: 1 }, block);
  const text = block.encode().toString('latin1');
  for (const kept of ['text/kept', 'https://kept.example', 'kept-email', 'keptKept1234', '/home/kept1', '/home/kept2'])
    expect(text).toContain(kept);
  for (const gone of [KEY, SECRET]) expect(text).not.toContain(gone);
});

it('JSON as .NET writes it stays JSON, at each level of it', () => {
  const leaf = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 10 }),
    fc.constantFrom(
      'a"b',
      '\\',
      "password='x1y2z3'",
      '\n',
      '"password":"hunter22"',
      'Cookie: a=b1',
      '["x-api-key","a1B2c3D4e5"]',
    ),
  );
  const names = fc.constantFrom('password', 'api_key', 'note', 'session_id', 'secrets', 'cookie', 'n');
  const object = fc.dictionary(names, fc.oneof(leaf, fc.integer(), fc.array(leaf, { maxLength: 3 })), { maxKeys: 4 });
  fc.assert(
    fc.property(object, object, fc.constantFrom(1, 2, 3), (one, other, levels) => {
      let value: Record<string, unknown> = { ...one };
      for (let i = 0; i < levels; i++) value = { ...other, note: 'n', in: dotNet(value) };
      const text = dotNet(value);
      let [before, after] = [JSON.parse(text), JSON.parse(masked(text))];
      for (let i = 0; i < levels; i++) {
        expect(Object.keys(after)).toEqual(Object.keys(before));
        [before, after] = [JSON.parse(before.in), JSON.parse(after.in)];
      }
      expect(Object.keys(after)).toEqual(Object.keys(before));
    }),
    { numRuns: propertyRuns(1000, 30_000) },
  );
});
