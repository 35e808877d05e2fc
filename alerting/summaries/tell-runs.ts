// Tells every run that has ended: at its first look after the end, and once more when spans came late and changed its
// facts. A stored cursor over the time of receipt says where to go on, so a look that is missed, early or doubled
// changes nothing. A run that cannot be told is set aside and the cursor passes it.
import { setTimeout } from 'node:timers/promises';
import { bisect } from '#domain/bisect';
import { hasEnded } from '#domain/run/run-status';
import type { Database } from '#storage/database';
import type { ToldRun } from '#storage/read-summary';
import type { TellPlace } from '#storage/runs-to-tell';
import { probeStorage, readOpenSetAside, reasonOf, recordSetAside } from '#storage/set-aside';
import type { RunStore } from '#storage/stores';

/** A run that was told is told again when nothing of it came for so long. */
export const QUIET_MS = 2 * 60_000;
/** Runs that one question finds: it reads over a quarter of an hour of traces, so it is asked seldom. */
const RUNS_A_LIST = 5000;
/** Runs whose spans are in memory at once. */
const RUNS_A_STEP = 200;
/** After this long a look leaves the rest to the next one, ms. */
const LOOK_MS = 30_000;
/** Where much is to be told, telling takes a quarter of its time at most: what comes in is more urgent. */
const RESTS_PER_STEP = 3;
const LONGEST_REST_MS = 2000;
/** Runs set aside that one look tries again: each may cost a statement that fails. */
const RETRIES_A_LOOK = 50;

export interface TellDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly runs: RunStore;
  readonly isStopping: () => boolean;
  /** Set runs aside even when not one of a step can be told: it has been so for several looks. */
  readonly isStubborn?: boolean;
  readonly runsAList?: number;
  readonly runsAStep?: number;
  /** Milliseconds that only go forward; what a look may take is measured by it. */
  readonly clockMs?: () => number;
  /** Waits so many milliseconds. */
  readonly rest?: (ms: number) => Promise<unknown>;
}

export interface TellReport {
  /** Runs that were told, and those looked at that have not ended. */
  readonly told: number;
  readonly open: number;
  /** Runs without a summary because it could not be written. */
  readonly setAside: number;
  /** Where the next look goes on; null when everything up to now has been looked at. */
  readonly goOnAfter: TellPlace | null;
}

/**
 * One look: tells what is due up to `nowMs`, step by step, and saves after each list how far it came. What was told of
 * an unfinished list is not given again, because a summary covers it.
 * @param nowMs ms since 1970
 * @param from where the last look stopped: else runs that go on could keep it from those behind them
 * @throws StorageError, EverythingFails; what was not saved is done again by the next look
 */
export async function tellDueRuns(deps: TellDeps, nowMs: number, from: TellPlace | null = null): Promise<TellReport> {
  const { db, projectId, runs, runsAList = RUNS_A_LIST, clockMs = () => performance.now() } = deps;
  // A clock that stepped back must not leave us waiting for it to come round again.
  const cursorMs = Math.min((await runs.readCursor()) ?? 0, nowMs);
  const endMs = clockMs() + LOOK_MS;
  const aside = await readOpenSetAside(db, projectId, 'summaries');
  const sum = { told: 0, open: 0, setAside: new Set(aside.keys()) };
  const report = (goOnAfter: TellReport['goOnAfter']): TellReport => ({
    ...sum,
    setAside: sum.setAside.size,
    goOnAfter,
  });
  const retries = [...aside.values()].filter(({ retryAtMs }) => retryAtMs !== null && retryAtMs <= nowMs);
  await retry(
    deps,
    retries.slice(0, RETRIES_A_LOOK).map(({ item }) => item),
    nowMs,
    sum,
  );
  let after = from;
  for (;;) {
    const due = await runs.listDue({ cursorMs, nowMs, quietMs: QUIET_MS, after, limit: runsAList });
    const fresh = due.filter(({ traceId, lastMs }) => {
      const known = aside.get(traceId);
      // Given up, until more of it came: that may be what was missing.
      return known === undefined || (known.retryAtMs === null && lastMs > known.lastAtMs);
    });
    const isWhole = await tellList({ ...deps, clockMs }, fresh, nowMs, sum);
    if (!isWhole) return report(after);
    const isDone = due.length < runsAList;
    after = due.at(-1) ?? after;
    const coversMs = isDone ? nowMs : (after as TellPlace).lastMs;
    if (coversMs > cursorMs || isDone) await runs.saveCursor(nowMs, coversMs);
    if (isDone) return report(null);
    if (deps.isStopping() || clockMs() > endMs) return report(after);
  }
}

