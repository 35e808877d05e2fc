// Secrets are gone from what is stored, in every place they can be; everything else is as it came.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogBlock } from '#storage/log-block';
import { SpanBlock } from '#storage/span-block';
import { propertyRuns } from '../../test/support/tier.ts';
import { LogsDecoder } from '../decode/decode-logs.ts';
import { ProtobufDecoder } from '../decode/decode-protobuf.ts';
import { logsJsonToProtobuf } from '../decode/json-logs.ts';
import { jsonToProtobuf } from '../decode/json-to-protobuf.ts';
import { SpanWriter } from '../map/write-span.ts';
import { MAX_VALUE_BYTES } from './cut-long.ts';
import { Redactor } from './redactor.ts';

const KEY = Buffer.alloc(32, 7);
const a = (length: number) => 'a1B2c3D4e5'.repeat(20).slice(0, length);
// Put together here, so that scanners of repositories do not take them for real ones.
const SECRETS: Record<string, string> = {
  openai: `sk-${a(40)}`,
  anthropic: `sk-ant-api03-${a(60)}`,
  project: `sk-proj-${a(40)}`,
  aws: `AKIA${'IOSFODNN7EXAMPLE'}`,
  awsSession: `ASIA${'IOSFODNN7EXAMPLE'}`,
  github: `ghp_${a(36)}`,
  githubPat: `github_pat_${a(60)}`,
  gitlab: `glpat-${a(20)}`,
  slack: `xoxb-123456789012-${a(24)}`,
  google: `AIza${a(35)}`,
  huggingface: `hf_${a(34)}`,
  npm: `npm_${a(36)}`,
  stripe: `sk_live_${a(24)}`,
  restricted: `rk_live_${a(24)}`,
  jwt: `eyJ${a(20)}.eyJ${a(30)}.${a(43)}`,
  card: '4111 1111 1111 1111',
  amex: '3782 822463 10005',
};
const PEM = `-----BEGIN RSA PRIVATE KEY-----\n${a(64)}\n${a(64)}\n-----END RSA PRIVATE KEY-----`;
/** Text around a secret, and the part of it that must go. */
const FRAMED: [text: string, secret: string][] = [
  ...Object.values(SECRETS).map((secret): [string, string] => [`use ${secret}, please`, secret]),
  [`key:\n${PEM}\nend`, a(64)],
  [`Authorization: Bearer ${a(30)}`, a(30)],
  ['postgres://bob:hunter2hunter2@db:5432/x', 'hunter2hunter2'],
  [`https://hooks.slack.com/services/T0000/B0000/${a(24)}`, a(24)],
  ['{"user":"bob","password":"hunter2 \\" hunter3","n":1}', 'hunter2 \\" hunter3'],
  [JSON.stringify({ args: JSON.stringify({ apiKey: 'hunter2hunter2' }) }), 'hunter2hunter2'],
  [JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ secret: 'x"yz' }) }) }), 'yz'],
  ["{'client_secret': 'hunter2hunter2'}", 'hunter2hunter2'],
];

function masked(text: string, redactor = new Redactor('secrets', KEY)): string {
  const bytes = Buffer.from(text);
  redactor.text(bytes, 0, bytes.length);
  return bytes.toString();
}

