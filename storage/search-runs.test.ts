import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Run } from '#contracts/run';
import type { Database } from '#storage/database';
import { readAllPages, runQuery } from '../test/support/run-pages.ts';
import {
  at,
  HOUR,
  id,
  insertSpans,
  NOW_MS,
  openTestDatabase,
  SECOND,
  span,
  type TestSpan,
} from '../test/support/span-rows.ts';
import { searchRuns } from './search-runs.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());
let project = 0;
let projectId = '';
beforeEach(() => {
  projectId = `p${++project}`;
});

const insert = (rows: readonly TestSpan[]) =>
  insertSpans(
    db,
    rows.map((row) => ({ ...row, project_id: projectId })),
  );
const search = (over: Record<string, unknown> = {}) => searchRuns(db, projectId, runQuery(over), NOW_MS);
const numbers = (runs: readonly Run[]) => runs.map((run) => Number.parseInt(run.traceId, 16));

const allPages = (over: Record<string, unknown>, limit: number) => readAllPages(db, projectId, over, limit);

test('an empty store answers an empty page', async () => {
  expect(await search()).toEqual({ runs: [], nextCursor: null });
});

test('runs come newest first, and equal starts by trace id', async () => {
  await insert([
    span(1, 1),
    span(2, 2, { start_time: at(SECOND) }),
    span(3, 3),
    span(4, 4, { start_time: at(-5 * HOUR) }),
  ]);
  expect(numbers((await search()).runs)).toEqual([2, 3, 1, 4]);
  expect(numbers(await allPages({}, 1))).toEqual([2, 3, 1, 4]);
});

test('a run that lasts for days stands at its true start, with the facts of all its spans', async () => {
  await insert([
    span(1, 1, { name: 'long', start_time: at(-50 * HOUR), duration_ns: String(50 * HOUR) }),
    span(1, 2, { parent_span_id: id(1, 16), start_time: at(-1 * SECOND), is_error: 1, error_type: 'Late' }),
    span(2, 1, { start_time: at(-1 * HOUR) }),
    span(3, 1, { start_time: at(-60 * HOUR) }),
  ]);
  const { runs } = await search();
  expect(numbers(runs)).toEqual([2, 1, 3]);
  expect(runs[1]).toMatchObject({ name: 'long', spanCount: 2, errorCount: 1, durationMs: (50 * HOUR) / 1e6 });
  expect(numbers((await search({ errorType: 'Late' })).runs)).toEqual([1]);
  expect(numbers((await search({ from: NOW_MS - 3_600_000 })).runs)).toEqual([2]);
});

test('a run dated in the future by a wrong clock is listed, paged past and filtered out by `to`', async () => {
  await insert([
    span(1, 1, { start_time: '2093-01-01 00:00:00.000000000' }),
    span(2, 1),
    span(3, 1, { start_time: at(-HOUR) }),
  ]);
  expect(numbers(await allPages({}, 1))).toEqual([1, 2, 3]);
  expect(numbers((await search({ to: NOW_MS + 1 })).runs)).toEqual([2, 3]);
});

test('a time range includes its start and excludes its end', async () => {
  await insert([span(1, 1), span(2, 1, { start_time: at(1_000_000) }), span(3, 1, { start_time: at(-1) })]);
  expect(numbers((await search({ from: NOW_MS, to: NOW_MS + 1 })).runs)).toEqual([1]);
});

test('filters ask whether any span of the run has one of the values', async () => {
  await insert([
    span(1, 1, { agent: 'refund-desk', session_id: 's-1', user_id: 'u-1', duration_ns: String(9 * SECOND) }),
    span(1, 2, {
      parent_span_id: id(1, 16),
      model: 'model-a',
      kind: 'decision',
      decision_confidence: 0.4,
      cost_usd: 0.02,
    }),
    span(2, 1, { agent: 'triage', is_error: 1, error_type: 'Timeout', service: 'bot' }),
  ]);
  const found = async (over: Record<string, unknown>) => numbers((await search(over)).runs);
  expect(await found({ agent: 'refund-desk' })).toEqual([1]);
  expect(await found({ agent: ['refund-desk', 'triage'] })).toEqual([2, 1]);
  expect(await found({ agent: 'nobody' })).toEqual([]);
  expect(await found({ service: 'bot' })).toEqual([2]);
  expect(await found({ sessionId: 's-1' })).toEqual([1]);
  expect(await found({ userId: 'u-1' })).toEqual([1]);
  expect(await found({ model: 'model-a' })).toEqual([1]);
  expect(await found({ errorType: 'Timeout' })).toEqual([2]);
  expect(await found({ status: 'error' })).toEqual([2]);
  expect(await found({ status: ['ok', 'error'] })).toEqual([2, 1]);
  expect(await found({ maxConfidence: 0.4 })).toEqual([1]);
  expect(await found({ maxConfidence: 0.39 })).toEqual([]);
  expect(await found({ minCostUsd: 0.02 })).toEqual([1]);
  expect(await found({ minCostUsd: 0.03 })).toEqual([]);
  expect(await found({ minCostUsd: 0 })).toEqual([1]);
  expect(await found({ minDurationMs: 9000 })).toEqual([1]);
  expect(await found({ minDurationMs: 9000.5 })).toEqual([]);
  expect(await found({ agent: 'refund-desk', status: 'error' })).toEqual([]);
});

