// Tells every run that has ended: at its first look after the end, and once more when spans came late and changed its
// facts. A stored cursor over the time of receipt says where to go on, so a look that is missed, early or doubled
// changes nothing.
import { setTimeout } from 'node:timers/promises';
import { hasEnded } from '#schema/run-facts';
import type { Database } from '#storage/database';
import { readToldRuns, type ToldRun } from '#storage/read-summary';
import { readRunsToTell, readSummaryCursor, type TellPlace, writeSummaryCursor } from '#storage/runs-to-tell';
import { writeSummaries } from '#storage/summaries';

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

export interface TellDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly isStopping: () => boolean;
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
  /** Where the next look goes on; null when everything up to now has been looked at. */
  readonly goOnAfter: TellPlace | null;
}

/**
 * One look: tells what is due up to `nowMs`, step by step, and saves after each list how far it came. What was told of
 * an unfinished list is not given again, because a summary covers it.
 * @param nowMs ms since 1970
 * @param from where the last look stopped: else runs that go on could keep it from those behind them
 * @throws StorageError; what was not saved is done again by the next look
 */
export async function tellDueRuns(deps: TellDeps, nowMs: number, from: TellPlace | null = null): Promise<TellReport> {
  const { db, projectId, runsAList = RUNS_A_LIST, clockMs = () => performance.now() } = deps;
  // A clock that stepped back must not leave us waiting for it to come round again.
  const cursorMs = Math.min((await readSummaryCursor(db, projectId)) ?? 0, nowMs);
  const endMs = clockMs() + LOOK_MS;
  const sum = { told: 0, open: 0 };
  let after = from;
  for (;;) {
    const due = await readRunsToTell(db, projectId, { cursorMs, nowMs, quietMs: QUIET_MS, after, limit: runsAList });
    const isWhole = await tellList({ ...deps, clockMs }, due, nowMs, sum);
    if (!isWhole) return { ...sum, goOnAfter: after };
    const isDone = due.length < runsAList;
    after = due.at(-1) ?? after;
    const coversMs = isDone ? nowMs : (after as TellPlace).lastMs;
    if (coversMs > cursorMs || isDone) await writeSummaryCursor(db, projectId, nowMs, coversMs);
    if (isDone) return { ...sum, goOnAfter: null };
    if (deps.isStopping() || clockMs() > endMs) return { ...sum, goOnAfter: after };
  }
}

/** @returns false when it was stopped before the end; `sum` counts what was told and what still runs */
async function tellList(
  deps: TellDeps & { readonly clockMs: () => number },
  due: readonly TellPlace[],
  nowMs: number,
  sum: { told: number; open: number },
): Promise<boolean> {
  const { runsAStep = RUNS_A_STEP, rest = setTimeout, clockMs } = deps;
  // Neighbours by trace id lie together on disk: a step reads a few stretches of the table, and not one for each run.
  const byPlace = [...due].sort((a, b) => (a.traceId < b.traceId ? -1 : 1));
  for (let from = 0; from < byPlace.length; from += runsAStep) {
    const step = byPlace.slice(from, from + runsAStep);
    const startMs = clockMs();
    const told = await tellStep(deps, step, nowMs);
    sum.told += told;
    sum.open += step.length - told;
    if (from + runsAStep >= byPlace.length) break;
    if (deps.isStopping()) return false;
    await rest(Math.min(LONGEST_REST_MS, RESTS_PER_STEP * (clockMs() - startMs)));
  }
  return true;
}

/** @returns how many of them were told */
async function tellStep({ db, projectId }: TellDeps, due: readonly TellPlace[], nowMs: number): Promise<number> {
  if (due.length === 0) return 0;
  const runs = await readToldRuns(
    db,
    projectId,
    due.map(({ traceId }) => traceId),
    nowMs,
  );
  const ended = due.flatMap(({ traceId, lastMs }) => {
    const run = runs.get(traceId);
    return run !== undefined && hasEnded(run.facts) ? [{ run, lastMs }] : [];
  });
  await writeSummaries(
    db,
    projectId,
    nowMs,
    ended.map(({ run, lastMs }) => toRow(run, lastMs)),
  );
  return ended.length;
}

const toRow = ({ summary, facts, run, coversMs }: ToldRun, lastMs: number) => ({
  summary,
  facts,
  spanCount: run.spanCount,
  // An announced step counts as received too, although it is no span.
  coversMs: Math.max(coversMs, lastMs),
});