describe('text', () => {
  it.each(FRAMED)('masks the secret in %s', (text, secret) => {
    const result = masked(text);
    expect(result).not.toContain(secret);
    expect(result).toMatch(/\[redacted:|\*/);
    expect(Buffer.byteLength(result)).toBe(Buffer.byteLength(text));
    expect(masked(result)).toBe(result);
  });

  it.each(Object.values(SECRETS))('touches nothing around %s', (secret) => {
    const token = fc.constantFrom(' ', '"', '\n', 'ü ', '日 ', '(', '=', '\\n');
    const around = fc.string({ unit: fc.constantFrom('é', ' ', 'x', '日', ':', '-', '"', '/') });
    fc.assert(
      fc.property(around, token, around, (before, gap, after) => {
        const result = masked(`${before}${gap}${secret} ${after}`);
        const length = Buffer.byteLength(secret);
        const head = Buffer.byteLength(before + gap);
        const bytes = Buffer.from(result);
        expect(bytes.length).toBe(head + length + 1 + Buffer.byteLength(after));
        expect(bytes.subarray(0, head).toString()).toBe(before + gap);
        expect(bytes.subarray(head + length).toString()).toBe(` ${after}`);
        expect(result).not.toContain(secret);
      }),
      { numRuns: 30 },
    );
  });

  it('keeps JSON valid', () => {
    const text = JSON.stringify({ password: 'p"a\\ss', list: [{ api_key: 'k\\"' }], next: 'stays', token_count: 5 });
    const value = JSON.parse(masked(text));
    expect(value).toMatchObject({ next: 'stays', token_count: 5 });
    expect(value.password).not.toContain('ss');
  });

  it('shows that equal secrets are equal, and only within one process', () => {
    const secret = SECRETS.openai as string;
    const [first, second] = masked(`${secret} ${secret}`).split(' ');
    expect(first).toBe(second);
    expect(masked(secret, new Redactor('secrets', Buffer.alloc(32, 8)))).not.toBe(first);
  });

  it.each([
    'gen_ai.usage.input_tokens: 512, max_tokens: 4096',
    '{"max_tokens":100,"author":"Ann","usage":{"total_tokens":12},"token_count":"many"}',
    'The risk-assessment-framework-2024 and sk-learn: a task-management-system-v2.',
    'ids 3f2504e0-4f89-11d3-9a0c-0305e82c3301, 9c56cc51b374c3ba189210d5b6d4bf57790d351c',
    'at 1795000000000000000 ns, 4111111111111112, 0.4111111111111111, tel. +49 30 1234 5678',
    'see https://example.com:8080/a@b, http://localhost:4318 and mail a@b.org: fine',
    'Bearer of bad news; "key": "value"; {"name":"secretary"}; eyJ is how a JWT begins',
    '{"secret_name":"db","api_key_id":"k1","cookie_count":"3"}',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    'hf_transformers_pipeline_for_many_languages npm_config_registry_something_else_here',
  ])('leaves %s alone', (text) => {
    expect(masked(text)).toBe(text);
  });

  it('finds the same wherever a text lies in memory, and whatever surrounds it', () => {
    const piece = fc.oneof(
      fc.constantFrom(...FRAMED.map(([text]) => text), 'bEaReR ', 'beaer', '":"', ' -', '_', '4', 'eyJ', 'AKIA', '://'),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.string({ maxLength: 2 }), (pieces, around) => {
        const text = Buffer.from(pieces.join(''));
        const results = [0, 1, 2, 3].map((offset) => {
          const bytes = Buffer.alloc(text.length + 8, around === '' ? '4' : around);
          text.copy(bytes, offset);
          new Redactor('secrets', KEY).text(bytes, offset, offset + text.length);
          return bytes.toString('latin1', offset, offset + text.length);
        });
        expect(new Set(results).size).toBe(1);
      }),
      { numRuns: propertyRuns(200, 1000) },
    );
  });

  it('never changes the length, breaks a character or throws', () => {
    const part = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...FRAMED.map(([text]) => text.slice(0, 40))));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const bytes = Buffer.from(parts.join(''));
        const { length } = bytes;
        const isValid = !bytes.toString().includes('\ufffd');
        new Redactor('secrets', KEY).text(bytes, 0, length);
        if (isValid) expect(bytes.toString()).not.toContain('\ufffd');
      }),
    );
  });
});

type Json = Record<string, unknown>;
const str = (key: string, stringValue: string) => ({ key, value: { stringValue } });

