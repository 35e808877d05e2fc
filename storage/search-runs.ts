// A page of runs, newest first. The folded rows of `runs` find and order them; the spans of the few that are shown give
// exact facts.
import type { Run, RunPage } from '#schema/run';
import type { RunQuery } from '#schema/search';
import { summariseRun } from '#schema/summarise-run';
import { decodeCursor, encodeCursor, type Position } from './cursor.ts';
import type { Database } from './database.ts';
import { findTraces, type TracePlace } from './find-traces.ts';
import { matchesRun } from './matches-run.ts';
import { readRunFacts } from './read-run-facts.ts';
import { composeCandidates } from './where.ts';

const HOUR_S = 3600;
/** How far back each attempt looks, hours: most lists are full after the first. */
const WINDOWS_H = [1, 24, 7 * 24, Infinity];
/** Candidates come in batches: they are cheap to find, and some drop out. */
const CANDIDATES = 500;
const LOWEST_ID = '0'.repeat(32);

interface Candidate extends Position {
  readonly place: TracePlace;
}

/**
 * Runs that match every filter given, by start from new to old (equal starts by trace id), each once.
 * Filters on agent, service, model, error type, session and user ask whether any span of the run has one of the values.
 * @param nowMs the time to judge by whether a run still runs, ms since 1970
 * @throws StorageError; TelltaleError bad_request for a cursor that is not ours
 */
export async function searchRuns(
  db: Database,
  projectId: string,
  query: RunQuery,
  nowMs: number = Date.now(),
): Promise<RunPage> {
  const wanted = query.limit + 1;
  const found: { run: Run; at: Position }[] = [];
  for await (const candidates of candidatesInOrder(db, projectId, query, nowMs)) {
    for (let i = 0; i < candidates.length && found.length < wanted; i += wanted) {
      const slice = candidates.slice(i, i + wanted);
      const facts = await readRunFacts(db, projectId, new Map(slice.map(({ traceId, place }) => [traceId, place])));
      for (const at of slice) {
        const known = facts.get(at.traceId);
        if (known === undefined) continue;
        const { spans, spanCount } = known;
        const run = { ...summariseRun(projectId, at.traceId, spans, nowMs), spanCount };
        if (matchesRun(run, spans, query)) found.push({ run, at });
      }
    }
    if (found.length >= wanted) break;
  }
  const page = found.slice(0, query.limit);
  const last = page.at(-1);
  return {
    runs: page.map(({ run }) => run),
    nextCursor: found.length > query.limit && last !== undefined ? encodeCursor(last.at) : null,
  };
}

/** Batches of runs that may match, each run once and with its true start, looking further back each time. */
async function* candidatesInOrder(
  db: Database,
  projectId: string,
  query: RunQuery,
  nowMs: number,
): AsyncGenerator<Candidate[]> {
  const floorS = query.from === undefined ? 0 : startOfHour(query.from / 1000);
  let after = startOf(query);
  const referenceS = after === null ? nowMs / 1000 : Number(after.startedNs / 1_000_000_000n);
  for (const hours of WINDOWS_H) {
    const sinceS = Math.max(floorS, hours === Infinity ? 0 : startOfHour(referenceS) - hours * HOUR_S);
    for (;;) {
      const window = { sinceS, after, limit: Math.max(CANDIDATES, query.limit + 1) };
      const { sql, params } = composeCandidates(projectId, query, window, nowMs);
      const rows = await db.query<{ traceId: string; startedNs: string }>(sql, params);
      const batch = rows.map(({ traceId, startedNs }) => ({ traceId, startedNs: BigInt(startedNs) }));
      yield await dropEarlierStarts(db, projectId, batch, sinceS);
      after = batch.at(-1) ?? after;
      if (rows.length < window.limit) break;
    }
    if (sinceS <= floorS) return;
    // Everything that started in the window has been given: go on below it.
    after = { startedNs: BigInt(sinceS) * 1_000_000_000n, traceId: LOWEST_ID };
  }
}

/** The place to start from: the end of the page before, or `to`, whichever is older. */
function startOf(query: RunQuery): Position | null {
  const cursor = query.cursor === undefined ? null : decodeCursor(query.cursor);
  if (query.to === undefined) return cursor;
  const to = { startedNs: BigInt(Math.ceil(query.to * 1e6)), traceId: LOWEST_ID };
  return cursor !== null && cursor.startedNs < to.startedNs ? cursor : to;
}

function startOfHour(seconds: number): number {
  return Math.max(0, Math.floor(seconds / HOUR_S) * HOUR_S);
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
