import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Database } from '#storage/database';
import { at, id, insertSpans, NOW_MS, openTestDatabase, SECOND, span } from '../test/support/span-rows.ts';
import { findTraces } from './find-traces.ts';
import { readPageSql } from './read-span-page.ts';
import { readTrace } from './read-trace.ts';
import { ROW_COLUMNS } from './span-columns.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

test('an unknown trace is null', async () => {
  expect(await readTrace(db, 'default', id(999, 32))).toBeNull();
});

test('a trace comes with its spans by start time, whatever order and batch they arrived in', async () => {
  await insertSpans(db, [
    span(1, 3, { parent_span_id: id(1, 16), start_time: at(2 * SECOND), service: 'payments' }),
    span(1, 1, { name: 'root', start_time: at(0), duration_ns: String(3 * SECOND) }),
  ]);
  await insertSpans(db, [span(1, 2, { parent_span_id: id(1, 16), start_time: at(-900 * SECOND) })]);
  const trace = await readTrace(db, 'default', id(1, 32), NOW_MS);
  expect(trace?.spans.map((row) => row.spanId)).toEqual([id(2, 16), id(1, 16), id(3, 16)]);
  expect(trace?.run).toMatchObject({
    name: 'root',
    status: 'ok',
    spanCount: 3,
    startTime: '2026-11-20T11:45:00.000000000Z',
  });
  expect(trace?.truncated).toBe(false);
});

test('the newest copy of a span counts, and it is one span', async () => {
  await insertSpans(db, [span(2, 1, { name: 'draft', received_at: '2026-11-20 12:00:01.000' })]);
  await insertSpans(db, [span(2, 1, { name: 'final', received_at: '2026-11-20 12:00:02.000', service: 'moved' })]);
  const trace = await readTrace(db, 'default', id(2, 32));
  expect(trace?.spans.map((row) => row.name)).toEqual(['final']);
  expect(trace?.spanCount).toBe(1);
});

test('another project does not see the trace', async () => {
  expect(await readTrace(db, 'other', id(1, 32))).toBeNull();
});

test('a trace beyond the limit is cut at its start and still counted exactly', async () => {
  await insertSpans(
    db,
    Array.from({ length: 30 }, (_, i) => span(3, i + 1, { start_time: at(i * SECOND), tokens_in: '1' })),
  );
  const trace = await readTrace(db, 'default', id(3, 32), NOW_MS, null, 10);
  expect(trace?.spans.map((row) => row.spanId)).toEqual(Array.from({ length: 10 }, (_, i) => id(i + 1, 16)));
  expect(trace).toMatchObject({ spanCount: 30, truncated: true, run: { spanCount: 30, tokensIn: 30 } });
});

test('finding a trace reads a few blocks of the table, not all of it', async () => {
  await db.command(
    `INSERT INTO spans (project_id, service, trace_id, span_id, start_time)
     SELECT 'default', concat('s', toString(number % 5)), toFixedString(unhex(hex(MD5(toString(number)))), 16),
       toFixedString(substring(MD5(toString(number)), 1, 8), 8), toDateTime64('2026-11-01 00:00:00', 9, 'UTC') + number * 10
     FROM numbers(200000)`,
  );
  const [row] = await db.query<{ traceId: string }>(
    `SELECT lower(hex(trace_id)) AS traceId FROM spans WHERE service = 's3' ORDER BY start_time LIMIT 1 OFFSET 20000`,
  );
  const traceId = row?.traceId as string;
  const place = (await findTraces(db, 'default', [traceId])).get(traceId);
  const plan = await db.query<{ explain: string }>(`EXPLAIN indexes = 1 ${readPageSql(ROW_COLUMNS)}`, {
    projectId: 'default',
    traceId,
    services: place?.services ?? [],
    buckets: place?.buckets ?? [],
    afterNs: 0,
    afterId: id(0, 16),
    limit: 1000,
  });
  const granules = plan.map((line) => /Granules: (\d+)\/(\d+)/.exec(line.explain)).filter((match) => match !== null);
  const [, read, all] = granules.at(-1) ?? [];
  expect(Number(all)).toBeGreaterThan(90);
  expect(Number(read)).toBeLessThanOrEqual(2);
});
