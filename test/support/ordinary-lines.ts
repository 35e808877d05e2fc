// Lines that hold no secret: what logs, prose, code, JSON, stack traces, ids, hashes, prices and times of agents look like.
import { toolsOf } from './secret-corpus.ts';

const SOUNDS_LIKE_ONE =
  'the refund for order was late and we asked task-force risk-free desk-top disk-based sk-learn sk-table api_key_id secretary token tokens author bearer eyJ hf_ npm_config password-less email is a@b key: value at 12:30 item-no. co-op x-ray cookie basic secret password credentials'.split(
    ' ',
  );

/** Written by hand: near misses of every rule. */
export const HAND_WRITTEN: readonly string[] = [
  'gen_ai.usage.input_tokens: 512, max_tokens: 4096, session_token_budget: 4000',
  '{"max_tokens":100,"author":"Ann","usage":{"total_tokens":12},"token_count":"many"}',
  '{"token":"Hello","logprob":-0.31,"bytes":[72,101],"top_logprobs":[{"token":" world","logprob":-1.2}]}',
  '{"next_page_token":"CAUQAA","pageToken":"12","continuation_token":"abc123def456ghi789"}',
  'authorization_state=granted cookie_consent=yes password_reset_sent=yes otp_attempts=3 api_key_count=3',
  '{"authorization_state":"granted","secret_santa":"Bob","token_type":"bearer","secret_rotation_days":90}',
  '{"password":12345,"secret":true,"token":null,"otp":false}',
  'The risk-assessment-framework-2024 and sk-learn: a task-management-system-v2.',
  'Password: required. Token: invalid. Secret: none. Authorization: denied.',
  'the password was wrong, the token expired and the cookie: never set',
  'Bearer of bad news; "key": "value"; {"name":"secretary"}; eyJ is how a JWT begins',
  'const apiKey = process.env.API_KEY; const token = await fetchToken(user);',
  'password = getpass.getpass("Password: ")',
  'self.password = password; this.token = options.token ?? null;',
  'interface Login { password: string; apiKey: string | undefined; token?: Token }',
  'api_key=os.environ["OPENAI_API_KEY"], client_secret=settings.client_secret',
  'DB_PASSWORD=${DB_PASSWORD} API_KEY=$API_KEY TOKEN={{ secrets.TOKEN }} SECRET=<your secret>',
  'password: ${{ secrets.DB_PASSWORD }}',
  '"cookie": "^0.7.1", "tough-cookie": "5.0.0", "pbkdf2-password-hash": "1.2.1"',
  '<label for="password">Password</label><input type="password" name="password" autocomplete="off">',
  'https://example.com:8080/a@b, http://localhost:4318 and a@b: fine',
  'GET /orders?page=2&sort=key&order=desc&signature=none&key=name HTTP/1.1',
  'see https://api.telegram.org/ and https://hooks.slack.com/ for how webhooks work',
  'at 1795000000000000000 ns, 4111111111111112, 0.4111111111111111, tel. +49 30 1234 5678',
  'order 4539578763621486 was shipped; invoice 5500005555555559; id 6011000990139424',
  '{"order":4539578763621486,"items":[4539578763621486],"session_id":"4111111111111111"}',
  'ids 3f2504e0-4f89-11d3-9a0c-0305e82c3301, 9c56cc51b374c3ba189210d5b6d4bf57790d351c',
  'hf_transformers_pipeline_for_many_languages npm_config_registry_something_else_here',
  '-----BEGIN CERTIFICATE-----\nMIIBdTCCARsCAQAwCgYIKoZIzj0EAwIwHTEbMBkGA1UEAwwS\n-----END CERTIFICATE-----',
  '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----',
  '| --- | --- |\n| a | b |\n-- select * from users -- all of them',
  'git commit --no-verify --author="Ann" && docker run -u 1000:1000 --token-limit 4096 image:2.1',
  'TypeError: Cannot read properties of undefined (reading "token")\n    at login (auth.ts:12:7)',
  'k8s.secret.name=db-credentials k8s.configmap.name=app token.count=12 secretary=Ann',
  'color:#fff0;--token-color:#d73a49;background:url(data:image/png;base64,iVBORw0KGgo)',
  'docker.io/library/redis@sha256:9c56cc51b374c3ba189210d5b6d4bf57790d351c9c56cc51b374c3ba189210d5',
  'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-Ab12Cd',
  'publishable key pk_test_TYooMQauvdEDq54NiTphI7jx goes into the page',
  'monkey: banana, keyboard=qwerty, turkey: 12, key=value',
];

