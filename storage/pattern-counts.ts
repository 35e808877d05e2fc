// Counts the errors of each pattern in buckets of five minutes. Sealed buckets, in which nothing more is expected, are
// stored in pattern_counts; open ones are counted when read, so a result is never stale and counts nothing twice.
import { bindAsLiterals } from './bind.ts';
import { COPIES, counting, FUTURE_MS } from './counted-errors.ts';
import type { Database, Params } from './database.ts';

export const BUCKET_S = 300;
/** An insert may take this long from its mark in pattern_changes to being readable. */
const REST_MS = 120_000;
/** An error that repeats an inner one ended after it; the inner one was received at most this long before. */
const INNER_BEFORE_MS = 24 * 3_600_000;
/** Buckets counted in one statement: a day's worth of an error storm is not held in memory at once. */
const AT_ONCE = 48;
const LIMITS = { maxSeconds: 45 };

/** Buckets by their start in seconds since 1970, without `toS`. Both are full five minutes. */
export interface BucketRange {
  readonly fromS: number;
  readonly toS: number;
}

const IN_RANGE = `project_id = {project:String}
    AND bucket >= toDateTime({fromS:UInt32}, 'UTC') AND bucket < toDateTime({toS:UInt32}, 'UTC')`;

const READ_OPEN = `
SELECT toUnixTimestamp(changed.bucket) AS bucket, toUnixTimestamp64Milli(changed.at) AS changedMs
FROM (SELECT bucket, max(changed_at) AS at FROM pattern_changes WHERE ${IN_RANGE} GROUP BY bucket) AS changed
LEFT JOIN (
  SELECT bucket, max(counted_at) AS at FROM pattern_counts WHERE ${IN_RANGE} AND fingerprint = '' GROUP BY bucket
) AS counted ON counted.bucket = changed.bucket
WHERE toUnixTimestamp64Milli(counted.at) < toUnixTimestamp64Milli(changed.at) + {rest:Int64}
ORDER BY bucket`;

/** The five minutes an error of the table `errors` counts in. */
const BUCKET_OF = `toUInt32(greatest(0, intDiv(toUnixTimestamp64Milli(toDateTime64(
    if(end_time > received_at + INTERVAL 2 MINUTE, received_at, end_time), 3, 'UTC')), 300000) * 300))`;

const RECENT = `project_id = {project:String} AND received_at > fromUnixTimestamp64Milli({receivedAfter:Int64}, 'UTC')`;
const NEEDED = `project_id = {project:String} AND received_at > fromUnixTimestamp64Milli({innerAfter:Int64}, 'UTC')`;

const ASKED_FOR = `({all:UInt8} OR fingerprint IN {only:Array(String)})`;

/** Traces that have an error asked for in the buckets `{open:Array(UInt32)}`. */
const OPEN_TRACES = `SELECT trace_id FROM errors WHERE ${RECENT} AND ${ASKED_FOR} AND ${BUCKET_OF} IN {open:Array(UInt32)}`;

const NEIGHBOURS = `
SELECT DISTINCT ${BUCKET_OF} AS bucket FROM errors WHERE ${NEEDED} AND trace_id IN (${OPEN_TRACES})`;

// One row per span, its newest copy. Of errors of one type and text in a trace, those around another one only repeat it
// (see counted-errors.ts for the rule; a test holds the two together).
const COUNTED = `
SELECT trace_id, arrayJoin(arrayFilter(
    outer -> NOT arrayExists(
      inner -> inner.1 != outer.1 AND inner.3 >= outer.3 AND inner.4 <= outer.4
        AND (inner.3 > outer.3 OR inner.4 < outer.4),
      arraySlice(members, 1, 64)),
    members)) AS one
  FROM (
    SELECT trace_id, groupArray((fingerprint, span_id, start_time, end_time, at_ms, received_ms, texts)) AS members
    FROM (
      SELECT trace_id, span_id, fingerprint, start_time, end_time, cityHash64(error_type, error_template) AS words,
        (if(agent = '', service, agent), service, service_version, tool_name, model, session_id) AS texts,
        toUnixTimestamp64Milli(toDateTime64(end_time, 3, 'UTC')) AS ended_ms,
        toUnixTimestamp64Milli(min(received_at) OVER copies) AS received_ms,
        if(ended_ms > received_ms + {future:Int64}, received_ms, ended_ms) AS at_ms,
        row_number() OVER copies AS copy
      FROM errors
      WHERE ${NEEDED} AND trace_id IN (${OPEN_TRACES})
      WINDOW copies AS (${COPIES}))
    WHERE copy = 1
    GROUP BY trace_id, words)`;

const TEXTS = ['agents', 'services', 'versions', 'tools', 'models'] as const;
const COLUMNS = `bucket, fingerprint, received_at, errors, late, first_ms, last_ms, traces, sessions, ${TEXTS.join(', ')}`;

