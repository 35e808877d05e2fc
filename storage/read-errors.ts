// Reads the errors table for the detector: what is new, and enough of the past to judge it exactly.
import type { Database, Params } from './database.ts';

const MINUTE_MS = 60_000;
/** A row may become readable a little after its time of receipt, so each read reaches back over the last one. */
const OVERLAP_MS = 5 * MINUTE_MS;
/** An error that ended longer than this before its receipt is history: kept and shown, never counted. */
const TOO_LATE_MS = 120 * MINUTE_MS;
/** Up to this much in the future is a clock slightly wrong; beyond it the time of receipt counts instead. */
const FUTURE_MS = 2 * MINUTE_MS;
/** Thinning works in slices of at most a window, so that a window's two edges never cut the same slice. */
const SLICE_MS = 5 * MINUTE_MS;

// One row per span. Errors count when they happened, not when they came in: a span sent again stays where it was, and
// an hour of errors delivered at once is not a burst.
const onePerSpan = (fingerprints: string) => `
  SELECT
    trace_id, span_id,
    argMax(fingerprint, received_at) AS print,
    argMax(start_time, received_at) AS started,
    argMax(end_time, received_at) AS ended,
    toUnixTimestamp64Milli(ended) AS ended_ms,
    toUnixTimestamp64Milli(min(received_at)) AS received_ms,
    if(ended_ms > received_ms + {future:Int64}, received_ms, ended_ms) AS at,
    argMax(if(agent = '', service, agent), received_at) AS who,
    argMax(name, received_at) AS step,
    argMax(error_type, received_at) AS type,
    argMax(error_template, received_at) AS template
  FROM errors
  WHERE project_id = {project:String}
    AND received_at > fromUnixTimestamp64Milli({historyAfter:Int64}, 'UTC')
    AND trace_id IN (
      SELECT trace_id FROM errors
      WHERE project_id = {project:String}
        AND received_at > fromUnixTimestamp64Milli({historyAfter:Int64}, 'UTC')
        AND ${fingerprints})
  GROUP BY trace_id, span_id
  HAVING received_ms - ended_ms <= {tooLate:Int64}`;

// An error that is thrown on marks every step around it: same trace, type and text, a longer stretch of time. Only the
// innermost counts, or one failing tool would be a pattern of its own at each level. Compared with a sample, so that
// a loop of thousands in one trace stays cheap.
const countedErrors = (fingerprints: string) => `
  SELECT
    trace,
    counted.1 AS fingerprint,
    concat(trace, counted.2) AS span,
    counted.5 AS at_ms,
    counted.6 AS agent,
    counted.7 AS step,
    type AS error_type,
    template AS error_template
  FROM (
    SELECT trace, type, template, arrayJoin(arrayFilter(
      outer -> NOT arrayExists(
        inner -> inner.1 != outer.1 AND inner.3 >= outer.3 AND inner.4 <= outer.4
          AND (inner.3 > outer.3 OR inner.4 < outer.4),
        sample),
      members)) AS counted
    FROM (
      SELECT
        lower(hex(trace_id)) AS trace, type, template,
        groupArray((print, lower(hex(span_id)), started, ended, at, who, step)) AS members,
        arraySlice(members, 1, 64) AS sample
      FROM (${onePerSpan(fingerprints)})
      GROUP BY trace_id, type, template))`;

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

const ONE_GROUP = `FROM (${countedErrors('fingerprint = {fingerprint:String}')})
WHERE fingerprint = {fingerprint:String} AND at_ms BETWEEN {from:Int64} AND {to:Int64}`;

const READ_ERROR_GROUP = `
SELECT
  toUInt32(count()) AS count,
  max(at_ms) AS lastMs,
  argMax(agent, at_ms) AS agent,
  argMax(step, at_ms) AS step,
  argMax(error_type, at_ms) AS errorType,
  argMax(error_template, at_ms) AS message
${ONE_GROUP}
HAVING count > 0`;

const READ_EXAMPLES = `
SELECT trace ${ONE_GROUP}
GROUP BY trace ORDER BY max(at_ms) DESC, trace LIMIT {limit:UInt32}`;

const READ_LAST_SEEN = `
SELECT fingerprint, toUnixTimestamp64Milli(max(end_time)) AS lastMs FROM errors
WHERE project_id = {project:String} AND fingerprint IN {fingerprints:Array(String)}
GROUP BY fingerprint`;

const timeRules = { future: FUTURE_MS, tooLate: TOO_LATE_MS } as const satisfies Params;

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
  const completeSinceMs = newAfter - TOO_LATE_MS - query.reachMs;
  const rows = await db.queryTuples<[string, string, string]>(READ_ERROR_TIMES, {
    ...timeRules,
    project: projectId,
    historyAfter: completeSinceMs - FUTURE_MS,
    newAfter,
    slice: SLICE_MS,
    threshold: query.threshold,
    open: query.open,
  });
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

/** What one fingerprint's errors between two times (ms, both included) have in common; null when there are none. */
export async function readErrorGroup(
  db: Database,
  projectId: string,
  range: { readonly fingerprint: string; readonly fromMs: number; readonly toMs: number },
): Promise<ErrorGroup | null> {
  const params = {
    ...timeRules,
    project: projectId,
    fingerprint: range.fingerprint,
    historyAfter: range.fromMs - FUTURE_MS,
    from: range.fromMs,
    to: range.toMs,
  };
  type Row = Omit<ErrorGroup, 'exampleTraceIds' | 'lastMs'> & { lastMs: string };
  const [row] = await db.query<Row>(READ_ERROR_GROUP, params);
  if (row === undefined) return null;
  const examples = await db.query<{ trace: string }>(READ_EXAMPLES, { ...params, limit: 3 });
  return { ...row, lastMs: Number(row.lastMs), exampleTraceIds: examples.map(({ trace }) => trace) };
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
