// A page of runs, newest first. The folded rows of `runs` find and order them; the spans of the few that are shown give
// exact facts.
import type { Run, RunPage } from '#contracts/run';
import type { RunQuery } from '#contracts/search';
import { matchesRun } from '#domain/run/matches-run';
import { decodeCursor, encodeCursor, type Position } from './cursor.ts';
import { type Database, StorageError } from './database.ts';
import { findTraces, joinPlaces, type TracePlace } from './find-traces.ts';
import { withStoredNames } from './stored-names.ts';
import { readModelHeadlines } from './summaries.ts';
import { eachSummedRun } from './summed-runs.ts';
import { composeCandidates, composeVerification } from './where.ts';

/** trace_index stores starts to five minutes, so windows begin at full five minutes. */
const BUCKET_S = 300;
/** How far back each attempt looks, seconds: most lists are full after the first. */
const WINDOWS_S = [BUCKET_S, 3600, 24 * 3600, 7 * 24 * 3600, Infinity];
/** Candidates come in batches; some drop out, and when many do, the batches grow. */
const MAX_CANDIDATES = 2000;
/** Runs whose spans are read at once: more than a page when the filter drops many, for each statement has its price. */
const RUNS_AT_ONCE = 500;
/** The longest search, ms. Each statement has a limit too, but a filter that hardly any run passes asks many. */
const MAX_SEARCH_MS = 20_000;
const TIMEOUT_EXCEEDED = 159;
const LOWEST_ID = '0'.repeat(32);

interface Candidate extends Position {
  readonly place: TracePlace;
}

/**
 * Runs that match every filter given, by start from new to old (equal starts by trace id), each once.
 * Filters on agent, service, model, error type, session and user ask whether any span of the run has one of the values.
 * The newest copy of a span counts, in every filter. The place in the list is that of the earliest start that any copy
 * reported: the same as the run's own start unless a span was sent again with a later one (ADR 0033).
 * @param nowMs the time to judge by whether a run still runs, ms since 1970
 * @throws StorageError, also after `maxMs` without a full page; TelltaleError bad_request for a cursor that is not ours
 */
export async function searchRuns(
  db: Database,
  projectId: string,
  asked: RunQuery,
  nowMs: number = Date.now(),
  maxMs: number = MAX_SEARCH_MS,
): Promise<RunPage> {
  const query = withStoredNames(asked);
  const endMs = performance.now() + maxMs;
  const wanted = query.limit + 1;
  const found: { run: Run; at: Position }[] = [];
  for await (const candidates of candidatesInOrder(db, projectId, query, nowMs)) {
    for (let i = 0; i < candidates.length && found.length < wanted; i += RUNS_AT_ONCE) {
      giveUpAfter(endMs);
      const slice = candidates.slice(i, i + RUNS_AT_ONCE);
      const places = new Map(slice.map(({ traceId, place }) => [traceId, place]));
      const runs = new Map<string, Run>();
      await eachSummedRun(db, projectId, places, nowMs, (traceId, { run, has }) => {
        if (matchesRun(run, has, query)) runs.set(traceId, run);
      });
      const matching = slice.flatMap((at) => {
        const run = runs.get(at.traceId);
        return run === undefined ? [] : [{ run, at }];
      });
      found.push(...(await matchingPayloads(db, projectId, query, matching)));
    }
    if (found.length >= wanted) break;
  }
  const page = found.slice(0, query.limit);
  const last = page.at(-1);
  return {
    runs: await withModelHeadlines(
      db,
      projectId,
      page.map(({ run }) => run),
    ),
    nextCursor: found.length > query.limit && last !== undefined ? encodeCursor(last.at) : null,
  };
}

/** An LLM's headline is valid while the run has exactly the spans that it was written from. */
export async function withModelHeadlines(db: Database, projectId: string, runs: readonly Run[]): Promise<Run[]> {
  const ids = runs.map(({ traceId }) => traceId);
  const written = await readModelHeadlines(db, projectId, ids);
  return runs.map((run) => {
    const model = written.get(run.traceId);
    return model === undefined || model.spanCount !== run.spanCount ? run : { ...run, headline: model.headline };
  });
}

