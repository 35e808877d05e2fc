import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ErrorRow, insertErrors, traceIdOf } from '../test/support/error-rows.ts';
import { openTestDatabase } from '../test/support/span-rows.ts';
import type { Database } from './database.ts';
import { readErrorFacts } from './read-error-facts.ts';
import { type ErrorTimesQuery, readErrorTimes, readLastSeen } from './read-errors.ts';

const MINUTE = 60_000;
const NOON = Date.parse('2026-03-02T12:00:00.000Z');

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

let projects = 0;
/** Each test has a project of its own, so that they share one engine and nothing else. */
async function projectWith(rows: readonly Omit<ErrorRow, 'projectId'>[]): Promise<string> {
  const projectId = `project-${++projects}`;
  await insertErrors(
    db,
    rows.map((row) => ({ projectId, ...row })),
  );
  return projectId;
}

const QUERY: ErrorTimesQuery = {
  cursorMs: NOON,
  threshold: 1,
  traces: 1,
  fewest: 1,
  reachMs: 45 * MINUTE,
  open: [],
  aliases: new Map(),
};
async function read(projectId: string, query: Partial<ErrorTimesQuery> = {}) {
  const { patterns, ...rest } = await readErrorTimes(db, projectId, { ...QUERY, ...query });
  const errors = [...patterns].flatMap(([fingerprint, points]) => points.map((point) => ({ fingerprint, ...point })));
  return { ...rest, errors };
}

const times = async (...args: Parameters<typeof read>) => (await read(...args)).errors.map(({ atMs }) => atMs - NOON);

