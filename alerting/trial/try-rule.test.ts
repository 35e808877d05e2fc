// A rule tried on stored runs, and the same rule at each tick: they agree.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ruleDraftSchema } from '#contracts/rule';
import type { Database } from '#storage/database';
import { readIncidents } from '#storage/read-incidents';
import { openStores } from '#storage/stores';
import { insertErrors } from '../../test/support/error-rows.ts';
import { id, insertSpans, openTestDatabase, type TestSpan } from '../../test/support/span-rows.ts';
import type { Measured } from '../evaluate/measured.ts';
import { createMeasureRules } from '../evaluate/measures/measure-rules.ts';
import { tryRule } from './try-rule.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** A Thursday noon; runs fail on Wednesday from 12:05 to 13:00. */
const NOW = Date.parse('2026-03-05T12:00:00.000Z');
const TROUBLE = NOW - DAY;

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
  await insertSpans(db, history());
});
afterAll(() => close());

const time = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
function run(trace: number, atMs: number, over: Readonly<Record<string, unknown>> = {}): TestSpan {
  return {
    project_id: 'p',
    trace_id: id(trace, 32),
    span_id: id(1, 16),
    parent_span_id: id(0, 16),
    received_at: time(atMs),
    start_time: time(atMs - 1000),
    duration_ns: '900000000',
    name: 'work',
    kind: 'agent',
    service: 'shop',
    agent: 'desk',
    ...over,
  };
}
/** Two runs every ten minutes for nine days, one in fifty fails; half of forty in the hour of trouble. */
function history(): TestSpan[] {
  const rows: TestSpan[] = [];
  const failed = { is_error: 1, error_type: 'Timeout' };
  for (let at = NOW - 9 * DAY; at <= NOW; at += 5 * MINUTE)
    rows.push(run(rows.length + 1, at, rows.length % 50 === 0 ? failed : {}));
  for (let i = 0; i < 40; i++)
    rows.push(run(100_000 + i, TROUBLE + 5 * MINUTE + i * 80_000, i % 2 === 0 ? failed : {}));
  rows.push(run(200_000, TROUBLE + 3 * MINUTE, { marks: ['dead_letter: card refused'], tool_name: 'pay' }));
  return rows;
}
const draft = (over: Readonly<Record<string, unknown>>) => ruleDraftSchema.parse({ name: 'tried', ...over });
const tried = (over: Readonly<Record<string, unknown>>, days = 7, projectId = 'p') =>
  tryRule({ db, projectId, ...openStores(db, projectId), nowMs: NOW }, draft(over), days);

describe('a rule that is tried', () => {
  it('says when it would have fired, on what, and names runs', async () => {
    const { fired, firedCount, noBaseline, from } = await tried({ kind: 'error_share' });
    expect(from).toBe('2026-02-26T12:00:00.000Z');
    expect([firedCount, noBaseline]).toEqual([1, []]);
    expect(fired).toMatchObject([
      {
        subject: 'desk',
        title: expect.stringMatching(/^desk: \d+(\.\d)?% of runs fail, usually 2/),
        words: expect.stringMatching(/^\d+ of \d+ runs failed within 1 hour; usually 2/),
      },
    ]);
    const openedMs = Date.parse(fired[0]?.openedAt ?? '');
    expect(openedMs).toBeGreaterThan(TROUBLE + 10 * MINUTE);
    expect(openedMs).toBeLessThan(TROUBLE + 40 * MINUTE);
    expect(Date.parse(fired[0]?.resolvedAt ?? '')).toBeGreaterThan(TROUBLE + 60 * MINUTE);
    expect(fired[0]?.exampleTraceIds).toHaveLength(5);
    expect(Number.parseInt(fired[0]?.exampleTraceIds[0] ?? '', 16)).toBeGreaterThanOrEqual(100_000);
  });

  it('is stricter or wider as its numbers and its scope are', async () => {
    expect((await tried({ kind: 'error_share', factor: 100 })).firedCount).toBe(0);
    expect((await tried({ kind: 'error_share', where: { agents: ['clerk'] } })).firedCount).toBe(0);
    expect((await tried({ kind: 'dead_letters' })).fired).toMatchObject([
      { subject: 'desk · pay', title: 'desk · pay: 1 dead letter: card refused', exampleTraceIds: [id(200_000, 32)] },
    ]);
  });

  it('says where there is no baseline yet', async () => {
    const { firedCount, noBaseline } = await tried({ kind: 'error_share', baselineDays: 1 });
    expect([firedCount, noBaseline]).toEqual([0, ['desk']]);
  });

  it('finds nothing where nothing is', async () => {
    expect(await tried({ kind: 'cost' }, 1, 'nobody')).toMatchObject({ firedCount: 0, fired: [], noBaseline: [] });
  });
});