function stored(
  span: Json,
  more: { redactor?: Redactor; resource?: Json[]; scope?: Json[]; scopeName?: string } = {},
): string {
  const block = new SpanBlock();
  const request = {
    resourceSpans: [
      {
        resource: { attributes: more.resource ?? [] },
        scopeSpans: [
          {
            scope: { name: more.scopeName ?? 's', attributes: more.scope ?? [] },
            spans: [
              { ...IDS, spanId: '1'.repeat(16), name: 'before', attributes: [str('n', 'before stays')] },
              { ...IDS, ...span },
              { ...IDS, spanId: '3'.repeat(16), name: 'after', attributes: [str('n', 'after stays')] },
            ],
          },
        ],
      },
    ],
  };
  const { bytes } = jsonToProtobuf(Buffer.from(JSON.stringify(request)));
  const decoder = new ProtobufDecoder(new SpanWriter(), more.redactor ?? new Redactor('secrets', KEY));
  const decoded = decoder.decode(bytes, { projectId: 'p', receivedAtMs: 1_795_000_000_000 }, block);
  expect(decoded.accepted).toBe(3);
  const text = block.encode().toString('latin1');
  for (const neighbour of ['before stays', 'after stays']) expect(text).toContain(neighbour);
  return text;
}
const IDS = {
  traceId: 'a'.repeat(32),
  spanId: '2'.repeat(16),
  name: 'middle',
  startTimeUnixNano: '1795000000000000000',
  endTimeUnixNano: '1795000001000000000',
};