/** SQL that counts the buckets `{open:Array(UInt32)}`: COLUMNS. Parameters: those of `openParams`. */
const FRESH = `
SELECT
  toDateTime(bucket_s, 'UTC') AS bucket,
  one.1 AS fingerprint,
  fromUnixTimestamp64Milli(max(one.6), 'UTC') AS received_at,
  count() AS errors,
  countIf(one.6 - one.5 > {tooLate:Int64}) AS late,
  min(one.5) AS first_ms,
  max(one.5) AS last_ms,
  groupUniqArray(cityHash64(trace_id)) AS traces,
  groupUniqArrayIf(cityHash64(one.7.6), one.7.6 != '') AS sessions,
  ${TEXTS.map((name, i) => `groupUniqArrayIf(100)(CAST(one.7.${i + 1}, 'String'), one.7.${i + 1} != '') AS ${name}`).join(',\n  ')}
FROM (SELECT trace_id, one, toUInt32(greatest(0, intDiv(one.5, 300000) * 300)) AS bucket_s FROM (${COUNTED}))
WHERE fingerprint != '' AND ${ASKED_FOR} AND bucket_s IN {open:Array(UInt32)}
GROUP BY bucket, fingerprint`;

/** SQL of the sealed buckets in the range, without the buckets `{open:Array(UInt32)}`: COLUMNS. */
const AT_REST = `
SELECT ${COLUMNS} FROM pattern_counts
WHERE ${IN_RANGE} AND fingerprint != '' AND ${ASKED_FOR}
  AND toUnixTimestamp(bucket) NOT IN {open:Array(UInt32)}
  AND (bucket, counted_at) IN (
    SELECT bucket, max(counted_at) FROM pattern_counts WHERE ${IN_RANGE} AND fingerprint = '' GROUP BY bucket)`;

const SETTLE = `
INSERT INTO pattern_counts (project_id, counted_at, ${COLUMNS})
SELECT {project:String}, now64(3, 'UTC'), ${COLUMNS} FROM (${FRESH})
UNION ALL
SELECT {project:String}, now64(3, 'UTC'), toDateTime(arrayJoin({open:Array(UInt32)}), 'UTC'), '', now64(3, 'UTC'), 0, 0, 0, 0,
  [], [], [], [], [], [], []`;

export interface PatternCounts {
  /** A SELECT of `bucket, fingerprint, errors, late, first_ms, last_ms, traces, sessions, agents …` for a FROM clause. */
  readonly sql: string;
  readonly params: Params;
}

/**
 * Where the counts of a range are read from, as it is now: several rows per pattern, one for each five minutes.
 * @param only these fingerprints; null for all
 * @throws StorageError
 */
export async function patternCounts(
  db: Database,
  projectId: string,
  range: BucketRange,
  only: readonly string[] | null = null,
  restMs: number = REST_MS,
): Promise<PatternCounts> {
  const params = { project: projectId, ...range, ...askedFor(only) };
  const rows = await db.query<{ bucket: number }>(READ_OPEN, { ...params, rest: restMs }, { maxThreads: 1 });
  const open = rows.map(({ bucket }) => bucket);
  if (open.length === 0) return { sql: AT_REST, params: { ...params, open } };
  return { sql: `${AT_REST}\nUNION ALL\n${FRESH}`, params: { ...openParams(projectId, open), ...params } };
}

/**
 * Counts and stores the buckets sealed since the last call. Calling it late, twice or from two processes changes no
 * result, only how fast it is read.
 * @param restMs a bucket is sealed when nothing of it was received for this long
 * @returns how many buckets were counted
 * @throws StorageError
 */
export async function settlePatternCounts(
  db: Database,
  projectId: string,
  restMs: number = REST_MS,
  shouldStop: () => boolean = () => false,
): Promise<number> {
  const always = { project: projectId, fromS: 0, toS: 4_294_967_295, rest: restMs };
  const rows = await db.query<{ bucket: number; changedMs: string }>(READ_OPEN, always, LIMITS);
  const [clock] = await db.query<{ nowMs: string }>("SELECT toUnixTimestamp64Milli(now64(3, 'UTC')) AS nowMs");
  const resting = rows
    .filter(({ changedMs }) => Number(changedMs) + restMs <= Number(clock?.nowMs))
    .map(({ bucket }) => bucket);
  let counted = 0;
  for (let i = 0; i < resting.length && !shouldStop(); i += AT_ONCE) {
    const open = resting.slice(i, i + AT_ONCE);
    // An error that came in may show that one of other five minutes only repeats it.
    const near = await db.query<{ bucket: number }>(NEIGHBOURS, openParams(projectId, open), LIMITS);
    const all = [...new Set([...open, ...near.map(({ bucket }) => bucket)])].sort((a, b) => a - b);
    await db.command(bindAsLiterals(SETTLE, openParams(projectId, all)));
    counted += all.length;
  }
  return counted;
}

const askedFor = (only: readonly string[] | null): Params => ({ all: only === null ? 1 : 0, only: only ?? [] });

function openParams(projectId: string, open: readonly number[]): Params {
  // An error counts at most two minutes after its receipt, so what counts later was not received before.
  const receivedAfter = Math.min(...open) * 1000 - FUTURE_MS - 1;
  return {
    ...counting(new Map()),
    project: projectId,
    open,
    ...askedFor(null),
    receivedAfter,
    innerAfter: receivedAfter - INNER_BEFORE_MS,
  };
}
