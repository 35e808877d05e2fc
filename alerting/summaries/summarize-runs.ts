// Summarizes every run that has ended: in the first pass after its end, and again when late spans changed its facts. A
// stored cursor over the time of receipt records the progress, so a missed, early or repeated pass changes nothing. A
// run that cannot be summarized is set aside and the cursor passes it.
import { setTimeout } from 'node:timers/promises';
import { bisect } from '#domain/bisect';
import { hasEnded } from '#domain/run/run-status';
import type { Database } from '#storage/database';
import type { SummarizedRun } from '#storage/read-summary';
import type { RunPlace } from '#storage/runs-to-summarize';
import { probeStorage, readOpenSetAside, reasonOf, recordSetAside } from '#storage/set-aside';
import type { RunStore } from '#storage/stores';

/** A summarized run that got new spans is summarized again once none came for this long. */
export const QUIET_MS = 2 * 60_000;
/** Runs that one query finds: it reads over a quarter of an hour of traces, so it is run seldom. */
const RUNS_A_LIST = 5000;
/** Runs whose spans are in memory at once. */
const RUNS_A_STEP = 200;
/** After this long a pass leaves the rest to the next one, ms. */
const PASS_MS = 30_000;
/** With many runs due, summarizing takes at most a quarter of the time: ingestion is more urgent. */
const RESTS_PER_STEP = 3;
const LONGEST_REST_MS = 2000;
/** Runs set aside that one pass retries: each may cost a statement that fails. */
const RETRIES_A_PASS = 50;

export interface SummarizeDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly runs: RunStore;
  readonly isStopping: () => boolean;
  /** Set runs aside even when not one of a step can be summarized: several passes in a row ended that way. */
  readonly isStubborn?: boolean;
  readonly runsAList?: number;
  readonly runsAStep?: number;
  /** Milliseconds that only go forward; the time of a pass is measured by it. */
  readonly clockMs?: () => number;
  /** Waits so many milliseconds. */
  readonly rest?: (ms: number) => Promise<unknown>;
}

export interface SummarizeReport {
  /** Runs that were summarized, and those read that have not ended. */
  readonly summarized: number;
  readonly open: number;
  /** Runs without a summary because it could not be written. */
  readonly setAside: number;
  /** Where the next pass continues; null when everything up to now has been read. */
  readonly goOnAfter: RunPlace | null;
}

/**
 * One pass: summarizes the runs due up to `nowMs`, step by step, and saves its progress after each list. Runs summarized
 * from an unfinished list are not listed again, because a summary covers them.
 * @param nowMs ms since 1970
 * @param from where the last pass stopped: otherwise runs that still grow could keep it from those listed after them
 * @throws StorageError, EverythingFails; what was not saved is done again by the next pass
 */
export async function summarizeDueRuns(
  deps: SummarizeDeps,
  nowMs: number,
  from: RunPlace | null = null,
): Promise<SummarizeReport> {
  const { db, projectId, runs, runsAList = RUNS_A_LIST, clockMs = () => performance.now() } = deps;
  // A clock that stepped back must not leave us waiting for it to come round again.
  const cursorMs = Math.min((await runs.readCursor()) ?? 0, nowMs);
  const endMs = clockMs() + PASS_MS;
  const aside = await readOpenSetAside(db, projectId, 'summaries');
  const sum = { summarized: 0, open: 0, setAside: new Set(aside.keys()) };
  const report = (goOnAfter: SummarizeReport['goOnAfter']): SummarizeReport => ({
    ...sum,
    setAside: sum.setAside.size,
    goOnAfter,
  });
  const retries = [...aside.values()].filter(({ retryAtMs }) => retryAtMs !== null && retryAtMs <= nowMs);
  await retry(
    deps,
    retries.slice(0, RETRIES_A_PASS).map(({ item }) => item),
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
    const isWhole = await summarizeList({ ...deps, clockMs }, fresh, nowMs, sum);
    if (!isWhole) return report(after);
    const isDone = due.length < runsAList;
    after = due.at(-1) ?? after;
    const coversMs = isDone ? nowMs : (after as RunPlace).lastMs;
    if (coversMs > cursorMs || isDone) await runs.saveCursor(nowMs, coversMs);
    if (isDone) return report(null);
    if (deps.isStopping() || clockMs() > endMs) return report(after);
  }
}

