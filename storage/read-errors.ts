// Reads the errors table for the detector: what is new, and enough of the past to judge it exactly.
import type { Aliases } from '#domain/pattern/aliases';
import { CANONICAL, countedErrors, counting, FUTURE_MS, WITH_ALIASES } from './counted-errors.ts';
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

/** Patterns by a hash of their name, so that a read that is too much for storage can be done in parts. */
export const PATTERN_PARTS = 64;
const IN_PARTS = (pattern: string) =>
  `(empty({parts:Array(UInt32)}) OR has({parts:Array(UInt32)}, toUInt32(cityHash64(${pattern}) % ${PATTERN_PARTS})))`;

const READ_PARTS = `
SELECT arrayMap(name -> toUInt32(cityHash64(name) % ${PATTERN_PARTS}), {names:Array(String)}) AS parts`;

const COUNT_ROWS = `
SELECT count() AS rows FROM errors
WHERE project_id = {project:String} AND received_at > fromUnixTimestamp64Milli({after:Int64}, 'UTC')`;

const NEW_OR_OPEN = `fingerprint != '' AND ${IN_PARTS(CANONICAL)} AND (${CANONICAL} IN {open:Array(String)} OR ${CANONICAL} IN (
          SELECT ${CANONICAL} FROM errors
          WHERE project_id = {project:String} AND received_at > fromUnixTimestamp64Milli({newAfter:Int64}, 'UTC')))`;

// Of every slice the first and the last few errors, and the first and the last of a few runs: at any moment they count
// the same up to the threshold. Denser errors are grouped by tens of seconds.
const READ_ERROR_TIMES = `
${WITH_ALIASES}
SELECT
  fingerprint, if(is_kept, error.2, concat('~', toString(intDiv(error.1, 10000)))) AS point, any(if(is_kept, error.3, '')) AS run,
  any(error.4) AS ofVersion, max(error.1) AS atMs, count() AS weight
FROM (
  SELECT fingerprint, marked.1 AS error, marked.2 AS is_kept
  FROM (
    SELECT
      fingerprint, sum(length(errors)) OVER (PARTITION BY fingerprint) AS total,
      arrayMap(error -> error.3, errors) AS runs,
      arrayEnumerateUniq(runs) AS nth,
      arrayReverse(arrayEnumerateUniq(arrayReverse(runs))) AS nth_back,
      arrayCumSum(arrayMap(n -> n = 1, nth)) AS nth_run,
      arrayReverse(arrayCumSum(arrayMap(n -> n = 1, arrayReverse(nth_back)))) AS nth_run_back,
      arrayMap(
        (error, i, n, n_back, run, run_back) -> (error,
          i <= {threshold:UInt32} OR length(errors) - i < {threshold:UInt32}
          OR (n = 1 AND run <= {traces:UInt32}) OR (n_back = 1 AND run_back <= {traces:UInt32})),
        errors, arrayEnumerate(errors), nth, nth_back, nth_run, nth_run_back) AS all_marked
    FROM (
      SELECT fingerprint, intDiv(at_ms, {slice:Int64}) AS slice, arraySort(groupArray((at_ms, span, trace, CAST(version, 'String')))) AS errors
      FROM (${countedErrors(NEW_OR_OPEN, ['version'])})
      WHERE fingerprint != '' AND ${IN_PARTS('fingerprint')}
      GROUP BY fingerprint, slice))
  ARRAY JOIN all_marked AS marked
  WHERE total >= {fewest:UInt32} OR fingerprint IN {open:Array(String)}
)
GROUP BY fingerprint, point
ORDER BY fingerprint, atMs, point`;

const READ_LAST_SEEN = `
SELECT fingerprint, toUnixTimestamp64Milli(max(end_time)) AS lastMs FROM errors
WHERE project_id = {project:String} AND fingerprint IN {fingerprints:Array(String)}
GROUP BY fingerprint`;

