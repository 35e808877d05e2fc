// Masking keeps data whole: JSON stays JSON of the same shape, ids and numbers stay, and the masks of two secrets differ.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isIdName, isSecretName } from '#domain/secrets';
import { SpanBlock } from '#storage/span-block';
import { toolsOf } from '../../test/support/secret-corpus.ts';
import { propertyRuns } from '../../test/support/tier.ts';
import { ProtobufDecoder } from '../decode/decode-protobuf.ts';
import { jsonToProtobuf } from '../decode/json-to-protobuf.ts';
import { SpanWriter } from '../map/write-span.ts';
import { Redactor } from './redactor.ts';

const t = toolsOf(7);
function masked(text: string, key: Buffer = Buffer.alloc(32, 7), mode: 'secrets' | 'personal' = 'secrets'): string {
  const bytes = Buffer.from(text);
  new Redactor(mode, key).text(bytes, 0, bytes.length);
  return bytes.toString();
}

describe('names', () => {
  it.each(
    'authorization http.request.header.authorization Set-Cookie db.password userPassword client_secret OPENAI_API_KEY apiKey x-api-key private.key credentials otp accessToken refresh_token id-token PGPASSWORD password2 newPassword secret_value AccountKey Ocp-Apim-Signing-Key'.split(
      ' ',
    ),
  )('%s is that of a secret', (name) => expect(isSecretName(name)).toBe(true));

  it.each(
    'gen_ai.usage.input_tokens max_tokens token_count author author.name authored tokens keyboard secretary k8s.secret.name api_key_id __proto__ key monkey passwordless authorization_state secret_santa password_reset_sent api_key_count cookie_consent session_token_budget token_type otp_attempts secret_rotation_days api_key.index next_page_token primary_key public_key idempotency_key has_password'.split(
      ' ',
    ),
  )('%s is not', (name) => expect(isSecretName(name)).toBe(false));

  it.each(
    'session.id user.id userId trace_id request-id x-request-id gen_ai.conversation.id thread_id id order_id'.split(
      ' ',
    ),
  )('%s is that of an id', (name) => expect(isIdName(name)).toBe(true));
});

describe('a mask', () => {
  it.each([6, 8, 12, 16, 30, 64])('of a secret of %i characters distinguishes it from another', (length) => {
    const [one, other] = [t.word(length - 1), t.word(length - 1)].map((word) => `${word}1`) as [string, string];
    const of = (secret: string, key?: Buffer) => masked(JSON.stringify({ password: secret }), key);
    expect(of(one)).not.toContain(one);
    expect(of(one)).toBe(of(one));
    expect(of(one)).not.toBe(of(other));
    expect(of(one)).not.toBe(of(one, Buffer.alloc(32, 8)));
    expect(of(one)).toHaveLength(JSON.stringify({ password: one }).length);
  });

  it('says nothing of a secret to who has the data alone: its hash is of another key in each process', () => {
    const [one, other] = [1, 2].map(() => {
      const bytes = Buffer.from('{"password":"hunter2hunter2"}');
      new Redactor('secrets').text(bytes, 0, bytes.length);
      return bytes.toString();
    });
    expect(one).not.toBe(other);
  });
});

describe('a card number', () => {
  const card = '4111111111111111';
  it('that is a number of JSON becomes a text of JSON', () => {
    const text = `{"card_number":${card},"cards":[${card}, 5555555555554444],"n":1}`;
    const value = JSON.parse(masked(text));
    expect(value).toMatchObject({
      n: 1,
      card_number: expect.any(String),
      cards: [expect.any(String), expect.any(String)],
    });
    expect(masked(text)).not.toMatch(/41111111|55555555/);
    const nested = JSON.parse(masked(JSON.stringify({ body: JSON.stringify({ deep: text }) })));
    expect(JSON.parse(JSON.parse(nested.body).deep)).toMatchObject({ card_number: expect.any(String), n: 1 });
  });

  it.each([
    `pay with card ${card}`,
    `visa: ${card}, thanks`,
    `${card} exp 12/29 cvv 123`,
    '4111 1111 1111 1111',
    '4111-1111-1111-1111',
    `{"creditCard":"${card}"}`,
    `[{"card":"visa"},${card}]`,
    `"card",${card}`,
  ])('is masked where the text mentions a card: %s', (text) => expect(masked(text)).not.toContain('1111'));

  it.each([
    card,
    `order ${card}`,
    `{"order":${card}}`,
    `{"session_id":"${card}","user.id":"4111 1111 1111 1111","cardinality":${card}}`,
    `https://x/y/${card}/z`,
    `discarded ${card}`,
  ])('is none without a reason: %s', (text) => expect(masked(text)).toBe(text));

  it('is found in few random numbers', () => {
    const numbers = Array.from({ length: 5000 }, () => t.chars('0123456789', 16));
    expect(numbers.filter((number) => masked(`id ${number}, ok`) !== `id ${number}, ok`)).toEqual([]);
  });
});

