import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ErrorRow, insertErrors, traceIdOf } from '../test/support/error-rows.ts';
import { openTestDatabase } from '../test/support/span-rows.ts';
import type { Database } from './database.ts';
import { readErrorGroups, readErrorTimes, readLastSeen } from './read-errors.ts';

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

const read = (projectId: string, query: { threshold?: number; open?: string[]; cursorMs?: number } = {}) =>
  readErrorTimes(db, projectId, { cursorMs: NOON, threshold: 1, reachMs: 45 * MINUTE, open: [], ...query });

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
    expect(await times(project, { open: ['a'], threshold: 10 })).toEqual([-20 * MINUTE]);
  });

  it('reach back to the contemporaries of one that comes late', async () => {
    const project = await projectWith([
      { fingerprint: 'a', trace: 1, endedMs: NOON - 140 * MINUTE },
      { fingerprint: 'a', trace: 2, endedMs: NOON - 110 * MINUTE, receivedMs: NOON },
    ]);
    expect(await times(project)).toEqual([-140 * MINUTE, -110 * MINUTE]);
  });

  it('leave out fingerprints that cannot reach the threshold', async () => {
    const project = await projectWith([1, 2, 3].map((trace) => ({ fingerprint: 'a', trace, endedMs: NOON + trace })));
    expect(await times(project, { threshold: 4 })).toEqual([]);
    expect(await times(project, { threshold: 3 })).toEqual([1, 2, 3]);
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
    expect(await readErrorGroups(db, await projectWith([outer, inner]), [group])).toEqual([null]);
  });

  it('count at their own time, or at receipt when that is in the future, or not when they are two hours late', async () => {
    const at = (trace: number, lateMs: number) => ({
      fingerprint: 'a',
      trace,
      endedMs: NOON - lateMs,
      receivedMs: NOON,
    });
    expect(await times(await projectWith([at(1, -2 * MINUTE)]))).toEqual([2 * MINUTE]);
    expect(await times(await projectWith([at(1, -2 * MINUTE - 1)]))).toEqual([0]);
    expect(await times(await projectWith([at(1, 120 * MINUTE)]))).toEqual([-120 * MINUTE]);
    expect(await times(await projectWith([at(1, 120 * MINUTE + 1)]))).toEqual([]);
    expect(await times(await projectWith([at(1, -48 * 60 * MINUTE)]))).toEqual([0]);
  });

  it('are few in a storm, and still count to the threshold at every moment', async () => {
    const stormMs = 15 * MINUTE;
    const storm = Array.from({ length: 5000 }, (_, i) => NOON + Math.round((stormMs * i) / 5000));
    const project = await projectWith(storm.map((endedMs, i) => ({ fingerprint: 'a', trace: i + 1, endedMs })));
    const kept = (await read(project, { threshold: 10 })).errors.map(({ atMs }) => atMs);
    expect(kept.length).toBeLessThanOrEqual(4 * 20);
    const within = (all: readonly number[], to: number) =>
      Math.min(10, all.filter((time) => time <= to && time >= to - 30 * MINUTE).length);
    for (let to = NOON; to <= NOON + 46 * MINUTE; to += 997) expect(within(kept, to)).toBe(within(storm, to));
  });

  it('fail when the query fails, instead of being none', async () => {
    await expect(readErrorTimes(db, 'p', { cursorMs: 0.5, threshold: 1, reachMs: 0, open: [] })).rejects.toThrow();
  });
});

describe('what a group of errors has in common', () => {
  it('is read with its newest three example traces, for many ranges at once', async () => {
    const project = await projectWith([
      ...[1, 2, 3, 4].map((trace) => ({ fingerprint: 'a', trace, endedMs: NOON + trace })),
      { fingerprint: 'a', trace: 4, span: 5, endedMs: NOON + 5 },
      { fingerprint: 'a', trace: 6, endedMs: NOON + 6 },
      { fingerprint: 'b', trace: 7, endedMs: NOON + 3 },
    ]);
    const common = {
      agent: 'support-agent',
      step: 'lookup_order',
      errorType: 'TimeoutError',
      message: 'order <num> timed out',
    };
    const ranges = [
      { fingerprint: 'a', fromMs: NOON + 1, toMs: NOON + 5 },
      { fingerprint: 'b', fromMs: NOON + 4, toMs: NOON + 9 },
      { fingerprint: 'a', fromMs: NOON + 6, toMs: NOON + 6 },
    ];
    expect(await readErrorGroups(db, project, ranges)).toEqual([
      { ...common, count: 5, lastMs: NOON + 5, exampleTraceIds: [4, 3, 2].map(traceIdOf) },
      null,
      { ...common, count: 1, lastMs: NOON + 6, exampleTraceIds: [traceIdOf(6)] },
    ]);
  });

  it('includes when each fingerprint was last seen', async () => {
    const project = await projectWith([1, 2].map((trace) => ({ fingerprint: 'a', trace, endedMs: NOON + trace })));
    expect(await readLastSeen(db, project, ['a', 'b'])).toEqual(new Map([['a', NOON + 2]]));
  });
});
