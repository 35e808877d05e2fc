// Runs are summarized once they have ended and again when late spans change their facts; a downtime misses none.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '#storage/database';
import { readSummarizedRun } from '#storage/read-summary';
import { openStores } from '#storage/stores';
import { readSummaries } from '#storage/summaries';
import { at, id, insertSpans, NOW_MS, openTestDatabase, SECOND, span } from '../../test/support/span-rows.ts';
import { QUIET_MS, type SummarizeReport, summarizeDueRuns } from './summarize-runs.ts';
import { startSummarizer } from './summarizer.ts';

let db: Database;
let close: () => Promise<void>;
let projects = 0;
let projectId = '';
beforeAll(async () => ({ db, close } = await openTestDatabase()));
afterAll(() => close());
beforeEach(() => {
  projectId = `project-${++projects}`;
});

const runPass = (
  nowMs: number,
  over: Partial<Parameters<typeof summarizeDueRuns>[0]> = {},
  from: SummarizeReport['goOnAfter'] = null,
): Promise<SummarizeReport> =>
  summarizeDueRuns(
    { db, projectId, ...openStores(over.db ?? db, projectId), isStopping: () => false, ...over },
    nowMs,
    from,
  );
/** A span that arrived `afterMs` after noon. */
const arrived = (trace: number, number: number, afterMs: number, over: Record<string, unknown> = {}) =>
  span(trace, number, { project_id: projectId, received_at: at(afterMs * 1e6).slice(0, 23), agent: 'desk', ...over });
const child = { parent_span_id: id(1, 16) };
const stored = async (trace: number) => (await readSummaries(db, projectId, [id(trace, 32)])).get(id(trace, 32));
const rows = async () =>
  Number(
    (
      await db.query<{ n: string }>('SELECT count() AS n FROM summaries WHERE project_id = {p:String}', {
        p: projectId,
      })
    )[0]?.n,
  );

test('a run that has ended is summarized in the next pass and then left alone; one that runs is not', async () => {
  await insertSpans(db, [arrived(1, 1, 0), arrived(2, 2, 0, child)]);
  expect(await runPass(NOW_MS + 1000)).toEqual({ summarized: 1, open: 1, setAside: 0, goOnAfter: null });
  expect(await stored(1)).toMatchObject({
    spanCount: 1,
    coversMs: NOW_MS,
    summary: { kind: 'template', outcome: 'ok', headline: 'desk finished in 1 ms', model: null, verdict: null },
  });
  expect(await stored(2)).toBeUndefined();
  expect(await runPass(NOW_MS + 2000)).toMatchObject({ summarized: 0 });
  expect(await rows()).toBe(1);
  const read = await readSummarizedRun(db, projectId, id(1, 32), NOW_MS + 3000);
  expect(read?.summary).toEqual((await stored(1))?.summary);
});

test('late spans change the facts: summarized again once, after two quiet minutes, and at once where it is read', async () => {
  await insertSpans(db, [arrived(1, 1, 0)]);
  await runPass(NOW_MS + 1000);
  const failed = { ...child, is_error: 1, error_type: 'Timeout', kind: 'tool', tool_name: 'pay' };
  await insertSpans(db, [arrived(1, 2, 5000, failed)]);
  expect(await runPass(NOW_MS + 6000)).toMatchObject({ summarized: 0 });
  const read = await readSummarizedRun(db, projectId, id(1, 32), NOW_MS + 6000);
  expect(read?.summary).toMatchObject({ outcome: 'recovered', writtenAt: null });
  await insertSpans(db, [arrived(1, 3, 90_000, child)]);
  expect(await runPass(NOW_MS + 5000 + QUIET_MS)).toMatchObject({ summarized: 0 });
  expect(await runPass(NOW_MS + 90_000 + QUIET_MS)).toMatchObject({ summarized: 1 });
  expect(await stored(1)).toMatchObject({ spanCount: 3, summary: { outcome: 'recovered' } });
  expect(await runPass(NOW_MS + 91_000 + QUIET_MS)).toMatchObject({ summarized: 0 });
});

test('a batch that is sent again changes no facts and is not summarized for ever', async () => {
  await insertSpans(db, [arrived(1, 1, 0)]);
  await runPass(NOW_MS + 1000);
  await insertSpans(db, [arrived(1, 1, 30_000)]);
  const later = NOW_MS + 30_000 + QUIET_MS;
  expect(await runPass(later)).toMatchObject({ summarized: 1 });
  expect(await runPass(later + 1000)).toMatchObject({ summarized: 0 });
  await db.command('OPTIMIZE TABLE summaries FINAL');
  expect(
    await db.query('SELECT uniqExact(facts_hash) AS n FROM summaries WHERE project_id = {p:String}', { p: projectId }),
  ).toEqual([{ n: '1' }]);
});

