// Reads the errors table for the detector: what is new, and enough of the past to judge it exactly.
import { COUNTING, countedErrors, FUTURE_MS } from './counted-errors.ts';
import type { Database } from './database.ts';

const MINUTE_MS = 60_000;
/** A row may become readable a little after its time of receipt, so each read reaches back over the last one. */
const OVERLAP_MS = 5 * MINUTE_MS;
/** Thinning works in slices of at most a window, so that a window's two edges never cut the same slice. */
const SLICE_MS = 5 * MINUTE_MS;
/** Over the default, because a storm is when the answer matters most. */
const LIMITS = { maxSeconds: 45 };

const READ_OLDEST_NEW = `
SELECT count() AS fresh, toUnixTimestamp64Milli(min(end_time)) AS oldestMs FROM errors
WHERE project_id = {project:String}
  AND received_at > fromUnixTimestamp64Milli({newAfter:Int64}, 'UTC')
  AND toUnixTimestamp64Milli(received_at) - toUnixTimestamp64Milli(end_time) <= {tooLate:Int64}`;

const NEW_OR_OPEN = `fingerprint != '' AND (fingerprint IN {open:Array(String)} OR fingerprint IN (
          SELECT fingerprint FROM errors
          WHERE project_id = {project:String} AND received_at > fromUnixTimestamp64Milli({newAfter:Int64}, 'UTC')))`;

// Of every slice the first and the last few errors: at any moment they count the same up to the threshold.
const READ_ERROR_TIMES = `
SELECT fingerprint, span, at_ms
FROM (
  SELECT
    fingerprint, span, at_ms,
    count() OVER (PARTITION BY fingerprint) AS total,
    row_number() OVER (PARTITION BY fingerprint, intDiv(at_ms, {slice:Int64}) ORDER BY at_ms, span) AS from_first,
    row_number() OVER (PARTITION BY fingerprint, intDiv(at_ms, {slice:Int64}) ORDER BY at_ms DESC, span DESC) AS from_last
  FROM (${countedErrors(NEW_OR_OPEN)})
  WHERE fingerprint != ''
)
WHERE (total >= {threshold:UInt32} OR fingerprint IN {open:Array(String)})
  AND (from_first <= {threshold:UInt32} OR from_last <= {threshold:UInt32})
ORDER BY fingerprint, at_ms, span`;

// One pass for all of them: in a storm each pass is long.
const READ_ERROR_GROUPS = `
SELECT
  toUInt32(arrayJoin(arrayFilter(
    i -> {fingerprints:Array(String)}[i] = fingerprint
      AND at_ms BETWEEN toInt64({froms:Array(String)}[i]) AND toInt64({tos:Array(String)}[i]),
    range(1, length({fingerprints:Array(String)}) + 1)))) AS number,
  toUInt32(count()) AS count,
  max(at_ms) AS lastMs,
  argMax(agent, at_ms) AS agent,
  argMax(step, at_ms) AS step,
  argMax(error_type, at_ms) AS errorType,
  argMax(error_template, at_ms) AS message,
  arraySlice(arrayDistinct(arrayMap(x -> x.2, arrayReverseSort(groupArray((at_ms, trace))))), 1, 3) AS exampleTraceIds
FROM (${countedErrors('fingerprint IN {fingerprints:Array(String)}')})
GROUP BY number`;

const READ_LAST_SEEN = `
SELECT fingerprint, toUnixTimestamp64Milli(max(end_time)) AS lastMs FROM errors
WHERE project_id = {project:String} AND fingerprint IN {fingerprints:Array(String)}
GROUP BY fingerprint`;

interface ErrorTime {
  readonly fingerprint: string;
  readonly span: string;
  /** When the error counts: its end time, or its time of receipt when it ended in the future. */
  readonly atMs: number;
}

export interface ErrorTimes {
  readonly errors: ErrorTime[];
  /** Everything of the fingerprints in `errors` after this time is there, as far as counting to the threshold goes. */
  readonly completeSinceMs: number;
}

