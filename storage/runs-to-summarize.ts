// Runs whose summary is missing or stale, and the progress cursor over the time of receipt.
import type { Database } from './database.ts';
import { sqlTime } from './sql-time.ts';

/**
 * Rows may become readable long after their time of receipt, when storage was down meanwhile; each pass reaches back
 * over the last one. A run summarized up to its newest span is not listed again, so reaching back costs little.
 */
const OVERLAP_MS = 15 * 60_000;

const READ_CURSOR = `
SELECT toUnixTimestamp64Milli(argMax(covers, at)) AS coversMs, count() AS known
FROM summary_cursor WHERE project_id = {projectId:String}`;

/** Up to which time of receipt runs have been summarized, ms since 1970; null before the first time. @throws StorageError */
export async function readSummaryCursor(db: Database, projectId: string): Promise<number | null> {
  const [row] = await db.query<{ coversMs: string; known: string }>(READ_CURSOR, { projectId });
  return row === undefined || Number(row.known) === 0 ? null : Number(row.coversMs);
}

const READ_LAST_PASS = `
SELECT toUnixTimestamp64Milli(max(at)) AS atMs, count() AS known FROM summary_cursor WHERE project_id = {projectId:String}`;

/** When the summarizer last saved its place, ms since 1970; null = never. @throws StorageError */
export async function readLastPass(db: Database, projectId: string): Promise<number | null> {
  const [row] = await db.query<{ atMs: string; known: string }>(READ_LAST_PASS, { projectId });
  return row === undefined || Number(row.known) === 0 ? null : Number(row.atMs);
}

/** @throws StorageError */
export async function writeSummaryCursor(
  db: Database,
  projectId: string,
  atMs: number,
  coversMs: number,
): Promise<void> {
  await db.insertRows('summary_cursor', [{ project_id: projectId, at: sqlTime(atMs), covers: sqlTime(coversMs) }]);
}

// The newest span of a run is in trace_index, whichever of its buckets it fell into. A run is summarized when a summary
// covers exactly that span; one without a summary is due at once, one that grew once it has been quiet for a while.
const READ_RUNS_TO_SUMMARIZE = `
WITH fresh AS (
  SELECT lower(hex(trace_id)) AS traceId, toUnixTimestamp64Milli(max(received_at)) AS lastMs
  FROM trace_index
  WHERE project_id = {projectId:String}
    AND received_at > fromUnixTimestamp64Milli({after:Int64}, 'UTC')
    AND received_at <= fromUnixTimestamp64Milli({until:Int64}, 'UTC')
  GROUP BY trace_id
),
summarized AS (
  SELECT trace_id, toUnixTimestamp64Milli(max(covers)) AS coversMs FROM summaries
  WHERE project_id = {projectId:String} AND trace_id IN (SELECT traceId FROM fresh)
  GROUP BY trace_id
)
SELECT traceId, lastMs FROM fresh
WHERE (lastMs, traceId) > ({fromMs:Int64}, {fromId:String})
  AND (traceId, lastMs) NOT IN (SELECT trace_id, coversMs FROM summarized)
  AND (lastMs <= {quietUntil:Int64} OR traceId NOT IN (SELECT trace_id FROM summarized))
ORDER BY lastMs, traceId
LIMIT {limit:UInt32}`;

const READ_LAST_RECEIVED = `
SELECT lower(hex(trace_id)) AS traceId, toUnixTimestamp64Milli(max(received_at)) AS lastMs FROM trace_index
WHERE project_id = {projectId:String} AND trace_id IN {traceIds:Array(Id16)}
GROUP BY trace_id ORDER BY traceId`;

/** When the newest span of each of these runs was received; runs that are gone are missing. @throws StorageError */
export async function readLastReceived(
  db: Database,
  projectId: string,
  traceIds: readonly string[],
): Promise<RunPlace[]> {
  if (traceIds.length === 0) return [];
  const rows = await db.query<{ traceId: string; lastMs: string }>(READ_LAST_RECEIVED, { projectId, traceIds });
  return rows.map(({ traceId, lastMs }) => ({ traceId, lastMs: Number(lastMs) }));
}

/** A place in the order of runs to summarize. */
export interface RunPlace {
  readonly lastMs: number;
  readonly traceId: string;
}

export interface RunsToSummarizeQuery {
  /** From `readSummaryCursor`. */
  readonly cursorMs: number;
  readonly nowMs: number;
  /** A summarized run that grew is summarized again once nothing came for this long. */
  readonly quietMs: number;
  /** Go on after this place; null at the start of a pass. */
  readonly after: RunPlace | null;
  readonly limit: number;
}

/** Runs with spans that no summary covers, those whose newest span came first first. @throws StorageError */
export async function readRunsToSummarize(
  db: Database,
  projectId: string,
  query: RunsToSummarizeQuery,
): Promise<RunPlace[]> {
  const { cursorMs, nowMs, quietMs, after, limit } = query;
  const from = Math.max(0, Math.trunc(cursorMs) - OVERLAP_MS);
  const rows = await db.query<{ traceId: string; lastMs: string }>(
    READ_RUNS_TO_SUMMARIZE,
    {
      projectId,
      after: from,
      until: Math.trunc(nowMs),
      quietUntil: Math.trunc(nowMs) - quietMs,
      fromMs: after?.lastMs ?? -1,
      fromId: after?.traceId ?? '',
      limit,
    },
    { maxSeconds: 45 },
  );
  return rows.map(({ traceId, lastMs }) => ({ traceId, lastMs: Number(lastMs) }));
}
