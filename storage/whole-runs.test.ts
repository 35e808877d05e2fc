import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { TRACE_MAX_SPANS } from '#contracts/run';
import { TelltaleError } from '#domain/errors';
import { at, id, insertSpans, NOW_MS, openTestDatabase, span } from '../test/support/span-rows.ts';
import type { Database } from './database.ts';
import { readSummarizedRun } from './read-summary.ts';
import { readTrace } from './read-trace.ts';
import { decodeSpanCursor, encodeSpanCursor, FIRST_POSITION } from './span-cursor.ts';
import { createWholeRuns, wholeRunsOf } from './whole-runs.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
let db: Database;
let close: () => Promise<void>;
/** The statements that read whole runs, counted by what they read. */
let asked: string[] = [];
beforeAll(async () => {
  const opened = await openTestDatabase();
  close = opened.close;
  const { db: engine } = opened;
  db = {
    ...engine,
    query: (sql, params, limits) => {
      asked.push(sql);
      return engine.query(sql, params, limits);
    },
    queryTuples: (sql, params, limits) => {
      asked.push(sql);
      return engine.queryTuples(sql, params, limits);
    },
  };
});
afterAll(() => close());

const MILLISECOND = 1_000_000;
const gate = () => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
};

test('two read at once, the others wait in order of asking, and one too many gets a time to retry after', async () => {
  const line = createWholeRuns(2, 2);
  const gates = [gate(), gate(), gate(), gate()];
  const begun: number[] = [];
  const reads = gates.map(({ opened }, i) =>
    line.inLine(async () => {
      begun.push(i);
      await opened;
    }),
  );
  expect(line.counts).toMatchObject({ working: 2, waiting: 2 });
  const refused = await line.inLine(async () => undefined).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(TelltaleError);
  expect(refused).toMatchObject({ code: 'readers_busy', status: 503, retryAfterS: 5 });
  gates[1]?.open();
  await reads[1];
  await vi.waitFor(() => expect(begun).toEqual([0, 1, 2]));
  for (const { open } of gates) open();
  await Promise.all(reads);
  expect(begun).toEqual([0, 1, 2, 3]);
  expect(line.counts).toEqual({ working: 0, waiting: 0, mostWorking: 2 });
});

test('a read that fails gives its place to the next one', async () => {
  const line = createWholeRuns(1, 5);
  const failed = line.inLine(() => Promise.reject(new Error('no answer')));
  const next = line.inLine(async () => 'read');
  await expect(failed).rejects.toThrow('no answer');
  expect(await next).toBe('read');
});

test('the same is read once for all who ask meanwhile, and anew afterwards', async () => {
  const line = createWholeRuns();
  let reads = 0;
  const read = () => line.shared('one trace', async () => ++reads);
  expect(await Promise.all([read(), read(), line.shared('another', async () => 'other'), read()])).toEqual([
    1,
    1,
    'other',
    1,
  ]);
  expect(await read()).toBe(2);
});

const LARGE = 1;
const COUNT = TRACE_MAX_SPANS + 3000;

test('a reply holds at most 20,000 spans, and the rest comes by cursor', async () => {
  await db.command(
    `INSERT INTO spans (project_id, received_at, service, trace_id, span_id, parent_span_id, name, kind, start_time, duration_ns, tokens_in, is_error, error_type)
     SELECT 'default', '2026-11-20 12:00:00.000', 'shop', toFixedString(unhex('${id(LARGE, 32)}'), 16),
       toFixedString(unhex(leftPad(hex(number + 1), 16, '0')), 8),
       if(number = 0, toFixedString('', 8), toFixedString(unhex('${id(1, 16)}'), 8)),
       'step', 'llm', toDateTime64('2026-11-20 12:00:00', 9, 'UTC') + toIntervalMillisecond(intDiv(number, 3)), 100, 1, number % 1000 = 7, if(number % 1000 = 7, 'Timeout', '')
     FROM numbers(${COUNT})`,
  );
  const first = await readTrace(db, 'default', id(LARGE, 32), NOW_MS);
  expect(first).toMatchObject({ spanCount: COUNT, truncated: true, run: { spanCount: COUNT, errorCount: 23 } });
  expect(first?.spans).toHaveLength(TRACE_MAX_SPANS);
  const second = await readTrace(db, 'default', id(LARGE, 32), NOW_MS, first?.nextCursor);
  expect(second).toMatchObject({ spanCount: COUNT, truncated: true, nextCursor: null, run: { errorCount: 23 } });
  expect(second?.spans).toHaveLength(3000);
  expect(new Set([...(first?.spans ?? []), ...(second?.spans ?? [])].map(({ spanId }) => spanId)).size).toBe(COUNT);
});