export interface ErrorTimesQuery {
  /** Time of receipt, ms since 1970, up to which errors have been judged. */
  readonly cursorMs: number;
  readonly threshold: number;
  /** How far back the judgement of a new error looks, ms. */
  readonly reachMs: number;
  /** Fingerprints to read even when nothing of theirs is new. */
  readonly open: readonly string[];
}

/**
 * The errors of every fingerprint that has new ones since the cursor (and of the open ones), one row per span.
 * Fingerprints with fewer errors than the threshold are left out, and of crowded minutes only what counts is read,
 * so the answer stays small in a storm.
 * @throws StorageError; never answers "no errors" because a query failed
 */
export async function readErrorTimes(db: Database, projectId: string, query: ErrorTimesQuery): Promise<ErrorTimes> {
  const newAfter = query.cursorMs - OVERLAP_MS;
  const common = { ...COUNTING, project: projectId, newAfter };
  const [found] = await db.query<{ fresh: string; oldestMs: string }>(READ_OLDEST_NEW, common, LIMITS);
  const fresh = Number(found?.fresh ?? 0);
  // Late errors are judged among their contemporaries, so they alone make the read long.
  const completeSinceMs = (fresh > 0 ? Math.min(newAfter, Number(found?.oldestMs)) : newAfter) - query.reachMs;
  if (fresh === 0 && query.open.length === 0) return { errors: [], completeSinceMs };
  const rows = await db.queryTuples<[string, string, string]>(
    READ_ERROR_TIMES,
    {
      ...common,
      historyAfter: completeSinceMs - FUTURE_MS,
      slice: SLICE_MS,
      threshold: query.threshold,
      open: query.open,
    },
    LIMITS,
  );
  return { errors: rows.map(([fingerprint, span, at]) => ({ fingerprint, span, atMs: Number(at) })), completeSinceMs };
}

export interface ErrorGroup {
  readonly count: number;
  readonly lastMs: number;
  readonly agent: string;
  readonly step: string;
  readonly errorType: string;
  readonly message: string;
  /** Newest first, at most three. */
  readonly exampleTraceIds: string[];
}

export interface ErrorRange {
  readonly fingerprint: string;
  /** Both included, ms since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the errors of each range have in common, in the order asked; null where there are none. */
export async function readErrorGroups(
  db: Database,
  projectId: string,
  ranges: readonly ErrorRange[],
): Promise<(ErrorGroup | null)[]> {
  if (ranges.length === 0) return [];
  type Row = Omit<ErrorGroup, 'lastMs'> & { number: number; lastMs: string };
  const rows = await db.query<Row>(
    READ_ERROR_GROUPS,
    {
      ...COUNTING,
      project: projectId,
      historyAfter: Math.min(...ranges.map(({ fromMs }) => fromMs)) - FUTURE_MS,
      fingerprints: ranges.map(({ fingerprint }) => fingerprint),
      froms: ranges.map(({ fromMs }) => String(fromMs)),
      tos: ranges.map(({ toMs }) => String(toMs)),
    },
    LIMITS,
  );
  const groups: (ErrorGroup | null)[] = ranges.map(() => null);
  for (const { number, lastMs, ...row } of rows) groups[number - 1] = { ...row, lastMs: Number(lastMs) };
  return groups;
}

/** The end time, ms since 1970, of each fingerprint's newest error. */
export async function readLastSeen(
  db: Database,
  projectId: string,
  fingerprints: readonly string[],
): Promise<Map<string, number>> {
  if (fingerprints.length === 0) return new Map();
  const rows = await db.query<{ fingerprint: string; lastMs: string }>(READ_LAST_SEEN, {
    project: projectId,
    fingerprints,
  });
  return new Map(rows.map(({ fingerprint, lastMs }) => [fingerprint, Number(lastMs)]));
}
