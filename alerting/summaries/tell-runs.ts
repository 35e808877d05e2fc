// Tells every run that has ended: at its first look after the end, and once more when spans came late and changed its
// facts. A stored cursor over the time of receipt says where to go on, so a look that is missed, early or doubled
// changes nothing.
import { hasEnded } from '#schema/run-facts';
import type { Database } from '#storage/database';
import { readToldRuns, type ToldRun } from '#storage/read-summary';
import { readRunsToTell, readSummaryCursor, type TellPlace, writeSummaryCursor } from '#storage/runs-to-tell';
import { writeSummaries } from '#storage/summaries';

/** A run that was told is told again when nothing of it came for so long. */
export const QUIET_MS = 2 * 60_000;
/** Runs whose spans are in memory at once. */
const RUNS_A_STEP = 200;
/** After this long a look leaves the rest to the next one, ms. */
const LOOK_MS = 30_000;

export interface TellDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly isStopping: () => boolean;
  readonly runsAStep?: number;
  /** Milliseconds that only go forward; what a look may take is measured by it. */
  readonly clockMs?: () => number;
}

export interface TellReport {
  /** Runs that were told, and those looked at that have not ended. */
  readonly told: number;
  readonly open: number;
  /** Everything up to now has been looked at. */
  readonly isDone: boolean;
}

/**
 * One look: tells what is due up to `nowMs`, step by step, and saves after each step how far it came.
 * @param nowMs ms since 1970
 * @throws StorageError; what was not saved is done again by the next look
 */
export async function tellDueRuns(deps: TellDeps, nowMs: number): Promise<TellReport> {
  const { db, projectId, runsAStep = RUNS_A_STEP, clockMs = () => performance.now() } = deps;
  // A clock that stepped back must not leave us waiting for it to come round again.
  const cursorMs = Math.min((await readSummaryCursor(db, projectId)) ?? 0, nowMs);
  const endMs = clockMs() + LOOK_MS;
  let after: TellPlace | null = null;
  let told = 0;
  let open = 0;
  for (;;) {
    const due = await readRunsToTell(db, projectId, { cursorMs, nowMs, quietMs: QUIET_MS, after, limit: runsAStep });
    const stored = await tellStep(deps, due, nowMs);
    told += stored;
    open += due.length - stored;
    const isDone = due.length < runsAStep;
    after = due.at(-1) ?? after;
    const coversMs = isDone ? nowMs : (after as TellPlace).lastMs;
    if (coversMs > cursorMs || isDone) await writeSummaryCursor(db, projectId, nowMs, coversMs);
    if (isDone || deps.isStopping() || clockMs() > endMs) return { told, open, isDone };
  }
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