interface Sum {
  summarized: number;
  open: number;
  /** Trace ids. */
  readonly setAside: Set<string>;
}

/** Tries runs that were set aside; those that are gone, or have not ended after all, are not set aside any more. */
async function retry(deps: SummarizeDeps, traceIds: readonly string[], nowMs: number, sum: Sum): Promise<void> {
  if (traceIds.length === 0) return;
  const { db, projectId, runs } = deps;
  const places = await runs.readLastReceived(traceIds);
  // They are known to fail: that all of them do says nothing of the others.
  const { failed } = await summarizeStep({ ...deps, isStubborn: true }, places, nowMs, sum);
  if (deps.isStopping()) return;
  const done = traceIds.filter((traceId) => !failed.has(traceId));
  await recordSetAside(db, projectId, 'summaries', nowMs, { done });
  for (const traceId of done) sum.setAside.delete(traceId);
}

/** @returns false when it was stopped before the end; `sum` counts runs summarized and still running */
async function summarizeList(
  deps: SummarizeDeps & { readonly clockMs: () => number },
  due: readonly RunPlace[],
  nowMs: number,
  sum: Sum,
): Promise<boolean> {
  const { runsAStep = RUNS_A_STEP, rest = setTimeout, clockMs } = deps;
  // Neighbours by trace id lie together on disk: a step reads a few stretches of the table, and not one for each run.
  const byPlace = [...due].sort((a, b) => (a.traceId < b.traceId ? -1 : 1));
  for (let from = 0; from < byPlace.length; from += runsAStep) {
    const step = byPlace.slice(from, from + runsAStep);
    const startMs = clockMs();
    const { isWhole } = await summarizeStep(deps, step, nowMs, sum);
    if (!isWhole) return false;
    if (from + runsAStep >= byPlace.length) break;
    if (deps.isStopping()) return false;
    await rest(Math.min(LONGEST_REST_MS, RESTS_PER_STEP * (clockMs() - startMs)));
  }
  return true;
}

/** Summarizes them together, except those that cannot be summarized: these are set aside. */
async function summarizeStep(deps: SummarizeDeps, due: readonly RunPlace[], nowMs: number, sum: Sum) {
  const { db, projectId, isStopping, isStubborn } = deps;
  const summarize = async (part: readonly RunPlace[]) => {
    const done = await summarizeTogether(deps, part, nowMs);
    sum.summarized += done.length;
    sum.open += part.length - done.length;
    for (const traceId of done) sum.setAside.delete(traceId);
  };
  const found = await bisect(due, summarize, {
    probe: () => probeStorage(db),
    isStubborn: isStubborn === true,
    isStopping,
  });
  const failed = found.failed.map(({ item: { traceId }, error }) => ({
    item: traceId,
    reason: `The summary of this run cannot be written: ${reasonOf(error)}`,
  }));
  await recordSetAside(db, projectId, 'summaries', nowMs, { failed });
  for (const { item } of failed) sum.setAside.add(item);
  return { isWhole: found.isWhole, failed: new Set(failed.map(({ item }) => item)) };
}

/** @returns the trace ids of the runs that were summarized */
async function summarizeTogether(
  { runs: store }: SummarizeDeps,
  due: readonly RunPlace[],
  nowMs: number,
): Promise<string[]> {
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

const toRow = ({ summary, facts, run, coversMs }: SummarizedRun, lastMs: number) => ({
  summary,
  facts,
  spanCount: run.spanCount,
  // An announced step counts as received too, although it is no span.
  coversMs: Math.max(coversMs, lastMs),
});
