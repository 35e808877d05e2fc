// Runs with their summaries as they stand now (domain/run/story/current-summary.ts), worked out when they are read.
import type { OpenStep } from '#contracts/open-step';
import type { Run } from '#contracts/run';
import type { RunFacts } from '#contracts/run-facts';
import type { RunSummary, RunSummaryReply } from '#contracts/summary';
import { hasEnded } from '#domain/run/run-status';
import { currentSummary, templateSummary } from '#domain/run/story/current-summary';
import { sumUpInTurns } from '#domain/run/summarize-run';
import type { Database } from './database.ts';
import { findTraces } from './find-traces.ts';
import { hashFacts } from './hash-facts.ts';
import { eachKnownBatch, type KnownRun } from './known-runs.ts';
import { readPayloads } from './read-payloads.ts';
import { readSummaries, writeSummaries } from './summaries.ts';
import { inTurns } from './turns.ts';
import { wholeRunsOf } from './whole-runs.ts';

export interface SummarizedRun {
  readonly run: Run;
  readonly facts: RunFacts;
  readonly summary: RunSummary;
  /** Steps that began and have not ended. */
  readonly open: readonly OpenStep[];
  /** When the newest of its spans arrived, ms since 1970. */
  readonly coversMs: number;
}

/**
 * Summarizes runs whose spans or open steps are at hand.
 * @param nowMs the time to judge by whether a run still runs, ms since 1970
 * @throws StorageError
 */
export async function summarizeRuns(
  db: Database,
  projectId: string,
  known: ReadonlyMap<string, KnownRun>,
  nowMs: number,
): Promise<Map<string, SummarizedRun>> {
  const [payloads, stored] = await Promise.all([
    readPayloads(db, projectId, known),
    readSummaries(db, projectId, [...known.keys()]),
  ]);
  const summarized = new Map<string, SummarizedRun>();
  for (const [traceId, { spans, open, counted = null }] of known) {
    const more = { payloads: payloads.get(traceId) ?? [], counted };
    const { run, facts } = await inTurns(sumUpInTurns(projectId, traceId, spans, nowMs, open, more));
    const coversMs = spans.reduce((newest, { receivedAtMs }) => Math.max(newest, receivedAtMs), 0);
    const summary = currentSummary(facts, hashFacts(facts), stored.get(traceId)?.summary ?? null);
    summarized.set(traceId, { run: { ...run, headline: summary.headline }, facts, summary, open, coversMs });
  }
  return summarized;
}

/** Runs by their ids, summarized, as far as anything of them is stored. @throws StorageError; TelltaleError readers_busy */
export async function readSummarizedRuns(
  db: Database,
  projectId: string,
  traceIds: readonly string[],
  nowMs: number,
): Promise<Map<string, SummarizedRun>> {
  const summarized = new Map<string, SummarizedRun>();
  const places = await findTraces(db, projectId, traceIds);
  await eachKnownBatch(db, projectId, places, nowMs, async (known) => {
    for (const [traceId, run] of await summarizeRuns(db, projectId, known, nowMs)) summarized.set(traceId, run);
  });
  return summarized;
}

/** One run, summarized; concurrent requests for it share one read. null when nothing of it is stored. */
export function readSummarizedOnce(
  db: Database,
  projectId: string,
  traceId: string,
  nowMs: number,
): Promise<SummarizedRun | null> {
  return wholeRunsOf(db).shared(
    `summarized ${traceId} ${projectId}`,
    async () => (await readSummarizedRuns(db, projectId, [traceId], nowMs)).get(traceId) ?? null,
  );
}

/** The summary of one run and its facts; null when nothing of it is stored. @throws StorageError */
export async function readSummarizedRun(
  db: Database,
  projectId: string,
  traceId: string,
  nowMs: number,
): Promise<RunSummaryReply | null> {
  const summarized = await readSummarizedOnce(db, projectId, traceId, nowMs);
  return summarized === null ? null : { summary: summarized.summary, facts: summarized.facts };
}

/**
 * Summarizes a run anew with the template and stores that, whatever was stored before; a run that has not ended is not
 * stored. null when nothing of it is stored.
 * @throws StorageError
 */
export async function redoSummary(
  db: Database,
  projectId: string,
  traceId: string,
  nowMs: number,
): Promise<RunSummaryReply | null> {
  const summarized = (await readSummarizedRuns(db, projectId, [traceId], nowMs)).get(traceId);
  if (summarized === undefined) return null;
  const { facts, run, coversMs } = summarized;
  const summary = templateSummary(facts, hashFacts(facts));
  if (!hasEnded(facts)) return { summary, facts };
  await writeSummaries(db, projectId, nowMs, [{ summary, facts, spanCount: run.spanCount, coversMs }]);
  return { summary: { ...summary, writtenAt: new Date(nowMs).toISOString() }, facts };
}