test('a run without its root is running while spans arrive and stalled after five silent minutes', async () => {
  const child = { parent_span_id: id(77, 16) };
  await insert([
    span(1, 1, { ...child, received_at: at(-10 * SECOND).slice(0, 23) }),
    span(2, 1, { ...child, received_at: at(-301 * SECOND).slice(0, 23) }),
    span(3, 1, { ...child, received_at: at(-301 * SECOND).slice(0, 23), otel_kind: 2, is_error: 1 }),
  ]);
  expect((await search()).runs.map((run) => run.status)).toEqual(['error', 'stalled', 'running']);
  expect(numbers((await search({ status: 'running' })).runs)).toEqual([1]);
  expect(numbers((await search({ status: 'stalled' })).runs)).toEqual([2]);
  expect(numbers((await search({ status: 'error' })).runs)).toEqual([3]);
});

test('a failed step in a run that ended well is not a failed run', async () => {
  await insert([span(1, 1), span(1, 2, { parent_span_id: id(1, 16), is_error: 1, error_type: 'Flaky' })]);
  expect(await search({ status: 'error' })).toEqual({ runs: [], nextCursor: null });
  expect(numbers((await search({ status: 'ok', errorType: 'Flaky' })).runs)).toEqual([1]);
});

test('text is found in any script, whatever the case, and its characters mean nothing special', async () => {
  await insert([
    span(1, 1, { name: 'Plan', input: 'Возврат ЗАКАЗА 100%', output: '返金を確認しました' }),
    span(2, 1, { error_message: 'السعر غير صحيح', is_error: 1, decision_name: "O'Brien\\", decision_choice: 'É_cole' }),
    span(3, 0xabcdef, { session_id: 'S-77' }),
  ]);
  const found = async (q: string) => numbers((await search({ q })).runs);
  expect(await found('заказа')).toEqual([1]);
  expect(await found('plan')).toEqual([1]);
  expect(await found('返金を')).toEqual([1]);
  expect(await found('غير')).toEqual([2]);
  expect(await found('é_COLE')).toEqual([2]);
  expect(await found("o'brien\\")).toEqual([2]);
  expect(await found('100%')).toEqual([1]);
  expect(await found('%')).toEqual([1]);
  expect(await found('_')).toEqual([2]);
  expect(await found('1.0%')).toEqual([]);
  expect(await found('S-77')).toEqual([3]);
  expect(await found('S-7')).toEqual([]);
  expect(await found(id(2, 32))).toEqual([2]);
  expect(await found(id(0xabcdef, 16).toUpperCase())).toEqual([3]);
});

test('attributes match by key and value, all of them, on any span, also when the value is an input', async () => {
  await insert([
    span(1, 1, { attributes: { 'shop.region': 'eu', 'a=b': 'c=d' }, attribute_types: 'ss' }),
    span(1, 2, { attributes: { 'input.value': '', note: '' }, attribute_types: 'Is', input: 'hello' }),
    span(2, 1, { attributes: { 'shop.region': 'us' }, attribute_types: 's' }),
  ]);
  const found = async (...attr: string[]) => numbers((await search({ attr })).runs);
  // An empty attribute beside an input is not that input, and an input is not an empty attribute.
  expect(await found('note=hello')).toEqual([]);
  expect(await found('note=')).toEqual([1]);
  expect(await found('input.value=')).toEqual([]);
  expect(await found('shop.region=eu')).toEqual([1]);
  expect(await found('shop.region=EU')).toEqual([]);
  expect(await found('shop.region=eu', 'note=')).toEqual([1]);
  expect(await found('shop.region=us', 'note=')).toEqual([]);
  expect(await found('input.value=hello')).toEqual([1]);
  expect(await found('missing=')).toEqual([]);
});

test('a search that looks through too many runs for too long is given up, to be asked for less', async () => {
  await insert([span(1, 1)]);
  const search = searchRuns(db, projectId, runQuery(), NOW_MS, -1);
  await expect(search).rejects.toMatchObject({ name: 'StorageError', retryable: true, engineCode: 159 });
});

test('a run that costs enough is found among many that failed on the way and many that cost less', async () => {
  const many = Array.from({ length: 1200 }, (_, i) => [
    span(10 + i, 1, { start_time: at(i), cost_usd: 0.001 }),
    span(10 + i, 2, { start_time: at(i), parent_span_id: id(1, 16), is_error: 1 }),
  ]).flat();
  await insert([...many, span(1, 1, { start_time: at(-SECOND), is_error: 1, cost_usd: 0.1 + 0.2 })]);
  expect(numbers((await search({ status: 'error' })).runs)).toEqual([1]);
  expect(numbers((await search({ minCostUsd: 0.3 })).runs)).toEqual([1]);
  expect(numbers((await search({ minCostUsd: 0.4 })).runs)).toEqual([]);
});

test('a cursor that is not ours is a bad request, not a failure', async () => {
  for (const cursor of ['x', `99999999999999999999-${id(1, 32)}`, `1-${id(1, 16)}`, "1'--"]) {
    await expect(search({ cursor })).rejects.toMatchObject({ code: 'bad_request' });
  }
});

test('more long runs than one batch of candidates do not hide the runs behind them', async () => {
  const long = Array.from({ length: 600 }, (_, i) => [
    span(1000 + i, 1, { start_time: at(-30 * HOUR - i) }),
    span(1000 + i, 2, { parent_span_id: id(1, 16), start_time: at(-i) }),
  ]).flat();
  await insert([...long, span(1, 1, { start_time: at(-2 * SECOND) })]);
  const { runs } = await search({ limit: 3 });
  expect(numbers(runs)).toEqual([1, 1000, 1001]);
});
