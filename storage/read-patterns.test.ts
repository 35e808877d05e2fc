import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ErrorRow, insertErrors } from '../test/support/error-rows.ts';
import { openTestDatabase } from '../test/support/span-rows.ts';
import { countedErrors, counting, WITH_ALIASES } from './counted-errors.ts';
import type { Database } from './database.ts';
import { settlePatternCounts } from './pattern-counts.ts';
import { readBurst, readFailingRuns } from './read-pattern-runs.ts';
import { readPatterns, readUsualPerDay } from './read-patterns.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const NOON = Date.parse('2026-03-02T12:00:00.000Z');
const [A, B, C] = ['aaaaaaaa', 'bbbbbbbb', 'cccccccc'] as const;

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

let projects = 0;
type Row = Omit<ErrorRow, 'projectId'>;
async function projectWith(rows: readonly Row[]): Promise<string> {
  const projectId = `patterns-${++projects}`;
  await insertErrors(
    db,
    rows.map((row) => ({ projectId, ...row })),
  );
  return projectId;
}
const row = (fingerprint: string, trace: number, over: Partial<Row> = {}): Row => ({
  fingerprint,
  trace,
  endedMs: NOON - 10 * MINUTE + trace,
  ...over,
});
const range = { fromMs: NOON - 60 * MINUTE, toMs: NOON, steps: 12, restMs: 0 };
const read = (project: string, aliases = new Map<string, string>(), only: string[] | null = null) =>
  readPatterns(db, project, range, aliases, only);
const counts = async (...args: Parameters<typeof read>) =>
  (await read(...args)).patterns.map(({ fingerprint, errorCount, runCount }) => [fingerprint, errorCount, runCount]);

describe('patterns of a stretch of time', () => {
  it('come with how often, in how many runs, when, where and in which words', async () => {
    const project = await projectWith([
      row(A, 1, { version: '1.0', session: 's1' }),
      row(A, 2, { version: '1.1', session: 's2', endedMs: NOON - 31 * MINUTE }),
      row(A, 2, { version: '1.1', session: 's2', span: 99 }),
      row(B, 3, { agent: 'other', step: 'pay' }),
    ]);
    const { patterns, count, stepMs } = await read(project);
    expect(count).toBe(2);
    expect(stepMs).toBe(5 * MINUTE);
    expect(patterns[0]).toMatchObject({
      fingerprint: A,
      errorCount: 3,
      runCount: 2,
      sessionCount: 2,
      lateCount: 0,
      agents: ['support-agent'],
      versions: ['1.0', '1.1'],
      tools: ['lookup_order'],
      step: 'lookup_order',
      errorType: 'TimeoutError',
      template: 'order <num> timed out',
      firstEverMs: NOON - 31 * MINUTE,
    });
    expect(patterns[0]?.trend).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0]);
    expect(patterns[1]).toMatchObject({ fingerprint: B, agents: ['other'], step: 'pay' });
  });

  it('are the same before and after they were counted ahead, and when everything is sent again', async () => {
    const rows = [row(A, 1), row(A, 2), row(B, 3), row(A, 4, { endedMs: NOON - 40 * MINUTE })];
    const project = await projectWith(rows);
    const before = await read(project);
    expect(await settlePatternCounts(db, project, 0)).toBe(2);
    expect(await read(project)).toEqual(before);
    await insertErrors(
      db,
      rows.map((each) => ({ projectId: project, ...each, receivedMs: NOON + 1000 })),
    );
    expect(await read(project)).toEqual(before);
    await settlePatternCounts(db, project, 0);
    await settlePatternCounts(db, project, 0);
    expect(await read(project)).toEqual(before);
  });

  it('are counted again when something comes in later', async () => {
    const project = await projectWith([row(A, 1)]);
    await settlePatternCounts(db, project, 0);
    await insertErrors(db, [{ projectId: project, ...row(A, 2) }]);
    expect(await counts(project)).toEqual([[A, 2, 2]]);
    await settlePatternCounts(db, project, 0);
    expect(await counts(project)).toEqual([[A, 2, 2]]);
  });

  it('do not count an error that only repeats an inner one, also when the inner one comes later', async () => {
    const outer = row(B, 1, { span: 1, startedMs: NOON - 20 * MINUTE, endedMs: NOON - 4 * MINUTE, step: 'desk' });
    const inner = row(A, 1, { span: 2, startedMs: NOON - 12 * MINUTE, endedMs: NOON - 11 * MINUTE });
    const project = await projectWith([outer]);
    await settlePatternCounts(db, project, 0);
    expect(await counts(project)).toEqual([[B, 1, 1]]);
    await insertErrors(db, [{ projectId: project, ...inner }]);
    await settlePatternCounts(db, project, 0);
    expect(await counts(project)).toEqual([[A, 1, 1]]);
  });

  it('are one when someone merged them, and two again afterwards', async () => {
    const project = await projectWith([row(A, 1), row(B, 1, { span: 7, template: 'other' }), row(B, 2)]);
    const merged = new Map([[B, A]]);
    expect(await counts(project, merged)).toEqual([[A, 3, 2]]);
    expect(await counts(project, merged, [A, B])).toEqual([[A, 3, 2]]);
    expect(await counts(project)).toEqual([
      [B, 2, 2],
      [A, 1, 1],
    ]);
  });

  it('keep what came more than two hours late apart, and belong to one project', async () => {
    const project = await projectWith([row(A, 1, { receivedMs: NOON + 3 * 60 * MINUTE }), row(A, 2)]);
    await projectWith([row(A, 3)]);
    expect((await read(project)).patterns).toMatchObject([{ errorCount: 2, lateCount: 1 }]);
  });

  it('are what the detector counts, whatever happened', async () => {
    const error = fc.record({
      fingerprint: fc.constantFrom(A, B, C),
      trace: fc.integer({ min: 1, max: 4 }),
      span: fc.integer({ min: 1, max: 5 }),
      startedMs: fc.integer({ min: 0, max: 20 }).map((minutes) => NOON - (50 - minutes) * MINUTE),
      lasted: fc.integer({ min: 0, max: 20 }),
      template: fc.constantFrom('x', 'y'),
      again: fc.boolean(),
    });
    const cases = fc.array(fc.array(error, { minLength: 1, maxLength: 12 }), { minLength: 12, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(cases, async (worlds) => {
        // Many worlds in one insert: each insert has its price.
        const first = projects + 1;
        const rows = worlds.flatMap((errors, i) => {
          const once = [...new Map(errors.map((each) => [`${each.trace} ${each.span}`, each])).values()];
          return once.flatMap(({ lasted, again, ...each }) => {
            const one = { projectId: `patterns-${first + i}`, ...each, endedMs: each.startedMs + lasted * MINUTE };
            const sent = { ...one, receivedMs: NOON };
            return again ? [sent, { ...one, receivedMs: NOON + 1000 }] : [sent];
          });
        });
        projects += worlds.length;
        await insertErrors(db, rows);
        for (let i = 0; i < worlds.length; i++) {
          const project = `patterns-${first + i}`;
          if (i % 2 === 0) await settlePatternCounts(db, project, 0);
          const expected = await db.query<{ fingerprint: string; n: string; runs: string }>(
            `${WITH_ALIASES} SELECT fingerprint, count() AS n, uniqExact(trace) AS runs FROM (${countedErrors("fingerprint != ''", [])})
             GROUP BY fingerprint ORDER BY count() DESC, fingerprint`,
            { ...counting(new Map()), project, historyAfter: NOON - DAY },
          );
          const wanted = expected.map((each) => [each.fingerprint, Number(each.n), Number(each.runs)]);
          expect(await counts(project)).toEqual(wanted);
          // Asked for one, the same is said of it.
          const [one] = wanted;
          if (one !== undefined) expect(await counts(project, new Map(), [one[0] as string])).toEqual([one]);
        }
      }),
      { numRuns: 1, endOnFailure: true },
    );
  }, 240_000);
});