/** `count` lines; the same for the same seed. */
export function ordinaryLines(count: number, seed = 20_261_202): string[] {
  const t = toolsOf(seed);
  const sentence = () => Array.from({ length: 4 + t.int(12) }, () => t.pick(SOUNDS_LIKE_ONE)).join(' ');
  const digits = (length: number) => t.chars('0123456789', length);
  const made: readonly (() => string)[] = [
    () => t.uuid(),
    () => t.hex(t.pick([16, 32, 40, 64])),
    () => digits(t.pick([13, 14, 15, 16, 18, 19])),
    sentence,
    sentence,
    sentence,
    () =>
      JSON.stringify({ orderId: Number(digits(15)), items: [{ sku: `SKU-${digits(4)}`, price: t.int(1e5) / 100 }] }),
    () => JSON.stringify({ role: 'user', content: sentence() }),
    () => JSON.stringify({ body: JSON.stringify({ user_id: t.uuid(), hash: t.hex(64), note: sentence() }) }),
    () => JSON.stringify({ input_tokens: t.int(1e5), max_tokens: 4096, author: 'Ann', token_count: t.int(999) }),
    () => JSON.stringify({ id: `chatcmpl-${t.word(29)}`, tool_call_id: `call_${t.word(24)}`, trace_id: t.hex(32) }),
    () =>
      JSON.stringify({
        name: t.pick(['tone', 'token_limit', 'key']),
        value: sentence(),
        enabled: true,
        key: t.word(8),
      }),
    () => new Date(1.7e12 + t.int(1e9) * 100).toISOString(),
    () =>
      `${new Date(1.7e12 + t.int(1e9) * 100).toISOString()} INFO [http-${t.int(99)}] GET /v1/orders/${t.uuid()} 200 ${t.int(900)}ms`,
    () =>
      `level=info ts=${1.7e9 + t.int(1e8)} msg="${sentence()}" trace_id=${t.hex(32)} span_id=${t.hex(16)} bytes=${t.int(1e6)}`,
    () => `https://example.com:8443/orders/${t.int(1e6)}?ref=${t.word(12)}&utm_source=${t.pick(SOUNDS_LIKE_ONE)}#top`,
    () => `/usr/lib/node_modules/${t.pick(SOUNDS_LIKE_ONE)}/index.js:${t.int(900)}:${t.int(90)}`,
    () => `gpt-4o-mini-2024-07-${10 + t.int(20)}`,
    () =>
      t.pick([
        `toolu_01${t.word(22)}`,
        `msg_${t.word(24)}`,
        `req_${t.word(24)}`,
        `run-${t.uuid()}`,
        `cus_${t.word(14)}`,
      ]),
    () => `${t.int(255)}.${t.int(255)}.${t.int(255)}.${t.int(255)}:${t.int(65535)}`,
    () => `+49 ${digits(3)} ${digits(4)} ${digits(4)}`,
    () => `${t.pick(['€', '$', 'EUR '])}${t.int(9999)}.${digits(2)} of ${t.int(99999)},00 (${t.int(100)} %)`,
    () => Buffer.from(sentence()).toString('base64'),
    () => `data:image/png;base64,${t.base64(90)}`,
    () => `${t.pick(['v', ''])}${t.int(20)}.${t.int(20)}.${t.int(20)}-rc.${t.int(9)}+build.${t.hex(7)}`,
    () =>
      `TypeError: cannot read '${t.pick(SOUNDS_LIKE_ONE)}' of undefined\n    at f (app.ts:${t.int(99)}:${t.int(99)})`,
    () =>
      `  File "/app/${t.pick(['token', 'auth', 'secrets'])}.py", line ${t.int(999)}, in ${t.pick(['get_token', 'login'])}`,
    () => `SELECT * FROM orders WHERE id = ${t.int(1e9)} AND status = '${t.pick(SOUNDS_LIKE_ONE)}'`,
    () =>
      `const ${t.pick(['apiKey', 'token', 'secret'])} = ${t.pick(['process.env.', 'config.', 'this.'])}${t.pick(['API_KEY', 'secret'])};`,
    () => `${t.pick(['x-request-id', 'etag', 'x-amzn-trace-id'])}: ${t.uuid()}`,
    () => `${sentence()} (${t.uuid()}) ${sentence()}`,
    () => t.pick(HAND_WRITTEN),
  ];
  return Array.from({ length: count }, () => t.pick(made)());
}