test('a downtime is caught up in bounded steps, also when it is stopped in between', async () => {
  const runs = Array.from({ length: 45 }, (_, i) => arrived(i + 1, 1, i * 1000, { trace_id: id(i + 1, 32) }));
  await insertSpans(db, runs);
  const nowMs = NOW_MS + 3_600_000;
  let steps = 0;
  const first = await runPass(nowMs, { runsAStep: 10, isStopping: () => ++steps === 2 });
  expect(first).toEqual({ summarized: 20, open: 0, setAside: 0, goOnAfter: null });
  expect(await runPass(nowMs, { runsAStep: 10, runsAList: 15 })).toEqual({
    summarized: 25,
    open: 0,
    setAside: 0,
    goOnAfter: null,
  });
  expect(await rows()).toBe(45);
});

test('between the steps of a long list it leaves the machine to others, three times as long as a step took', async () => {
  await insertSpans(
    db,
    Array.from({ length: 25 }, (_, i) => arrived(i + 1, 1, 0, { trace_id: id(i + 1, 32) })),
  );
  let nowMs = 0;
  const rests: number[] = [];
  const rest = async (ms: number) => void rests.push(ms);
  // The clock is read at the start of a pass, and before and after each step: a step takes 100 ms by it.
  const clockMs = () => (nowMs += 100);
  expect(await runPass(NOW_MS + 1000, { runsAStep: 10, rest, clockMs })).toMatchObject({ summarized: 25 });
  expect(rests).toEqual([300, 300]);
});

test('runs that grow while a list is summarized do not keep it from those after them, however slow it is', async () => {
  const open = Array.from({ length: 12 }, (_, i) => arrived(i + 1, 2, 0, child));
  await insertSpans(db, [...open, arrived(99, 1, 1000)]);
  let nowMs = 0;
  const slow = { runsAStep: 2, runsAList: 6, rest: async () => {}, clockMs: () => (nowMs += 20_000) };
  const first = await runPass(NOW_MS + 2000, slow);
  expect(first).toMatchObject({ summarized: 0, open: 6, goOnAfter: { lastMs: NOW_MS } });
  const second = await runPass(NOW_MS + 2000, slow, first.goOnAfter);
  const third = await runPass(NOW_MS + 2000, slow, second.goOnAfter);
  expect(third).toEqual({ summarized: 1, open: 0, setAside: 0, goOnAfter: null });
});

test('more runs that go on than fit a step do not hide those behind them', async () => {
  const open = Array.from({ length: 12 }, (_, i) => arrived(i + 1, 2, 0, child));
  await insertSpans(db, [...open, arrived(99, 1, 1000)]);
  expect(await runPass(NOW_MS + 2000, { runsAStep: 5 })).toEqual({
    summarized: 1,
    open: 12,
    setAside: 0,
    goOnAfter: null,
  });
});

test('spans that waited ten minutes in a spool are summarized all the same', async () => {
  await runPass(NOW_MS + 600_000);
  await insertSpans(db, [arrived(1, 1, 0)]);
  expect(await runPass(NOW_MS + 601_000)).toMatchObject({ summarized: 1 });
});

test('a run without a root at this process is summarized once it has been silent', async () => {
  await insertSpans(db, [arrived(1, 2, 0, { ...child, otel_kind: 2 })]);
  expect(await runPass(NOW_MS + 1000)).toMatchObject({ summarized: 0, open: 1 });
  expect(await runPass(NOW_MS + 301_000)).toMatchObject({ summarized: 1 });
});

test('two concurrent passes are one, a failed one is made good by the next, and none begins after the stop', async () => {
  await insertSpans(db, [arrived(1, 1, 0, { duration_ns: String(SECOND) })]);
  let isBroken = true;
  const flaky: Database = {
    ...db,
    query: (...args) => (isBroken ? Promise.reject(new Error('gone')) : db.query(...args)),
  };
  const said: unknown[] = [];
  const log = { debug: () => {}, error: (...args: unknown[]) => void said.push(args) };
  const summarizer = startSummarizer({
    db: flaky,
    projectId,
    ...openStores(flaky, projectId),
    log,
    now: () => NOW_MS + 2000,
    wake: () => () => {},
  });
  expect(await summarizer.runPass()).toBeNull();
  expect(said).toHaveLength(1);
  isBroken = false;
  const [one, other] = await Promise.all([summarizer.runPass(), summarizer.runPass()]);
  expect(one).toMatchObject({ summarized: 1 });
  expect(other).toBe(one);
  await summarizer.stop();
  expect(await summarizer.runPass()).toBeNull();
});
