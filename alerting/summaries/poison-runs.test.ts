// One run that cannot be summarized stops no other: it is set aside, tried again, and closed when it works.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '#storage/database';
import { redoSummary } from '#storage/read-summary';
import { countOpenSetAside, readOpenSetAside, readSetAside } from '#storage/set-aside';
import { openStores } from '#storage/stores';
import { readSummaries } from '#storage/summaries';
import { at, id, insertSpans, NOW_MS, openTestDatabase, span } from '../../test/support/span-rows.ts';
import { IS_FULL_TIER } from '../../test/support/tier.ts';
import { type SummarizerDeps, startSummarizer } from './summarizer.ts';

const MINUTE = 60_000;
let db: Database;
let close: () => Promise<void>;
let projects = 0;
let projectId = '';
/** Trace ids of which no span is readable, as if storage refused the statement. */
let bad = new Set<string>();
let isDown = false;
let nowMs = NOW_MS;
let said: string[] = [];
beforeAll(async () => ({ db, close } = await openTestDatabase()));
afterAll(() => close());
beforeEach(() => {
  projectId = `project-${++projects}`;
  bad = new Set();
  isDown = false;
  nowMs = NOW_MS + 2000;
  said = [];
});

/** Refuses reads of spans that name a bad run; while it is down, everything. */
function refusing(): Database {
  const refuse = (sql: string, params: unknown) => {
    if (isDown) throw new Error('socket hang up');
    if (/FROM spans\b/.test(sql) && [...bad].some((traceId) => JSON.stringify(params).includes(traceId)))
      throw new Error('Cannot read sk-abcdefghijklmnopqrstuvwxyz0123456789');
  };
  return {
    ...db,
    query: async (sql, params, limits) => {
      refuse(sql, params);
      return db.query(sql, params, limits);
    },
    queryTuples: async (sql, params, limits) => {
      refuse(sql, params);
      return db.queryTuples(sql, params, limits);
    },
  };
}
const started = (over: Partial<SummarizerDeps> = {}, db = refusing()) =>
  startSummarizer({
    db,
    projectId,
    ...openStores(db, projectId),
    log: { debug: () => {}, error: (...args: unknown[]) => void said.push(JSON.stringify(args)) },
    now: () => nowMs,
    wake: () => () => {},
    ...over,
  });
const runs = (count: number, first = 1, receivedMs = 0) =>
  Array.from({ length: count }, (_, i) =>
    span(first + i, 1, { project_id: projectId, received_at: at(receivedMs * 1e6).slice(0, 23), agent: 'desk' }),
  );
const summarized = async (traces: readonly number[]) => {
  const found = await readSummaries(
    db,
    projectId,
    traces.map((trace) => id(trace, 32)),
  );
  return traces.filter((trace) => found.has(id(trace, 32)));
};
const range = (count: number, first = 1) => Array.from({ length: count }, (_, i) => first + i);
const period = { fromMs: 0, toMs: NOW_MS + 1000 * MINUTE };

test('the others of its batch are summarized, it is set aside with its reason, and what comes after goes on', async () => {
  await insertSpans(db, runs(60));
  bad = new Set([id(7, 32), id(31, 32)]);
  const summarizer = started();
  expect(await summarizer.runPass()).toMatchObject({ summarized: 58, setAside: 2, goOnAfter: null });
  expect(await summarized(range(60))).toEqual(range(60).filter((trace) => trace !== 7 && trace !== 31));
  const { items, open } = await readSetAside(db, projectId, period);
  expect(open).toBe(2);
  expect(items[0]).toMatchObject({ queue: 'summaries', item: id(7, 32), tries: 1, isOpen: true });
  expect(items[0]?.reason).toContain('Cannot read [redacted]');
  expect(summarizer.health()).toMatchObject({ lagSeconds: 0, setAside: 2, isStuck: false, lastError: null });

  // A restart knows what was set aside, and does not try it before its time.
  await insertSpans(db, runs(5, 100, 30_000));
  nowMs += 40_000;
  await summarizer.stop();
  const again = started();
  expect(await again.runPass()).toMatchObject({ summarized: 5, setAside: 2 });
  expect((await readOpenSetAside(db, projectId, 'summaries')).get(id(7, 32))?.tries).toBe(1);
  await again.stop();
});

test('it is tried again after growing pauses and closed when it works; the last time it waits for someone to ask', async () => {
  await insertSpans(db, runs(10));
  bad = new Set([id(3, 32), id(4, 32)]);
  const summarizer = started();
  await summarizer.runPass();
  nowMs += MINUTE;
  await summarizer.runPass();
  expect((await readOpenSetAside(db, projectId, 'summaries')).get(id(3, 32))?.tries).toBe(2);
  bad = new Set([id(4, 32)]);
  nowMs += 5 * MINUTE;
  expect(await summarizer.runPass()).toMatchObject({ summarized: 1, setAside: 1 });
  expect(await summarized([3, 4])).toEqual([3]);

  for (const pause of [30, 120, 720, 10_000]) {
    nowMs += pause * MINUTE;
    await summarizer.runPass();
  }
  const given = (await readOpenSetAside(db, projectId, 'summaries')).get(id(4, 32));
  expect(given).toMatchObject({ tries: 6, retryAtMs: null });
  await expect(redoSummary(refusing(), projectId, id(4, 32), nowMs)).rejects.toThrow('Cannot read');
  bad = new Set();
  await redoSummary(refusing(), projectId, id(4, 32), nowMs);
  expect(await countOpenSetAside(db, projectId)).toEqual(new Map());
  await summarizer.stop();
});