/** One error, or several of the same ten seconds where they are crowded. */
export interface ErrorPoint {
  /** Names the error, or the ten seconds. */
  readonly span: string;
  /** '' where it stands for several. */
  readonly trace: string;
  readonly version: string;
  /** When it counts (counted-errors.ts), ms since 1970. */
  readonly atMs: number;
  /** How many errors it stands for. */
  readonly weight: number;
}

export interface ErrorTimes {
  /** By pattern; ascending in time. */
  readonly patterns: ReadonlyMap<string, readonly ErrorPoint[]>;
  /** Everything of these patterns after this time is there, as far as counting to the threshold goes. */
  readonly completeSinceMs: number;
  /** Rows received since the cursor, repeats included. */
  readonly fresh: number;
}

export interface ErrorTimesQuery {
  /** Time of receipt, ms since 1970, up to which errors have been judged. */
  readonly cursorMs: number;
  /** The highest threshold of any rule: up to it counts are exact. Beyond it, to ten seconds. */
  readonly threshold: number;
  /** The highest number of different runs that any rule asks for. */
  readonly traces: number;
  /** Patterns with fewer errors than this are left out. */
  readonly fewest: number;
  /** How far back the judgement of a new error looks, ms. */
  readonly reachMs: number;
  /** Patterns to read even when nothing of theirs is new. */
  readonly open: readonly string[];
  readonly aliases: Aliases;
  /** Which of the `PATTERN_PARTS` parts of all patterns, from 0; default all. */
  readonly parts?: readonly number[];
}

/**
 * The errors of every pattern that has new ones since the cursor (and of the open ones), one per span. The answer stays
 * small in a storm.
 * @throws StorageError; never answers "no errors" because a query failed
 */
export async function readErrorTimes(db: Database, projectId: string, query: ErrorTimesQuery): Promise<ErrorTimes> {
  const newAfter = query.cursorMs - OVERLAP_MS;
  const common = { ...counting(query.aliases), project: projectId, newAfter };
  const [found] = await db.query<{ fresh: string; oldestMs: string }>(READ_OLDEST_NEW, common, LIMITS);
  const fresh = Number(found?.fresh ?? 0);
  // Late errors are judged among their contemporaries, so they alone make the read long.
  const completeSinceMs = (fresh > 0 ? Math.min(newAfter, Number(found?.oldestMs)) : newAfter) - query.reachMs;
  const patterns = new Map<string, ErrorPoint[]>();
  if (fresh === 0 && query.open.length === 0) return { patterns, completeSinceMs, fresh };
  const { threshold, traces, fewest, open, parts = [] } = query;
  const historyAfter = completeSinceMs - FUTURE_MS;
  const rows = await db.queryTuples<[string, string, string, string, string, string]>(
    READ_ERROR_TIMES,
    { ...common, historyAfter, slice: SLICE_MS, threshold, traces, fewest, open, parts },
    LIMITS,
  );
  for (const [fingerprint, span, trace, version, atMs, weight] of rows) {
    const point = { span, trace, version, atMs: Number(atMs), weight: Number(weight) };
    const points = patterns.get(fingerprint);
    if (points === undefined) patterns.set(fingerprint, [point]);
    else points.push(point);
  }
  return { patterns, completeSinceMs, fresh };
}

/** Which of the `PATTERN_PARTS` parts each of these patterns is in, from 0. @throws StorageError */
export async function readPartsOf(db: Database, names: readonly string[]): Promise<number[]> {
  if (names.length === 0) return [];
  const [found] = await db.query<{ parts: number[] }>(READ_PARTS, { names });
  return found?.parts ?? [];
}

/** How many rows of the errors table were received after `afterMs`, ms since 1970. @throws StorageError */
export async function countErrorRows(db: Database, projectId: string, afterMs: number): Promise<number> {
  const [found] = await db.query<{ rows: string }>(COUNT_ROWS, { project: projectId, after: afterMs });
  return Number(found?.rows ?? 0);
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