describe('spans', () => {
  const secret = SECRETS.anthropic as string;
  const nested = {
    kvlistValue: {
      values: [
        { key: 'deep', value: { arrayValue: { values: [{ stringValue: `x ${secret}` }] } } },
        { key: 'password', value: { stringValue: '987654321987' } },
        { key: `k ${secret}`, value: { doubleValue: 0.5 } },
      ],
    },
  };
  const places: [string, Json, { resource?: Json[]; scope?: Json[]; scopeName?: string }][] = [
    ['name', { name: `call ${secret}` }, {}],
    ['status', { status: { code: 2, message: `bad ${secret}` } }, {}],
    ['attribute', { attributes: [str('note', secret)] }, {}],
    ['input', { attributes: [str('input.value', `{"q":"${secret}"}`)] }, {}],
    ['key', { attributes: [str('db.password', secret)] }, {}],
    ['list and map', { attributes: [{ key: 'm', value: nested }] }, {}],
    ['event', { events: [{ name: `e ${secret}`, timeUnixNano: '1', attributes: [str('a', secret)] }] }, {}],
    [
      'exception',
      { events: [{ name: 'exception', attributes: [str('exception.message', `no ${secret}`)] }], status: { code: 2 } },
      {},
    ],
    ['link', { links: [{ traceId: 'b'.repeat(32), spanId: 'c'.repeat(16), attributes: [str('a', secret)] }] }, {}],
    ['resource', {}, { resource: [str('cmd', secret), str('service.name', secret)] }],
    ['scope', {}, { scope: [str('a', secret)] }],
    ['name of the scope', {}, { scopeName: `lib ${secret}` }],
    ['key of an attribute', { attributes: [str(`k ${secret}`, 'v')] }, {}],
    ['long key of an attribute', { attributes: [str(`k ${secret}${'x'.repeat(300)}`, 'v')] }, {}],
    ['key of a resource', {}, { resource: [str(`k.${secret}`, 'v')] }],
    ['trace state', { traceState: `vendor=${secret}` }, {}],
    [
      'trace state of a link',
      { links: [{ traceId: 'b'.repeat(32), spanId: 'c'.repeat(16), traceState: `v=${secret}` }] },
      {},
    ],
  ];
  it.each(places)('masks in the %s', (_place, span, more) => {
    expect(stored(span, { ...more, redactor: new Redactor('off') })).toContain(secret);
    const text = stored(span, more);
    expect(text).not.toContain(secret);
    expect(text).not.toContain('98765432');
    expect(text).toContain('[redacted:');
  });

  it('masks the argument behind an option of a list', () => {
    const words = 'mysql --password hunter2zz9 --secret --verbose1 --name ann-1234'.split(' ');
    const arrayValue = { values: words.map((stringValue) => ({ stringValue })) };
    const text = stored({ attributes: [{ key: 'process.command_args', value: { arrayValue } }] });
    expect(words.filter((word) => !text.includes(word))).toEqual(['hunter2zz9']);
  });

  it('cuts long values to head, note and tail, on whole characters', () => {
    const redactor = new Redactor('secrets', KEY);
    const value = `HEAD${'日'.repeat(40_000)}TAIL`;
    const text = Buffer.from(stored({ attributes: [str('long', value)] }, { redactor }), 'latin1').toString();
    expect(text).toMatch(/HEAD日+…\[telltale: 120008 bytes cut to \d+; sha256 [0-9a-f]{8}\]…日+TAIL/);
    expect(text.length).toBeLessThan(MAX_VALUE_BYTES);
    expect(redactor.stats.truncatedValues).toBe(1);
  });

  it('masks what lies across the cut', () => {
    const at = 48 * 1024 - 20;
    const text = stored({ attributes: [str('long', `${'x '.repeat(at / 2)}${secret} ${'y '.repeat(200_000)}`)] });
    expect(text).not.toContain(secret.slice(0, 18));
  });

  it('notes a large map, cuts a long key, and counts attributes, events and links beyond their bounds', () => {
    const redactor = new Redactor('secrets', KEY);
    const values = Array.from({ length: 12 }, () => ({ stringValue: 'z'.repeat(100_000) }));
    const span = {
      attributes: [
        { key: 'big', value: { arrayValue: { values } } },
        str(`${'k'.repeat(300)}`, 'v'),
        ...Array.from({ length: 300 }, (_, i) => str(`a${i}`, 'v')),
      ],
      events: Array.from({ length: 130 }, (_, i) => ({ name: `event-${i}.` })),
      links: Array.from({ length: 131 }, () => ({ traceId: 'b'.repeat(32), spanId: 'c'.repeat(16) })),
    };
    const text = stored(span, { redactor });
    expect(text).toContain('[telltale: a list or map of 1200120 bytes');
    expect(text).not.toContain('z'.repeat(1000));
    expect(text).toMatch(/k{246}~[0-9a-f]{9}/);
    expect(text).not.toContain('k'.repeat(247));
    expect(text).toContain('event-129.');
    expect(redactor.stats).toMatchObject({ droppedAttributes: 46, droppedEvents: 2, droppedLinks: 3 });
  });
});

it('masks bodies and attributes of log records, and their identity does not depend on the mask', () => {
  const secret = SECRETS.github as string;
  const record = {
    timeUnixNano: '1795000000000000000',
    severityText: secret,
    eventName: `call ${secret}`,
    body: { kvlistValue: { values: [{ key: 'deep', value: { arrayValue: { values: [{ stringValue: secret }] } } }] } },
    attributes: [str('a', secret)],
  };
  const body = Buffer.from(
    JSON.stringify({ resourceLogs: [{ scopeLogs: [{ scope: { name: `lib ${secret}` }, logRecords: [record] }] }] }),
  );
  const ids = [KEY, Buffer.alloc(32, 9)].map((key) => {
    const block = new LogBlock();
    const decoder = new LogsDecoder(undefined, new Redactor('secrets', key));
    decoder.decode(logsJsonToProtobuf(body).bytes, { projectId: 'p', receivedAtMs: 1_795_000_000_000 }, block);
    const text = block.encode().toString('latin1');
    expect(text).not.toContain(secret);
    expect(text).toContain('lib [redacted:github');
    return text.replace(/:[0-9a-f]{4}\]/g, '');
  });
  expect(ids[0]).toBe(ids[1]);
});