test('storage that does not answer sets no run aside; the lag and the error are shown until it does', async () => {
  await insertSpans(db, runs(3));
  const summarizer = started();
  isDown = true;
  expect(await summarizer.runPass()).toBeNull();
  nowMs += 3 * MINUTE;
  expect(await summarizer.runPass()).toBeNull();
  expect(summarizer.health()).toMatchObject({ lastError: 'socket hang up', setAside: 0, isStuck: true });
  expect(summarizer.health().lagSeconds).toBeGreaterThanOrEqual(180);
  isDown = false;
  expect(await summarizer.runPass()).toMatchObject({ summarized: 3 });
  expect(summarizer.health()).toMatchObject({ lastError: null, lagSeconds: 0, isStuck: false });
  expect(await countOpenSetAside(db, projectId)).toEqual(new Map());
  await summarizer.stop();
});

test('when everything fails although storage answers, runs are blamed only in the third pass', async () => {
  await insertSpans(db, runs(20));
  bad = new Set(range(20).map((trace) => id(trace, 32)));
  const summarizer = started();
  expect(await summarizer.runPass()).toBeNull();
  expect(await summarizer.runPass()).toBeNull();
  expect(await countOpenSetAside(db, projectId)).toEqual(new Map());
  expect(await summarizer.runPass()).toMatchObject({ summarized: 0, setAside: 20, goOnAfter: null });
  await insertSpans(db, runs(5, 100, 1000));
  expect(await summarizer.runPass()).toMatchObject({ summarized: 5, setAside: 20 });
  await summarizer.stop();
});

test('a stored summary that cannot be read any more is written anew', async () => {
  await insertSpans(db, runs(10));
  await db.insertRows('summaries', [
    {
      project_id: projectId,
      trace_id: id(5, 32),
      received_at: at(-1e9).slice(0, 23),
      covers: at(-1e9).slice(0, 23),
      outcome: 'no such outcome',
      kind: 'template',
      sentences: 'no JSON',
      facts: '{}',
    },
  ]);
  nowMs += 3 * MINUTE;
  const summarizer = started();
  expect(await summarized([5])).toEqual([]);
  expect(await summarizer.runPass()).toMatchObject({ summarized: 10, setAside: 0 });
  expect(await summarized([5])).toEqual([5]);
  await summarizer.stop();
});

const inFullTier = IS_FULL_TIER ? test : () => undefined;

// Twenty passes over storage: only in the full tier.
inFullTier('a run that was given up is tried again when more of it comes', async () => {
  await insertSpans(db, runs(2));
  bad = new Set([id(1, 32), id(2, 32)]);
  const summarizer = started();
  for (const pause of [0, 1, 5, 30, 120, 720, 1000]) {
    nowMs += pause * MINUTE;
    await summarizer.runPass();
    await summarizer.runPass();
    await summarizer.runPass();
  }
  const given = (await readOpenSetAside(db, projectId, 'summaries')).get(id(1, 32));
  expect(given).toMatchObject({ retryAtMs: null });
  bad = new Set([id(2, 32)]);
  nowMs += MINUTE;
  expect(await summarizer.runPass()).toMatchObject({ summarized: 0, setAside: 2 });
  const receivedNs = (nowMs - NOW_MS) * 1e6;
  await insertSpans(db, [
    span(1, 2, {
      project_id: projectId,
      received_at: at(receivedNs).slice(0, 23),
      agent: 'desk',
      parent_span_id: id(1, 16),
    }),
  ]);
  nowMs += 3 * MINUTE;
  expect(await summarizer.runPass()).toMatchObject({ summarized: 1, setAside: 1 });
  expect(await summarized([1, 2])).toEqual([1]);
  await summarizer.stop();
});

test('a pass that hangs is late', async () => {
  let hangs = true;
  let release = (): void => {};
  const never = new Promise<never>((_, reject) => {
    release = () => reject(new Error('socket hang up'));
  });
  const query: Database['query'] = (...args) => (hangs ? never : db.query(...args));
  const summarizer = started({}, { ...db, query });
  const hanging = summarizer.runPass();
  nowMs += 3 * MINUTE;
  expect(summarizer.health()).toMatchObject({ isStuck: true, lagSeconds: 180, lastError: null });
  hangs = false;
  release();
  await hanging;
  await summarizer.runPass();
  expect(summarizer.health()).toMatchObject({ isStuck: false, lagSeconds: 0 });
  await summarizer.stop();
});
