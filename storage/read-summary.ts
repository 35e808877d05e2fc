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

export interface ToldRun {
  readonly run: Run;
  readonly facts: RunFacts;
  readonly summary: RunSummary;
  /** Steps that began and have not ended. */
  readonly open: readonly OpenStep[];
  /** When the newest of its spans arrived, ms since 1970. */
  readonly coversMs: number;
}

/**
 * Tells runs of which something is known.
 * @param nowMs the time to judge by whether a run still runs, ms since 1970
 * @throws StorageError
 */
export async function tellRuns(
  db: Database,
  projectId: string,
  known: ReadonlyMap<string, KnownRun>,
  nowMs: number,
): Promise<Map<string, ToldRun>> {
  const [payloads, stored] = await Promise.all([
    readPayloads(db, projectId, known),
    readSummaries(db, projectId, [...known.keys()]),
  ]);
  const told = new Map<string, ToldRun>();
  for (const [traceId, { spans, open, counted = null }] of known) {
    const more = { payloads: payloads.get(traceId) ?? [], counted };
    const { run, facts } = await inTurns(sumUpInTurns(projectId, traceId, spans, nowMs, open, more));
    const coversMs = spans.reduce((newest, { receivedAtMs }) => Math.max(newest, receivedAtMs), 0);
    const summary = currentSummary(facts, hashFacts(facts), stored.get(traceId)?.summary ?? null);
    told.set(traceId, { run: { ...run, headline: summary.headline }, facts, summary, open, coversMs });
  }
  return told;
}

/** Runs by their ids, as far as anything of them is stored, told. @throws StorageError; TelltaleError readers_busy */
export async function readToldRuns(
  db: Database,
  projectId: string,
  traceIds: readonly string[],
  nowMs: number,
): Promise<Map<string, ToldRun>> {
  const told = new Map<string, ToldRun>();
  const places = await findTraces(db, projectId, traceIds);
  await eachKnownBatch(db, projectId, places, nowMs, async (known) => {
    for (const [traceId, run] of await tellRuns(db, projectId, known, nowMs)) told.set(traceId, run);
  });
  return told;
}

/** One run, told; whoever asks for it at the same time gets the same. null when nothing of it is stored. */
export function readToldOnce(db: Database, projectId: string, traceId: string, nowMs: number): Promise<ToldRun | null> {
  return wholeRunsOf(db).shared(
    `told ${traceId} ${projectId}`,
    async () => (await readToldRuns(db, projectId, [traceId], nowMs)).get(traceId) ?? null,
  );
}

/** The summary of one run and its facts; null when nothing of it is stored. @throws StorageError */
export async function readToldRun(
  db: Database,
  projectId: string,
  traceId: string,
  nowMs: number,
): Promise<RunSummaryReply | null> {
  const told = await readToldOnce(db, projectId, traceId, nowMs);
  return told === null ? null : { summary: told.summary, facts: told.facts };
}

/**
 * Tells a run anew by the template and stores that, whatever was stored before; a run that has not ended is not stored.
 * null when nothing of it is stored.
 * @throws StorageError
 */
export async function redoSummary(
  db: Database,
  projectId: string,
  traceId: string,
  nowMs: number,
): Promise<RunSummaryReply | null> {
  const told = (await readToldRuns(db, projectId, [traceId], nowMs)).get(traceId);
  if (told === undefined) return null;
  const { facts, run, coversMs } = told;
  const summary = templateSummary(facts, hashFacts(facts));
  if (!hasEnded(facts)) return { summary, facts };
  await writeSummaries(db, projectId, nowMs, [{ summary, facts, spanCount: run.spanCount, coversMs }]);
  return { summary: { ...summary, writtenAt: new Date(nowMs).toISOString() }, facts };
}