test('six readers of one large run cost as much as one, two reads at a time', async () => {
  asked = [];
  await readTrace(db, 'default', id(LARGE, 32), NOW_MS);
  const costOfOne = asked.length;
  asked = [];
  const traces = await Promise.all(Array.from({ length: 6 }, () => readTrace(db, 'default', id(LARGE, 32), NOW_MS)));
  expect(new Set(traces).size).toBe(1);
  expect(asked).toHaveLength(costOfOne);
  const pages = traces.map((trace) => trace?.nextCursor);
  await Promise.all([
    ...pages.flatMap((cursor) => [readTrace(db, 'default', id(LARGE, 32), NOW_MS, cursor ?? null)]),
    ...pages.map(() => readSummarizedRun(db, 'default', id(LARGE, 32), NOW_MS)),
  ]);
  expect(wholeRunsOf(db).counts).toMatchObject({ working: 0, waiting: 0 });
  expect(wholeRunsOf(db).counts.mostWorking).toBeLessThanOrEqual(2);
});

test('a walk by cursor gives every span once, in order, also while spans arrive before and behind it', async () => {
  const many = 2;
  const row = (n: number, startMs: number) =>
    span(many, n, { start_time: at(startMs * MILLISECOND), received_at: '2026-11-20 12:00:01.000' });
  // Three begin together: the order within goes by id.
  const rows = Array.from({ length: 40 }, (_, i) => row(i + 1, Math.floor(i / 3) * 10));
  // Another copy of some, and one that the newest copy has moved.
  const copies = [5, 6, 7].map((n) => ({ ...row(n, 500), received_at: '2026-11-20 12:00:00.000' }));
  await insertSpans(db, [...copies, ...rows]);
  const seen: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; ; page++) {
    const trace = await readTrace(db, 'default', id(many, 32), NOW_MS, cursor, 7);
    seen.push(...(trace?.spans ?? []).map(({ spanId }) => spanId));
    cursor = trace?.nextCursor ?? null;
    if (cursor === null) break;
    // One before the place that was reached, one behind it.
    await insertSpans(db, [row(1000 + page, 1), row(2000 + page, 200 + page)]);
  }
  const original = rows.map(({ span_id }) => span_id);
  expect(seen.filter((spanId) => original.includes(spanId))).toEqual(original);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.filter((spanId) => spanId >= id(2000, 16)).length).toBeGreaterThan(0);
  expect(seen.filter((spanId) => spanId >= id(1000, 16) && spanId < id(2000, 16))).toEqual([]);
});

test('a cursor that is not ours is refused in words', () => {
  const spot = { startNs: 1_763_640_000_123_456_789n, spanId: 'ab'.repeat(8) };
  expect(decodeSpanCursor(encodeSpanCursor(spot))).toEqual(spot);
  expect(decodeSpanCursor(encodeSpanCursor(FIRST_POSITION))).toEqual(FIRST_POSITION);
  const wrong = [
    '',
    'x',
    'czEg',
    Buffer.from('s1 1 zz').toString('base64url'),
    Buffer.from(`s1 ${'9'.repeat(19)} ${'a'.repeat(16)}`).toString('base64url'),
  ];
  for (const cursor of wrong) {
    expect(() => decodeSpanCursor(cursor)).toThrow('cursor: not a cursor of a trace');
  }
});
