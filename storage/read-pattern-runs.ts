// The runs behind an error pattern: those that failed so, good ones of the same time to compare them with, and what is
// compared of a run.
import type { RunTraits } from '#domain/run/compare-runs';
import type { Database } from './database.ts';
import { findTraces, joinPlaces } from './find-traces.ts';

/** Enough for a share with a narrow interval; the newest ones. */
const MAX_FAILING = 300;
const MAX_GOOD = 700;
const MAX_MESSAGE_CHARS = 500;
const LIMITS = { maxSeconds: 20 };

/** One failing run, as its newest error of the pattern says. */
export interface FailingRun {
  readonly traceId: string;
  readonly spanId: string;
  /** ms since 1970 */
  readonly atMs: number;
  readonly fingerprint: string;
  readonly agent: string;
  readonly version: string;
  readonly model: string;
  /** At most 500 characters. */
  readonly message: string;
}

const READ_FAILING = `
SELECT
  lower(hex(trace_id)) AS traceId,
  lower(hex(argMax(span_id, (end_time, span_id)))) AS spanId,
  toUnixTimestamp64Milli(toDateTime64(max(end_time), 3, 'UTC')) AS atMs,
  argMax(fingerprint, (end_time, span_id)) AS fingerprint,
  argMax(if(agent = '', service, agent), (end_time, span_id)) AS agent,
  argMax(service_version, (end_time, span_id)) AS version,
  argMax(model, (end_time, span_id)) AS model,
  substringUTF8(argMax(error_message, (end_time, span_id)), 1, {maxChars:UInt32}) AS message
FROM errors AS e
WHERE project_id = {project:String} AND e.fingerprint IN {members:Array(String)}
  AND end_time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND start_time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
GROUP BY trace_id
ORDER BY atMs DESC, traceId
LIMIT {limit:UInt32}`;

export interface MembersInRange {
  readonly members: readonly string[];
  /** ms since 1970 */
  readonly fromMs: number;
  readonly toMs: number;
}

/** The newest runs with an error of the pattern in the range, newest first, at most 300. @throws StorageError */
export async function readFailingRuns(
  db: Database,
  projectId: string,
  { members, fromMs, toMs }: MembersInRange,
): Promise<FailingRun[]> {
  const params = { project: projectId, members, fromMs, toMs, maxChars: MAX_MESSAGE_CHARS, limit: MAX_FAILING };
  const rows = await db.query<Omit<FailingRun, 'atMs'> & { atMs: string }>(READ_FAILING, params, LIMITS);
  return rows.map((row) => ({ ...row, atMs: Number(row.atMs) }));
}

// A run that ended, without any error. Rows of `runs` are per hour: a run that began an hour earlier is judged by what
// it did since.
const READ_GOOD = `
SELECT lower(hex(trace_id)) AS traceId
FROM runs
WHERE project_id = {project:String}
  AND hour >= toStartOfHour(toDateTime({fromS:UInt32}, 'UTC')) AND hour < toDateTime({toS:UInt32}, 'UTC')
GROUP BY trace_id
HAVING max(any_error) = 0 AND tupleElement(min(top_span), 'rank') < 2
  AND max(hasAny(arrayConcat(agents, services), {agents:Array(String)}))
ORDER BY min(start_time) DESC, trace_id
LIMIT {limit:UInt32}`;

/** The newest runs of these agents (or services) in the range without any error, at most 700. @throws StorageError */
export async function readGoodRuns(
  db: Database,
  projectId: string,
  { agents, fromMs, toMs }: { agents: readonly string[]; fromMs: number; toMs: number },
): Promise<string[]> {
  const [fromS, toS] = [Math.max(0, Math.floor(fromMs / 1000)), Math.ceil(toMs / 1000)];
  const params = { project: projectId, agents, fromS, toS, limit: MAX_GOOD };
  const rows = await db.query<{ traceId: string }>(READ_GOOD, params, LIMITS);
  return rows.map(({ traceId }) => traceId);
}

// Sets and a maximum: a span that was sent twice changes nothing.
const READ_TRAITS = `
SELECT
  lower(hex(trace_id)) AS traceId,
  arrayConcat(
    groupUniqArrayIf(concat(service, ' ', service_version), service_version != ''),
    groupUniqArrayIf(concat(agent, ' ', agent_version), agent_version != '')) AS versions,
  groupUniqArrayIf(CAST(model, 'String'), model != '') AS models,
  groupUniqArrayIf(CAST(tool_name, 'String'), tool_name != '') AS tools,
  max(tokens_in) AS inputTokens
FROM spans
WHERE project_id = {project:String}
  AND service IN {services:Array(String)}
  AND toStartOfFiveMinutes(start_time) IN {buckets:Array(UInt32)}
  AND trace_id IN {traceIds:Array(Id16)}
GROUP BY trace_id`;

/** What is compared of each run, by trace id; runs whose spans are gone are missing. @throws StorageError */
export async function readRunTraits(
  db: Database,
  projectId: string,
  traceIds: readonly string[],
): Promise<Map<string, RunTraits>> {
  const places = await findTraces(db, projectId, traceIds);
  if (places.size === 0) return new Map();
  const { services, buckets } = joinPlaces(places.values());
  const rows = await db.query<Omit<RunTraits, 'inputTokens'> & { traceId: string; inputTokens: string | null }>(
    READ_TRAITS,
    { project: projectId, services, buckets, traceIds: [...places.keys()] },
    LIMITS,
  );
  return new Map(
    rows.map(({ traceId, inputTokens, ...row }) => [
      traceId,
      { ...row, inputTokens: inputTokens === null ? null : Number(inputTokens) },
    ]),
  );
}

// The newest moment at which the tenth error in thirty minutes was reached, as the detector counts: exact, no buckets.
const READ_BURST = `
SELECT toUnixTimestamp64Milli(toDateTime64(at, 3, 'UTC')) AS tenthMs, toUnixTimestamp64Milli(toDateTime64(first, 3, 'UTC')) AS firstMs
FROM (
  SELECT at, first, number, at - INTERVAL 30 MINUTE <= first AS hot,
    lagInFrame(hot, 1, 0) OVER (ORDER BY at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS wasHot
  FROM (
    SELECT at, row_number() OVER (ORDER BY at) AS number,
      lagInFrame(at, 9) OVER (ORDER BY at ROWS BETWEEN 9 PRECEDING AND CURRENT ROW) AS first
    FROM (
      SELECT argMax(if(end_time > received_at + INTERVAL 2 MINUTE, received_at, end_time), received_at) AS at
      FROM errors
      WHERE project_id = {project:String} AND fingerprint IN {members:Array(String)}
        AND end_time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND start_time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
        AND received_at <= end_time + INTERVAL 2 HOUR
      GROUP BY trace_id, span_id))
  WHERE number >= 10)
WHERE hot = 1 AND wasHot = 0
ORDER BY tenthMs DESC
LIMIT 1`;

/** When ten errors in thirty minutes were last reached in the range, ms since 1970; null = never. @throws StorageError */
export async function readBurst(
  db: Database,
  projectId: string,
  { members, fromMs, toMs }: MembersInRange,
): Promise<{ firstMs: number; tenthMs: number } | null> {
  const params = { project: projectId, members, fromMs, toMs };
  const [row] = await db.query<{ tenthMs: string; firstMs: string }>(READ_BURST, params, LIMITS);
  return row === undefined ? null : { firstMs: Number(row.firstMs), tenthMs: Number(row.tenthMs) };
}
