// Log records from OTLP to the span detail: bytes, rows, reading. A real engine.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SpanDetail } from '#contracts/span';
import { fillFromLogs } from '#domain/run/fill-from-logs';
import type { Database } from '#storage/database';
import { LogBlock } from '#storage/log-block';
import { readSpanLogs, readStrayLogs, readTraceLogs } from '#storage/read-logs';
import { LogsDecoder } from '../collector/decode/decode-logs.ts';
import { logsJsonToProtobuf } from '../collector/decode/json-logs.ts';
import { MalformedError } from '../collector/wire/wire.ts';
import { insertBlock } from './support/insert-block.ts';
import { openTestDatabase } from './support/span-rows.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const BATCH = { projectId: 'p', receivedAtMs: 1_795_000_000_000 };
const DETAILS = 'gen_ai.client.inference.operation.details';

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

const ids = { traceId: TRACE, spanId: SPAN };
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const RECORDS = [
  { ...ids, timeUnixNano: '1795000000000000002', severityNumber: 13, body: { stringValue: 'slow answer' } },
  {
    ...ids,
    observedTimeUnixNano: '1795000000000000001',
    eventName: DETAILS,
    attributes: [text('gen_ai.input.messages', '[{"role":"user"}]')],
  },
  {
    ...ids,
    body: { kvlistValue: { values: [text('content', 'Hi')] } },
    attributes: [text('event.name', 'gen_ai.user.message'), text('__proto__', 'x')],
  },
  { timeUnixNano: '1795000000000000003', body: { stringValue: 'no ids' } },
  { traceId: 'abc', spanId: SPAN, timeUnixNano: '1795000000000000004', body: { stringValue: 'odd id' } },
];
const request = (logRecords: readonly object[], service = 'support') =>
  Buffer.from(
    JSON.stringify({
      resourceLogs: [
        {
          resource: { attributes: [text('service.name', service)] },
          scopeLogs: [{ scope: { name: 's' }, logRecords }],
        },
      ],
    }),
  );

function blockOf(body: Buffer): LogBlock {
  const block = new LogBlock();
  new LogsDecoder().decode(logsJsonToProtobuf(body).bytes, BATCH, block);
  return block;
}

it('keeps every record, and reads those of a span once each, in order of time, though they were sent twice', async () => {
  for (const receivedAtMs of [1_795_000_000_000, 1_795_000_090_000]) {
    const block = new LogBlock();
    const { bytes, rejected } = logsJsonToProtobuf(request(RECORDS));
    expect(rejected).toEqual({});
    expect(new LogsDecoder().decode(bytes, { ...BATCH, receivedAtMs }, block).accepted).toBe(5);
    await insertBlock(db, 'logs', block.encode());
  }
  const { logs, logsTruncated } = await readSpanLogs(db, 'p', TRACE, SPAN);
  expect(logsTruncated).toBe(false);
  expect(logs.map((log) => [log.eventName, log.severityNumber, log.body])).toEqual([
    ['gen_ai.user.message', 0, '{"content":"Hi"}'],
    [DETAILS, 0, ''],
    ['', 13, 'slow answer'],
  ]);
  expect(logs[2]?.time).toMatch(/\.000000002Z$/);
  expect(Object.entries(logs[0]?.attributes ?? {})).toContainEqual(['__proto__', 'x']);
  expect(await readSpanLogs(db, 'other', TRACE, SPAN)).toEqual({ logs: [], logsTruncated: false });
  const [none] = await db.query<{ n: string }>(
    `SELECT count(DISTINCT record_id) AS n FROM logs WHERE trace_id = toFixedString('', 16)`,
  );
  expect(Number(none?.n)).toBe(2);
});

it('shows at most 200 records, and says that there are more', async () => {
  const spanId = '00f067aa0ba902b8';
  const many = Array.from({ length: 201 }, (_, i) => ({
    ...ids,
    spanId,
    timeUnixNano: String(1_795_000_000_000_000_000n + BigInt(i)),
  }));
  await insertBlock(db, 'logs', blockOf(request(many)).encode());
  const { logs, logsTruncated } = await readSpanLogs(db, 'p', TRACE, spanId);
  expect([logs.length, logsTruncated]).toEqual([200, true]);
});

