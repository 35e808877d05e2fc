// Cost and fingerprint as they are stored, of spans sent over HTTP.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OtlpServer, openOtlpServer, span } from '../../test/support/otlp-server.ts';

let otlp: OtlpServer;
beforeAll(async () => {
  otlp = await openOtlpServer();
});
afterAll(() => otlp.close());

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const int = (key: string, intValue: number) => ({ key, value: { intValue } });
const call = (...more: object[]) => [
  text('gen_ai.provider.name', 'openai'),
  int('gen_ai.usage.input_tokens', 1_000_000),
  int('gen_ai.usage.output_tokens', 1_000_000),
  ...more,
];
const chat = text('gen_ai.operation.name', 'chat');
const known = text('gen_ai.request.model', 'gpt-4o-2024-08-06');
const failed = (spanId: string, message: string, stack: string, attributes: object[] = []) =>
  span({
    spanId,
    name: 'lookup',
    status: { code: 2 },
    attributes,
    events: [
      {
        name: 'exception',
        timeUnixNano: '1',
        attributes: [
          text('exception.type', 'E'),
          text('exception.message', message),
          text('exception.stacktrace', stack),
        ],
      },
    ],
  });

it('gives a price to the calls that report none, and to nothing else', async () => {
  const cases: [string, object[], number | null][] = [
    ['a000000000000001', call(chat, known), 12.5],
    ['a000000000000002', call(chat, known, { key: 'gen_ai.usage.cost', value: { doubleValue: 0.25 } }), 0.25],
    ['a000000000000003', call(chat, known, { key: 'gen_ai.usage.cost', value: { doubleValue: 0 } }), 12.5],
    ['a000000000000004', call(chat, text('gen_ai.request.model', 'nobody-knows-it')), null],
    ['a000000000000005', call(text('gen_ai.operation.name', 'invoke_agent'), known), null],
  ];
  const reply = await otlp.postJson(...cases.map(([spanId, attributes]) => span({ spanId, attributes })));
  expect(reply.status).toBe(200);
  expect(await otlp.stored()).toBe(cases.length);
  const rows = await otlp.db.query(
    "SELECT lower(hex(span_id)) AS id, cost_usd AS cost FROM spans WHERE startsWith(lower(hex(span_id)), 'a') ORDER BY id",
  );
  expect(rows).toEqual(cases.map(([id, , cost]) => ({ id, cost })));
});

it('distinguishes errors by message and stack, and takes error.fingerprint as it is given', async () => {
  const before = await otlp.stored();
  const given = [text('error.fingerprint', 'mine')];
  const reply = await otlp.postJson(
    failed('b000000000000001', 'order 1 failed', 'Error: x\n    at pay (/a/x.ts:1:2)'),
    failed('b000000000000002', 'order 2 failed', 'Error: x\n    at pay (/b/x.ts:9:9)'),
    failed('b000000000000003', 'order 3 failed', 'Error: x\n    at ship (/a/x.ts:1:2)'),
    failed('b000000000000004', 'order 4 failed', '', given),
    failed('b000000000000005', 'something else', '', given),
  );
  expect(reply.status).toBe(200);
  expect(await otlp.stored()).toBe(before + 5);
  const rows = await otlp.db.query<{ print: string; version: number }>(
    "SELECT fingerprint AS print, fingerprint_version AS version FROM spans WHERE startsWith(lower(hex(span_id)), 'b') ORDER BY span_id",
  );
  const [one, two, three, four, five] = rows.map(({ print }) => print);
  expect(rows.map(({ version }) => version)).toEqual([2, 2, 2, 2, 2]);
  expect(two).toBe(one);
  expect(five).toBe(four);
  expect(new Set([one, three, four]).size).toBe(3);
});