describe('a rule about error patterns that is tried', () => {
  const errors = (project: string, fingerprint: string, count: number, sinceMs: number, firstTrace: number) =>
    Array.from({ length: count }, (_, i) => ({
      projectId: project,
      fingerprint,
      trace: firstTrace + i,
      endedMs: sinceMs + i * 2 * MINUTE,
    }));
  beforeAll(async () => {
    const early = NOW - 6 * DAY;
    await insertErrors(db, [
      ...errors('q', 'old', 1, early, 1),
      ...errors('q', 'burst', 12, NOW - 2 * DAY, 100),
      ...errors('q', 'burst', 12, NOW - DAY / 2, 200),
      ...errors('q', 'rare', 9, NOW - 3 * DAY, 300),
    ]);
  });

  it('says when similar errors would have fired, and names the newest runs', async () => {
    const { firedCount, fired } = await tried({ kind: 'similar_errors' }, 7, 'q');
    expect(firedCount).toBe(2);
    expect(fired.map(({ openedAt }) => openedAt)).toEqual(
      [NOW - DAY / 2, NOW - 2 * DAY].map((ms) => new Date(ms + 18 * MINUTE).toISOString()),
    );
    expect(fired[0]).toMatchObject({
      title: 'support-agent: TimeoutError in lookup_order',
      resolvedAt: expect.stringMatching(/^2026-03-05T/),
      exampleTraceIds: [209, 208, 207, 206, 205].map((trace) => id(trace, 32)),
    });
    expect((await tried({ kind: 'similar_errors', threshold: 13 }, 7, 'q')).firedCount).toBe(0);
    expect((await tried({ kind: 'similar_errors', threshold: 9, minTraces: 2 }, 7, 'q')).firedCount).toBe(3);
    expect((await tried({ kind: 'similar_errors', where: { agents: ['clerk'] } }, 7, 'q')).firedCount).toBe(0);
  });

  it('keeps nothing: no incident is there afterwards', async () => {
    expect((await tried({ kind: 'similar_errors' }, 1, 'q')).firedCount).toBe(1);
    expect(await readIncidents(db, 'q')).toEqual([]);
  });
});

it('at each tick says what was tried, also after hours without ticks', { timeout: 180_000 }, async () => {
  const rule = { ...draft({ kind: 'error_share' }), id: 'share' };
  const until = TROUBLE + 180 * MINUTE;
  const levels = (all: readonly Measured[]) => all.map(({ atMs, level }) => [atMs, level]);
  const follow = async (everyMs: number) => {
    const measure = createMeasureRules(openStores(db, 'p').measures);
    const all: Measured[] = [];
    for (let nowMs = TROUBLE + everyMs; nowMs <= until; nowMs += everyMs) {
      const open = all.length === 0 ? [] : [{ ruleId: 'share', subject: 'desk' }];
      const [outcome] = await measure([rule], { cursorMs: nowMs - everyMs, nowMs, open });
      if (outcome === undefined || 'error' in outcome) throw new Error(outcome?.error ?? 'the rule was not evaluated');
      all.push(...outcome.measured);
    }
    return all;
  };
  const [often, late] = [await follow(15 * MINUTE), await follow(180 * MINUTE)];
  expect(levels(late)).toEqual(levels(often));
  const high = late.find(({ level }) => level === 'high');
  expect(high?.facts).toMatchObject({ agent: 'desk', errorType: 'Timeout', windowMinutes: 60 });
  const { fired } = await tried({ kind: 'error_share' });
  expect(fired[0]?.openedAt).toBe(new Date(high?.atMs ?? 0).toISOString());
});

it('one rule that cannot be read stops no other, and is made up for', async () => {
  let isBroken = true;
  const measure = createMeasureRules(
    openStores(
      {
        ...db,
        // Which sources have anything cannot be said either, so each rule asks for itself.
        query: (sql, params, limits) => {
          if (isBroken && sql.includes('AS lost_runs')) return Promise.reject(new Error('the engine is busy'));
          return db.query(sql, params, limits);
        },
        queryTuples: (sql, params, limits) => {
          if (isBroken && sql.includes('confidence')) return Promise.reject(new Error('the engine is busy'));
          return db.queryTuples(sql, params, limits);
        },
      },
      'p',
    ).measures,
  );
  const rules = [
    { ...draft({ kind: 'low_confidence' }), id: 'unsure' },
    { ...draft({ kind: 'dead_letters' }), id: 'dead' },
    { ...draft({ kind: 'dead_letters' }), id: 'off', enabled: false },
  ];
  const time = { cursorMs: TROUBLE, nowMs: TROUBLE + 5 * MINUTE, open: [] };
  expect(await measure(rules, time)).toMatchObject([
    { ruleId: 'unsure', error: 'the engine is busy' },
    { ruleId: 'dead', measured: [{ subject: 'desk · pay', level: 'high' }, { level: 'high' }, { level: 'high' }] },
  ]);
  isBroken = false;
  expect(await measure(rules, { ...time, cursorMs: time.nowMs, nowMs: time.nowMs + MINUTE })).toMatchObject([
    { ruleId: 'unsure', measured: [] },
    { ruleId: 'dead' },
  ]);
});