interface Sum {
  told: number;
  open: number;
  /** Trace ids. */
  readonly setAside: Set<string>;
}

/** Tries runs that were set aside; those that are gone, or have not ended after all, are not set aside any more. */
async function retry(deps: TellDeps, traceIds: readonly string[], nowMs: number, sum: Sum): Promise<void> {
  if (traceIds.length === 0) return;
  const { db, projectId, runs } = deps;
  const places = await runs.readLastReceived(traceIds);
  // They are known to fail: that all of them do says nothing of the others.
  const { failed } = await tellStep({ ...deps, isStubborn: true }, places, nowMs, sum);
  if (deps.isStopping()) return;
  const done = traceIds.filter((traceId) => !failed.has(traceId));
  await recordSetAside(db, projectId, 'summaries', nowMs, { done });
  for (const traceId of done) sum.setAside.delete(traceId);
}

/** @returns false when it was stopped before the end; `sum` counts what was told and what still runs */
async function tellList(
  deps: TellDeps & { readonly clockMs: () => number },
  due: readonly TellPlace[],
  nowMs: number,
  sum: Sum,
): Promise<boolean> {
  const { runsAStep = RUNS_A_STEP, rest = setTimeout, clockMs } = deps;
  // Neighbours by trace id lie together on disk: a step reads a few stretches of the table, and not one for each run.
  const byPlace = [...due].sort((a, b) => (a.traceId < b.traceId ? -1 : 1));
  for (let from = 0; from < byPlace.length; from += runsAStep) {
    const step = byPlace.slice(from, from + runsAStep);
    const startMs = clockMs();
    const { isWhole } = await tellStep(deps, step, nowMs, sum);
    if (!isWhole) return false;
    if (from + runsAStep >= byPlace.length) break;
    if (deps.isStopping()) return false;
    await rest(Math.min(LONGEST_REST_MS, RESTS_PER_STEP * (clockMs() - startMs)));
  }
  return true;
}

/** Tells them together, or without those that cannot be told: these are set aside. */
async function tellStep(deps: TellDeps, due: readonly TellPlace[], nowMs: number, sum: Sum) {
  const { db, projectId, isStopping, isStubborn } = deps;
  const tell = async (part: readonly TellPlace[]) => {
    const told = await tellTogether(deps, part, nowMs);
    sum.told += told.length;
    sum.open += part.length - told.length;
    for (const traceId of told) sum.setAside.delete(traceId);
  };
  const found = await bisect(due, tell, { probe: () => probeStorage(db), isStubborn: isStubborn === true, isStopping });
  const failed = found.failed.map(({ item: { traceId }, error }) => ({
    item: traceId,
    reason: `The summary of this run cannot be written: ${reasonOf(error)}`,
  }));
  await recordSetAside(db, projectId, 'summaries', nowMs, { failed });
  for (const { item } of failed) sum.setAside.add(item);
  return { isWhole: found.isWhole, failed: new Set(failed.map(({ item }) => item)) };
}

/** @returns the trace ids of those that were told */
async function tellTogether({ runs: store }: TellDeps, due: readonly TellPlace[], nowMs: number): Promise<string[]> {
  const runs = await store.readSummarized(
    due.map(({ traceId }) => traceId),
    nowMs,
  );
  const ended = due.flatMap(({ traceId, lastMs }) => {
    const run = runs.get(traceId);
    return run !== undefined && hasEnded(run.facts) ? [{ run, lastMs }] : [];
  });
  await store.writeSummaries(
    nowMs,
    ended.map(({ run, lastMs }) => toRow(run, lastMs)),
  );
  return ended.map(({ run }) => run.summary.traceId);
}

const toRow = ({ summary, facts, run, coversMs }: ToldRun, lastMs: number) => ({
  summary,
  facts,
  spanCount: run.spanCount,
  // An announced step counts as received too, although it is no span.
  coversMs: Math.max(coversMs, lastMs),
});
