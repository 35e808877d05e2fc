// SQL about the runs that started in a period, each with the sums of its spans: what a digest counts. The rules are those
// of schema/run-status.ts and schema/summarise-run.ts; tests hold the two together.
import type { Period } from '#schema/local-time';
import type { Database, Params } from './database.ts';

/** A span that came this long after it had ended is called late. */
export const LATE_MS = 15 * 60_000;
/** A day of a million spans takes seconds, and nobody waits for it. */
export const DIGEST_LIMITS = { maxSeconds: 120 } as const;

// A run belongs to the period in which it started, by the earliest start any copy reported (as in the list of runs).
const RUNS_OF_PERIOD = `
  SELECT trace_id, min(start_time) AS began, max(hour) AS last_hour
  FROM runs
  WHERE project_id = {project:String} AND trace_id IN (
    SELECT trace_id FROM runs
    WHERE project_id = {project:String}
      AND hour >= toStartOfHour(fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
      AND hour < fromUnixTimestamp64Milli({to:Int64}, 'UTC'))
  GROUP BY trace_id
  HAVING began >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND began < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;

const READ_BOUNDS = `
SELECT count() AS runs, toUnixTimestamp(max(last_hour)) AS lastHourS FROM (${RUNS_OF_PERIOD})`;

// The newest copy of a span counts. Their starts lie between the period's begin and the last hour of its runs, which
// keeps the read to few parts of the table.
const SPANS_OF_PERIOD = `
  SELECT
    trace_id, span_id,
    argMax((parent_span_id, start_time, addNanoseconds(start_time, duration_ns), flags, otel_kind, CAST(name, 'String'),
      is_error, CAST(agent, 'String'), CAST(kind, 'String'), cost_usd), received_at) AS s,
    max(received_at) AS came
  FROM spans
  WHERE project_id = {project:String}
    AND toStartOfFiveMinutes(start_time) >= toStartOfFiveMinutes(fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
    AND toStartOfFiveMinutes(start_time) < toDateTime({until:UInt32}, 'UTC')
    AND trace_id IN (SELECT trace_id FROM (${RUNS_OF_PERIOD}))
    AND cityHash64(trace_id) % {slices:UInt32} = {slice:UInt32}
  GROUP BY trace_id, span_id`;

const ROOT = `s.1 = toFixedString('', 8)`;

/**
 * One row per run that has spans: `trace_id, spans, late, top_rank, is_failed, began, ended, agent, errors, escalations,
 * received, cost, is_cost_certain, has_unknown_cost`. `cost` adds up every report; where a span with a report has
 * children `is_cost_certain` is 0, since it may repeat theirs.
 */
export const RUN_ROWS = `
  SELECT
    trace_id,
    count() AS spans,
    countIf(came > addMilliseconds(s.3, ${LATE_MS})) AS late,
    min(multiIf(${ROOT}, 0, bitAnd(s.4, 768) = 768 OR s.5 IN (2, 5), 1, 2)) AS top_rank,
    argMin(s.7, (multiIf(${ROOT}, 0, bitAnd(s.4, 768) = 768 OR s.5 IN (2, 5), 1, 2), s.2, s.6, s.7, span_id)) AS is_failed,
    argMin(s.8, (multiIf(${ROOT}, 0, bitAnd(s.4, 768) = 768 OR s.5 IN (2, 5), 1, 2), s.2, s.6, s.7, span_id)) AS top_agent,
    argMinIf(s.8, (s.2, span_id), s.8 != '') AS first_agent,
    if(top_agent = '', first_agent, top_agent) AS agent,
    min(s.2) AS began,
    max(s.3) AS ended,
    countIf(s.7 = 1) AS errors,
    countIf(s.9 = 'escalation') AS escalations,
    max(came) AS received,
    countIf(s.10 IS NOT NULL) AS reports,
    sum(ifNull(s.10, 0)) AS cost,
    NOT hasAny(groupArrayIf(span_id, s.10 IS NOT NULL), groupUniqArray(s.1)) AS is_cost_certain,
    countIf(s.9 = 'llm' AND s.10 IS NULL) > 0 AS has_unknown_cost
  FROM (${SPANS_OF_PERIOD})
  GROUP BY trace_id`;

/** Runs that announced steps of which at least one may be open still: their status is not in their spans alone. */
export const ANNOUNCED = `
  SELECT trace_id FROM open_steps
  WHERE project_id = {project:String} AND trace_id IN (SELECT trace_id FROM (${RUNS_OF_PERIOD}))`;

/** Trace ids of runs of the period that announced steps and have no span yet. */
export const READ_ONLY_BEGUN = `
SELECT DISTINCT lower(hex(trace_id)) AS trace FROM (${ANNOUNCED})
WHERE trace_id NOT IN (SELECT trace_id FROM (${SPANS_OF_PERIOD}))`;

/**
 * The spans that matter to the cost of runs whose reports may repeat each other: those that report and those with
 * children.
 */
export const READ_UNCERTAIN_COSTS = `
SELECT lower(hex(trace)) AS traceId, agent,
  arrayMap(n -> lower(hex(n.1)), nodes) AS spanIds,
  arrayMap(n -> lower(hex(n.2)), nodes) AS parentIds,
  arrayMap(n -> n.3, nodes) AS costs
FROM (
  SELECT trace_id AS trace,
    if(argMin(s.8, (multiIf(${ROOT}, 0, bitAnd(s.4, 768) = 768 OR s.5 IN (2, 5), 1, 2), s.2, s.6, s.7, span_id)) = '',
      argMinIf(s.8, (s.2, span_id), s.8 != ''),
      argMin(s.8, (multiIf(${ROOT}, 0, bitAnd(s.4, 768) = 768 OR s.5 IN (2, 5), 1, 2), s.2, s.6, s.7, span_id))) AS agent,
    groupUniqArray(s.1) AS parents,
    arrayFilter(n -> n.3 IS NOT NULL OR has(parents, n.1), groupArray((span_id, s.1, s.10))) AS nodes
  FROM (${SPANS_OF_PERIOD})
  GROUP BY trace_id
  HAVING hasAny(groupArrayIf(span_id, s.10 IS NOT NULL), parents)
)`;

/** The parameters of every statement here for one period. */
export interface RunScope {
  readonly runs: number;
  readonly params: Params;
}

/** @throws StorageError */
export async function findRunsOf(db: Database, projectId: string, { fromMs, toMs }: Period): Promise<RunScope> {
  const params = { project: projectId, from: fromMs, to: toMs };
  const [row] = await db.query<{ runs: string; lastHourS: number }>(READ_BOUNDS, params, DIGEST_LIMITS);
  const until = Number(row?.lastHourS ?? 0) + 3600;
  return { runs: Number(row?.runs ?? 0), params: { ...params, until, slices: 1, slice: 0 } };
}