describe('the errors the detector reads', () => {
  it('are those of fingerprints with something new, with their last window', async () => {
    const project = await projectWith([
      { fingerprint: 'a', trace: 1, endedMs: NOON - 40 * MINUTE },
      { fingerprint: 'a', trace: 2, endedMs: NOON + 1 },
      { fingerprint: 'b', trace: 3, endedMs: NOON - 40 * MINUTE },
    ]);
    const { errors } = await read(project);
    expect(errors.map(({ fingerprint, atMs }) => [fingerprint, atMs - NOON])).toEqual([
      ['a', -40 * MINUTE],
      ['a', 1],
    ]);
    expect(errors[0]?.span).toBe(`${traceIdOf(1)}0000000000000001`);
  });

  it('reach back five minutes behind the cursor, for rows that became readable late', async () => {
    const project = await projectWith([{ fingerprint: 'a', trace: 1, endedMs: NOON - 5 * MINUTE + 1 }]);
    expect(await times(project)).toEqual([-5 * MINUTE + 1]);
    expect(await times(project, { cursorMs: NOON + 1 })).toEqual([]);
  });

  it('include those of an open fingerprint with nothing new', async () => {
    const project = await projectWith([{ fingerprint: 'a', trace: 1, endedMs: NOON - 20 * MINUTE }]);
    expect(await times(project)).toEqual([]);
    expect(await times(project, { open: ['a'], fewest: 10 })).toEqual([-20 * MINUTE]);
  });

  it('reach back to the contemporaries of one that comes late', async () => {
    const project = await projectWith([
      { fingerprint: 'a', trace: 1, endedMs: NOON - 140 * MINUTE },
      { fingerprint: 'a', trace: 2, endedMs: NOON - 110 * MINUTE, receivedMs: NOON },
    ]);
    expect(await times(project)).toEqual([-140 * MINUTE, -110 * MINUTE]);
  });

  it('leave out fingerprints that cannot reach the smallest threshold', async () => {
    const project = await projectWith([1, 2, 3].map((trace) => ({ fingerprint: 'a', trace, endedMs: NOON + trace })));
    expect(await times(project, { fewest: 4 })).toEqual([]);
    expect(await times(project, { fewest: 3, threshold: 3 })).toEqual([1, 2, 3]);
  });

  it('belong to one project', async () => {
    const project = await projectWith([{ fingerprint: 'a', trace: 1, endedMs: NOON }]);
    await projectWith([{ fingerprint: 'a', trace: 2, endedMs: NOON }]);
    expect(await times(project)).toEqual([0]);
  });

  it('are one per span, however often it was sent', async () => {
    const row = { fingerprint: 'a', trace: 1, endedMs: NOON + 1 };
    const project = await projectWith([row, row, { ...row, receivedMs: NOON + 20 * MINUTE }]);
    expect(await times(project)).toEqual([1]);
  });

  it('count two spans of one trace as two', async () => {
    const row = { fingerprint: 'a', trace: 1, endedMs: NOON };
    const project = await projectWith([row, { ...row, span: 2 }]);
    expect(await times(project)).toEqual([0, 0]);
  });

  it('count once, at the innermost step, when an error is thrown on through the steps around it', async () => {
    const inner = { fingerprint: 'tool', trace: 1, span: 3, startedMs: NOON, endedMs: NOON + 10, step: 'lookup' };
    const outer = { fingerprint: 'agent', trace: 1, span: 1, startedMs: NOON - 100, endedMs: NOON + 20, step: 'desk' };
    const prints = async (project: string) => (await read(project)).errors.map(({ fingerprint }) => fingerprint);
    const retried = { ...inner, span: 2, startedMs: NOON - 50, endedMs: NOON - 40 };
    expect(await prints(await projectWith([outer, retried, inner]))).toEqual(['tool', 'tool']);
    expect(await prints(await projectWith([{ ...outer, template: 'gave up' }, inner]))).toEqual(['agent', 'tool']);
    expect(await prints(await projectWith([{ ...outer, trace: 2 }, inner]))).toEqual(['agent', 'tool']);
    const same = { startedMs: NOON, endedMs: NOON + 10 };
    expect(await prints(await projectWith([{ ...outer, ...same }, inner]))).toEqual(['agent', 'tool']);
    const group = { fingerprint: 'agent', fromMs: NOON - 100, toMs: NOON + 100 };
    expect(await readErrorFacts(db, await projectWith([outer, inner]), [group], new Map())).toEqual([null]);
  });

  it('count at their own time, or at receipt when that is in the future, or not when they are two hours late', async () => {
    const at = (trace: number, lateMs: number, source = 'host') => ({
      fingerprint: 'a',
      trace,
      endedMs: NOON - lateMs,
      receivedMs: NOON,
      source,
    });
    expect(await times(await projectWith([at(1, -2 * MINUTE)]))).toEqual([2 * MINUTE]);
    expect(await times(await projectWith([at(1, -2 * MINUTE - 1)]))).toEqual([0]);
    expect(await times(await projectWith([at(1, 120 * MINUTE), at(2, 0)]))).toEqual([-120 * MINUTE, 0]);
    expect(await times(await projectWith([at(1, 120 * MINUTE + 1)]))).toEqual([]);
    expect(await times(await projectWith([at(1, -48 * 60 * MINUTE)]))).toEqual([0]);
  });

  it('move up together when their sender has a slow clock, so that the distances between them stay', async () => {
    const slow = [1, 2, 3].map((trace) => ({
      fingerprint: 'a',
      trace,
      endedMs: NOON - 40 * MINUTE + trace * MINUTE,
      receivedMs: NOON + trace * MINUTE,
      source: 'slow-host',
    }));
    const right = { fingerprint: 'a', trace: 9, endedMs: NOON + 1, source: 'host' };
    expect(await times(await projectWith([...slow, right]))).toEqual([1, MINUTE, 2 * MINUTE, 3 * MINUTE]);
    // The same lags of one sender that also sends in time are lateness, not its clock.
    const late = [...slow.map((row) => ({ ...row, source: 'host' })), right];
    expect(await times(await projectWith(late))).toEqual([-39, -38, -37].map((m) => m * MINUTE).concat(1));
  });

  it('are few in a storm, and still count to the threshold, and to three runs, at every moment', async () => {
    const stormMs = 15 * MINUTE;
    const storm = Array.from({ length: 5000 }, (_, i) => ({
      atMs: NOON + Math.round((stormMs * i) / 5000),
      // A loop, and now and then an error of another run.
      trace: i % 97 === 0 ? 1000 + i : 1,
    }));
    const project = await projectWith(
      storm.map(({ atMs, trace }, i) => ({ fingerprint: 'a', trace, span: i + 1, endedMs: atMs })),
    );
    const { errors: kept } = await read(project, { threshold: 10, traces: 3 });
    expect(kept.length).toBeLessThanOrEqual(4 * (20 + 12 + 30));
    expect(kept.reduce((sum, { weight }) => sum + weight, 0)).toBe(5000);
    for (let to = NOON; to <= NOON + 46 * MINUTE; to += 997) {
      const inWindow = (one: { atMs: number }) => one.atMs <= to && one.atMs >= to - 30 * MINUTE;
      const all = storm.filter(inWindow);
      const few = kept.filter(inWindow);
      const count = few.reduce((sum, { weight }) => sum + weight, 0);
      expect(Math.min(10, count)).toBe(Math.min(10, all.length));
      expect(Math.abs(count - all.length)).toBeLessThanOrEqual(2 * 56);
      const runs = new Set(few.flatMap(({ trace }) => (trace === '' ? [] : [trace])));
      expect(Math.min(3, runs.size)).toBe(Math.min(3, new Set(all.map(({ trace }) => trace)).size));
    }
  });

  it('count as the pattern that someone merged from several', async () => {
    const project = await projectWith([
      { fingerprint: 'a', trace: 1, endedMs: NOON + 1 },
      { fingerprint: 'b', trace: 2, endedMs: NOON - 10 * MINUTE },
      { fingerprint: 'c', trace: 3, endedMs: NOON + 3 },
    ]);
    const aliases = new Map([['b', 'a']]);
    expect(
      (await read(project, { aliases })).errors.map(({ fingerprint, atMs }) => [fingerprint, atMs - NOON]),
    ).toEqual([
      ['a', -10 * MINUTE],
      ['a', 1],
      ['c', 3],
    ]);
    expect(await times(project, { aliases, fewest: 2 })).toEqual([-10 * MINUTE, 1]);
  });

  it('fail when the query fails, instead of being none', async () => {
    await expect(read('p', { cursorMs: 0.5 })).rejects.toThrow();
  });
});

it('says when each fingerprint was last seen', async () => {
  const project = await projectWith([1, 2].map((trace) => ({ fingerprint: 'a', trace, endedMs: NOON + trace })));
  expect(await readLastSeen(db, project, ['a', 'b'])).toEqual(new Map([['a', NOON + 2]]));
});
