// Records of open steps, from bytes to rows: distinguished from other records, bounded, and never a reason to fail.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '#storage/database';
import { LogBlock } from '#storage/log-block';
import { OpenStepBlock } from '#storage/open-step-block';
import { readOpenSteps } from '#storage/read-open-steps';
import { insertBlock } from '../../test/support/insert-block.ts';
import { openTestDatabase } from '../../test/support/span-rows.ts';
import { propertyRuns } from '../../test/support/tier.ts';
import { LogsDecoder } from '../decode/decode-logs.ts';
import { logsJsonToProtobuf } from '../decode/json-logs.ts';
import { MalformedError } from '../wire/wire.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const NOW = 1_795_000_000_000;

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

type Values = Record<string, string | number | boolean>;
const anyValue = (value: string | number | boolean) =>
  typeof value === 'string'
    ? { stringValue: value }
    : typeof value === 'number'
      ? { doubleValue: value }
      : { boolValue: value };

function record(spanId: string, attributes: Values = {}, more: object = {}): object {
  return {
    traceId: TRACE,
    spanId,
    timeUnixNano: '1794999999000000000',
    eventName: 'telltale.step.open',
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) })),
    ...more,
  };
}

const request = (logRecords: readonly object[]): Buffer =>
  logsJsonToProtobuf(Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }))).bytes;

function decode(records: readonly object[], receivedAtMs = NOW): { logs: LogBlock; steps: OpenStepBlock } {
  const [logs, steps] = [new LogBlock(), new OpenStepBlock()];
  new LogsDecoder().decode(request(records), { projectId: 'p', receivedAtMs }, logs, steps);
  return { logs, steps };
}

it('the newest word of a step counts, and says until when its process is taken for alive', async () => {
  const first = decode([
    record('00f067aa0ba902b7', {
      'telltale.open.name': 'root',
      'telltale.open.first': true,
      'telltale.open.interval': 10,
    }),
    record('00f067aa0ba902b8', {
      'telltale.open.name': 'ask',
      'telltale.step.kind': 'tool',
      'telltale.open.parent_span_id': '00f067aa0ba902b7',
      'telltale.waiting.for': 'Ada',
      'telltale.open.interval': 10,
      'session.id': 's-1',
    }),
  ]);
  expect([first.logs.rows, first.steps.rows]).toEqual([0, 2]);
  await insertBlock(db, 'open_steps', first.steps.encode());
  const again = record('00f067aa0ba902b8', { 'telltale.open.name': 'ask', 'telltale.open.interval': 1 });
  await insertBlock(db, 'open_steps', decode([again], NOW + 5_000).steps.encode());
  const at = async (nowMs: number) => (await readOpenSteps(db, 'p', [TRACE], nowMs)).get(TRACE);
  expect(await at(NOW + 6_000)).toMatchObject([
    { name: 'root', parentSpanId: null, state: 'running', startTime: '2026-11-18T11:06:39.000000000Z' },
    { name: 'ask', state: 'running', waitingFor: null, lastSeenAt: '2026-11-18T11:06:45.000000000Z' },
  ]);
  expect((await at(NOW + 9_000))?.map(({ state }) => state)).toEqual(['running', 'stalled']);
  expect((await at(NOW + 40_000))?.map(({ state }) => state)).toEqual(['stalled', 'stalled']);
  expect(await readOpenSteps(db, 'other', [TRACE], NOW)).toEqual(new Map());
  const [run] = await db.query<{ n: string }>(`SELECT count() AS n FROM runs WHERE project_id = 'p'`);
  expect(Number(run?.n)).toBe(1);
});

it('a record that names no step, or another event, is a log record like others', () => {
  const { logs, steps } = decode([
    record('', {}),
    record('0000000000000000'),
    record('00f067aa0ba902b7', {}, { traceId: 'abc' }),
    record('00f067aa0ba902b7', {}, { eventName: 'telltale.step.opened' }),
  ]);
  expect([logs.rows, steps.rows]).toEqual([4, 0]);
  const whole = new LogBlock();
  new LogsDecoder().decode(request([record('00f067aa0ba902b7')]), { projectId: 'p', receivedAtMs: NOW }, whole);
  expect(whole.rows).toBe(1);
});

it('takes any values, and its rows are always storable', async () => {
  const value = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constantFrom('Infinity', '-1', '1e99', '\ud800'));
  const keys = ['telltale.open.name', 'telltale.open.interval', 'telltale.open.parent_span_id', 'telltale.open.first'];
  const attributes = fc.dictionary(fc.constantFrom(...keys, 'telltale.step.kind', 'telltale.waiting.for', 'x'), value);
  const steps = new OpenStepBlock();
  fc.assert(
    fc.property(attributes, fc.bigInt(0n, 2n ** 64n - 1n), (values, time) => {
      const finite = Object.entries(values).filter(([, one]) => typeof one !== 'number' || Number.isFinite(one));
      const body = record('00f067aa0ba902b9', Object.fromEntries(finite), { timeUnixNano: String(time) });
      new LogsDecoder().decode(request([body]), { projectId: 'q', receivedAtMs: NOW }, new LogBlock(), steps);
    }),
    { numRuns: propertyRuns(80, 500) },
  );
  await insertBlock(db, 'open_steps', steps.encode());
  expect((await readOpenSteps(db, 'q', [TRACE], NOW)).get(TRACE)).toHaveLength(1);
});

it('leaves both blocks as they were when the bytes are cut or changed', () => {
  const bytes = request([record('00f067aa0ba902b7', { 'telltale.open.name': 'a' }), { body: { stringValue: 'line' } }]);
  const [logs, steps] = [new LogBlock(), new OpenStepBlock()];
  const decoder = new LogsDecoder();
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), (at, byte, isCut) => {
      const broken = Buffer.from(isCut ? bytes.subarray(0, at) : bytes);
      if (!isCut) broken[at] = byte;
      const before = [logs.rows, steps.rows];
      try {
        decoder.decode(broken, { projectId: 'p', receivedAtMs: NOW }, logs, steps);
        logs.truncate(before[0] as number);
        steps.truncate(before[1] as number);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedError);
      }
      expect([logs.rows, steps.rows]).toEqual(before);
      logs.encode();
      steps.encode();
    }),
    { numRuns: propertyRuns(150, 1000) },
  );
});