/** Those whose newest copies have the text and the attributes asked for. */
async function matchingPayloads<T extends { at: Candidate }>(
  db: Database,
  projectId: string,
  query: RunQuery,
  runs: readonly T[],
): Promise<readonly T[]> {
  if (runs.length === 0) return runs;
  const place = joinPlaces(runs.map(({ at }) => at.place));
  const traceIds = runs.map(({ at }) => at.traceId);
  const composed = composeVerification(projectId, query, traceIds, place);
  if (composed === null) return runs;
  const rows = await db.query<{ traceId: string }>(composed.sql, composed.params);
  const verified = new Set(rows.map(({ traceId }) => traceId));
  return runs.filter(({ at }) => verified.has(at.traceId));
}

function giveUpAfter(endMs: number): void {
  if (performance.now() <= endMs) return;
  throw new StorageError('too many runs to look through for this filter', {
    retryable: true,
    engineCode: TIMEOUT_EXCEEDED,
  });
}

/** Batches of runs that may match, each run once and with its true start, looking further back each time. */
async function* candidatesInOrder(
  db: Database,
  projectId: string,
  query: RunQuery,
  nowMs: number,
): AsyncGenerator<Candidate[]> {
  let floorS = query.from === undefined ? 0 : startOfBucket(query.from / 1000);
  let after = startOf(query);
  let limit = query.limit + 1;
  const referenceS = after === null ? nowMs / 1000 : Number(after.startedNs / 1_000_000_000n);
  for (const [attempt, lengthS] of WINDOWS_S.entries()) {
    if (attempt === 1) {
      const oldestS = await readOldestHour(db, projectId);
      if (oldestS === null) return;
      floorS = Math.max(floorS, oldestS);
    }
    const sinceS = Math.max(floorS, startOfBucket(referenceS - lengthS));
    for (;;) {
      const { sql, params } = composeCandidates(projectId, query, { sinceS, after, limit }, nowMs);
      const rows = await db.query<{ traceId: string; startedNs: string }>(sql, params);
      const batch = rows.map(({ traceId, startedNs }) => ({ traceId, startedNs: BigInt(startedNs) }));
      yield await dropEarlierStarts(db, projectId, batch, sinceS);
      after = batch.at(-1) ?? after;
      if (rows.length < limit) break;
      limit = Math.min(limit * 4, MAX_CANDIDATES);
    }
    if (sinceS <= floorS) return;
    // Everything that started in the window has been given: go on below it.
    after = { startedNs: BigInt(sinceS) * 1_000_000_000n, traceId: LOWEST_ID };
  }
}

const OLDEST_HOUR = `
SELECT toUnixTimestamp(minOrNull(hour)) AS oldestS
FROM runs
WHERE project_id = {projectId:String}`;

async function readOldestHour(db: Database, projectId: string): Promise<number | null> {
  const [row] = await db.query<{ oldestS: number | null }>(OLDEST_HOUR, { projectId });
  return row?.oldestS ?? null;
}

/** The place to start from: the end of the page before, or `to`, whichever is older. */
function startOf(query: RunQuery): Position | null {
  const cursor = query.cursor === undefined ? null : decodeCursor(query.cursor);
  if (query.to === undefined) return cursor;
  const to = { startedNs: BigInt(Math.ceil(query.to * 1e6)), traceId: LOWEST_ID };
  return cursor !== null && cursor.startedNs < to.startedNs ? cursor : to;
}

function startOfBucket(seconds: number): number {
  return Math.max(0, Math.floor(seconds / BUCKET_S) * BUCKET_S);
}

/** Drops runs with spans from before the window: their turn comes at their true start, in a wider window. */
async function dropEarlierStarts(
  db: Database,
  projectId: string,
  batch: readonly Position[],
  sinceS: number,
): Promise<Candidate[]> {
  const places = await findTraces(
    db,
    projectId,
    batch.map(({ traceId }) => traceId),
  );
  return batch.flatMap((at) => {
    const place = places.get(at.traceId);
    return place !== undefined && (place.buckets[0] ?? 0) >= sinceS ? [{ ...at, place }] : [];
  });
}