it('reads the records of a run that name no span, and all of them, each once', async () => {
  const traceId = '5bf92f3577b34da6a3ce929d0e0e4736';
  const records = [
    { traceId, timeUnixNano: '1795000000000000003', severityNumber: 9, body: { stringValue: 'of the run' } },
    { traceId, spanId: SPAN, timeUnixNano: '1795000000000000002', body: { stringValue: 'of a span' } },
    {
      traceId,
      timeUnixNano: '1795000000000000001',
      eventName: 'gen_ai.evaluation.result',
      attributes: [
        text('gen_ai.evaluation.name', 'relevance'),
        { key: 'gen_ai.evaluation.score.value', value: { doubleValue: 0.8 } },
        text('gen_ai.evaluation.score.label', 'pass'),
      ],
    },
  ];
  for (let copy = 0; copy < 2; copy++) await insertBlock(db, 'logs', blockOf(request(records)).encode());
  const alone = await readTraceLogs(db, 'p', traceId, true);
  expect(alone.truncated).toBe(false);
  expect(alone.logs.map(({ spanId, body, evaluation }) => [spanId, body, evaluation])).toEqual([
    [null, '', { name: 'relevance', score: 0.8, label: 'pass', explanation: null }],
    [null, 'of the run', null],
  ]);
  const all = await readTraceLogs(db, 'p', traceId);
  expect(all.logs.map(({ spanId }) => spanId)).toEqual([null, SPAN, null]);
  expect(await readTraceLogs(db, 'p', '6'.repeat(32))).toEqual({ logs: [], truncated: false });
});

it('reads the records that name no run, newest first, within times and services', async () => {
  const bodies = async (query: object) => (await readStrayLogs(db, 'p', query)).logs.map(({ body }) => body);
  expect(await bodies({})).toEqual(['odd id', 'no ids']);
  expect(await bodies({ service: ['support'] })).toEqual(['odd id', 'no ids']);
  expect(await bodies({ service: ['other'] })).toEqual([]);
  expect(await bodies({ from: 1_795_000_000_000, to: 1_795_000_000_001 })).toEqual(['odd id', 'no ids']);
  expect(await bodies({ to: 1_795_000_000_000 })).toEqual([]);
  expect(await bodies({ from: 1_795_000_000_001 })).toEqual([]);
});

it('shows at most 500 records of a run, and says that there are more', async () => {
  const traceId = '7bf92f3577b34da6a3ce929d0e0e4736';
  const many = Array.from({ length: 501 }, (_, i) => ({
    traceId,
    timeUnixNano: String(1_795_000_000_000_000_000n + BigInt(i)),
  }));
  await insertBlock(db, 'logs', blockOf(request(many)).encode());
  const { logs, truncated } = await readTraceLogs(db, 'p', traceId);
  expect([logs.length, truncated]).toEqual([500, true]);
});

it('fills an empty input from a GenAI event, and never replaces what the span has', async () => {
  const { logs } = await readSpanLogs(db, 'p', TRACE, SPAN);
  const span = { input: null, output: 'said', inputSource: null, outputSource: 'span', logs } as unknown as SpanDetail;
  expect(fillFromLogs(span)).toMatchObject({
    input: '[{"role":"user"}]',
    inputSource: 'log',
    output: 'said',
    outputSource: 'span',
  });
  const older = fillFromLogs({ ...span, logs: logs.slice(0, 1) });
  expect(older.input).toBe('[{"role":"user","content":"Hi"}]');
});

it('answers foreign bytes with rows or MalformedError, and leaves the block as it was', () => {
  const whole = logsJsonToProtobuf(request(RECORDS)).bytes;
  const block = blockOf(request(RECORDS));
  const decoder = new LogsDecoder();
  const check = (bytes: Buffer) => {
    const before = block.rows;
    try {
      decoder.decode(bytes, BATCH, block);
      block.truncate(before);
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedError);
    }
    expect(block.rows).toBe(before);
    block.encode();
  };
  for (let end = 0; end < whole.length; end++) check(Buffer.from(whole.subarray(0, end)));
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
      const bytes = Buffer.from(whole);
      bytes[at] = byte;
      check(bytes);
    }),
    { numRuns: 300 },
  );
});

it('leaves out a record that JSON spells wrongly, not its neighbours', () => {
  const { bytes, rejected } = logsJsonToProtobuf(request([{ severityNumber: 'high' }, {}]));
  expect(rejected).toEqual({ invalid_field: 1 });
  expect(new LogsDecoder().decode(bytes, BATCH, new LogBlock()).accepted).toBe(1);
  expect(() => logsJsonToProtobuf(Buffer.from('{"resourceLogs":1}'))).toThrow(MalformedError);
});