const NAMES = [
  'password',
  'apiKey',
  'token',
  'card',
  'card_number',
  'session_id',
  'note',
  'value',
  'name',
  'secrets',
  'Cookie',
];
const TRICKS = [
  '"',
  '\\',
  '\\"',
  "'",
  'password=',
  '"password":"',
  "'token': 'abc",
  '\\"secret\\":\\"',
  'Authorization: Basic dXNlcjpwYXNzd29yZDE=',
  '-----BEGIN PRIVATE KEY-----\nMII\\',
  'card 4111111111111111',
  '"card":4111111111111111,',
  ',4111111111111111,',
  '%22password%22%3A%22hunter22%22',
  '"secrets":["a',
  '<password>x1y2z3</password>',
  'https://u:p4ss@w0rd@h/',
  'sk-a1B2c3D4e5a1B2c3D4e5',
  'ü日',
  '\n',
  ' ',
  'Cookie: a=b',
];
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.array(fc.constantFrom(...TRICKS), { maxLength: 5 }).map((parts) => parts.join('')),
);
const { value: anyJson } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    texts,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constantFrom(null, 4111111111111111, 5555555555554444),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.oneof(fc.constantFrom(...NAMES), texts), tie('value')), { maxLength: 4 })
      .map((pairs) => Object.fromEntries(pairs)),
    tie('value').map((inner) => JSON.stringify(inner)),
  ),
}));

/** The shape of a value: its names and lists, and its numbers and booleans. Texts may change, numbers may become texts. */
function expectSameShape(before: unknown, after: unknown): void {
  if (typeof before === 'string') {
    expect(typeof after).toBe('string');
    return;
  }
  if (typeof before === 'number') {
    expect(['string', 'number']).toContain(typeof after);
    return;
  }
  if (Array.isArray(before)) {
    expect(after).toHaveLength(before.length);
    for (const [i, item] of before.entries()) expectSameShape(item, (after as unknown[])[i]);
    return;
  }
  if (typeof before !== 'object' || before === null) {
    expect(after).toBe(before);
    return;
  }
  const [own, other] = [Object.entries(before), Object.entries(after as object)];
  expect(other).toHaveLength(own.length);
  const plain = new Map(other);
  for (const [name, value] of own)
    if (masked(name) === name && plain.has(name)) expectSameShape(value, plain.get(name));
}

describe('JSON', () => {
  it('that is masked is JSON of the same shape, whatever its texts hold', () => {
    fc.assert(
      fc.property(anyJson, fc.constantFrom(0, 1), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const result = masked(text);
        expect(Buffer.byteLength(result)).toBe(Buffer.byteLength(text));
        let parsed: unknown;
        expect(() => {
          parsed = JSON.parse(result);
        }, `${text}\n${result}`).not.toThrow();
        expectSameShape(JSON.parse(text), parsed);
        // A resource is read again in each slice of a large request.
        expect(() => JSON.parse(masked(result))).not.toThrow();
      }),
      {
        numRuns: propertyRuns(1000, 30_000),
        // What this found: a number behind encoded text, and one behind a key that was masked.
        examples: [
          [{ 'card 4111111111111111%22password%22%3A%22hunter22%22': 5555555555554444 }, 1],
          [{ '"card":4111111111111111,"password":"ü日\n': 4111111111111111 }, 0],
          [{ '"card":4111111111111111,\\': 4111111111111111 }, 0],
          [{ 'password=': '"0"' }, 0],
          [{ '"secrets":["a\\': {} }, 0],
        ],
      },
    );
  });

  it('keeps names, lists, numbers and what is no secret as they are', () => {
    const words = fc
      .array(fc.constantFrom('late', 'order', 'the', 'refund', '12', 'kg'), { maxLength: 5 })
      .map((w) => w.join(' '));
    const harmless = fc.dictionary(
      fc.constantFrom('note', 'order', 'max_tokens', 'session_token_budget', 'user_id', 'password_reset_sent', 'n'),
      fc.oneof(words, fc.integer(), fc.boolean(), fc.array(fc.integer())),
    );
    fc.assert(
      fc.property(harmless, fc.array(harmless, { maxLength: 3 }), (one, list) => {
        const value = { one, list, password: 'hunter2hunter2', pin: 4, after: JSON.stringify(one) };
        const { password, ...rest } = JSON.parse(masked(JSON.stringify(value)));
        expect(password).not.toContain('hunter2');
        expect(rest).toEqual({ one, list, pin: 4, after: JSON.stringify(one) });
      }),
      { numRuns: propertyRuns(200, 3000) },
    );
  });
});

it('keeps ids, counts and states of a span, and masks texts that are named as secrets', () => {
  const str = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const attributes = [
    str('user.id', '4111111111111111'),
    str('session.id', '4111 1111 1111 1111'),
    { key: 'session_token_budget', value: { intValue: '400098' } },
    { key: 'otp', value: { intValue: '98765432' } },
    { key: 'password', value: { boolValue: true } },
    str('authorization_state', 'granted-7f'),
    str('db.password', 'hunter2hunter2'),
    str('auth.token', 'a1B2c3D4e5f6g7H8'),
    str('token', 'Hello'),
    str('card_number', '4111111111111112'),
    str('pan', '5555555555554444'),
  ];
  const span = {
    traceId: 'a'.repeat(32),
    spanId: '2'.repeat(16),
    name: 'n',
    startTimeUnixNano: '1',
    endTimeUnixNano: '2',
    attributes,
  };
  const { bytes } = jsonToProtobuf(
    Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] })),
  );
  const block = new SpanBlock();
  new ProtobufDecoder(new SpanWriter(), new Redactor()).decode(bytes, { projectId: 'p', receivedAtMs: 1 }, block);
  const text = block.encode().toString('latin1');
  for (const kept of [
    '4111111111111111',
    '4111 1111 1111 1111',
    '400098',
    '98765432',
    'granted-7f',
    'Hello',
    '4111111111111112',
  ])
    expect(text).toContain(kept);
  for (const gone of ['hunter2', 'a1B2c3D4e5f6g7H8', '5555555555554444']) expect(text).not.toContain(gone);
});