describe('what explains a pattern', () => {
  it('is when ten errors in thirty minutes were last reached', async () => {
    const times = [...Array.from({ length: 9 }, (_, i) => 90 + i * 3), ...Array.from({ length: 12 }, (_, i) => 1 + i)];
    const project = await projectWith(times.map((ago, i) => row(A, i + 1, { endedMs: NOON - ago * MINUTE })));
    const all = { members: [A], fromMs: NOON - DAY, toMs: NOON };
    expect(await readBurst(db, project, all)).toEqual({ firstMs: NOON - 12 * MINUTE, tenthMs: NOON - 3 * MINUTE });
    expect(await readBurst(db, project, { ...all, members: [B] })).toBeNull();
  });

  it('is its newest runs, each once', async () => {
    const project = await projectWith([
      row(A, 1),
      row(A, 2),
      row(A, 2, { span: 50, endedMs: NOON - MINUTE, message: 'last' }),
    ]);
    const runs = await readFailingRuns(db, project, { members: [A], fromMs: NOON - DAY, toMs: NOON });
    expect(runs.map(({ atMs, message }) => [atMs, message])).toEqual([
      [NOON - MINUTE, 'last'],
      [NOON - 10 * MINUTE + 1, 'order 1 timed out'],
    ]);
  });

  it('is how many there are on a usual day, once three days are known', async () => {
    const daily = [5, 1, 3, 0, 2].flatMap((count, ago) =>
      Array.from({ length: count }, (_, i) => row(A, ago * 10 + i + 1, { endedMs: NOON - (ago + 1) * DAY })),
    );
    const project = await projectWith(daily);
    expect(await readUsualPerDay(db, project, [A], NOON - 5 * DAY, NOON)).toBe(2);
    expect(await readUsualPerDay(db, project, [A], NOON - 2 * DAY, NOON)).toBeNull();
  });
});
