// SQL about the runs that started in a period, each with the sums of its spans: what a digest counts. The rules are those
// of domain/run/run-status.ts and domain/run/summarize-run.ts; tests hold the two together.
import type { Period } from '#domain/local-time';
import { LOCAL_ROOT_BIT } from '#domain/run/run-status';
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

const IN_PERIOD = `
    project_id = {project:String}
    AND toStartOfFiveMinutes(start_time) >= toStartOfFiveMinutes(fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
    AND toStartOfFiveMinutes(start_time) < toDateTime({until:UInt32}, 'UTC')`;

// The newest copy of a span counts. Their starts lie between the period's begin and the last hour of its runs, which
// keeps the read to few parts of the table. Sorting costs an eighth of an argMax over a tuple of the columns.
const SPANS_OF_PERIOD = `
  SELECT trace_id, span_id, parent_span_id, received_at, is_error, cost_usd, start_time,
    addNanoseconds(start_time, duration_ns) AS end_time, kind, CAST(name, 'String') AS span_name,
    CAST(agent, 'String') AS span_agent,
    multiIf(parent_span_id = toFixedString('', 8), 0, bitAnd(flags, 768) = 768 OR otel_kind IN (2, 5), 1, 2) AS span_rank,
    bitTest(flags, ${LOCAL_ROOT_BIT}) AS is_local_root
  FROM spans
  WHERE ${IN_PERIOD}
    AND trace_id IN (SELECT trace_id FROM (${RUNS_OF_PERIOD}))
    AND cityHash64(trace_id) % {slices:UInt32} = {slice:UInt32}
  ORDER BY received_at DESC LIMIT 1 BY trace_id, span_id`;

// The root span of a run and its agent, by the rules of topSpan and sumUp.
const TOP = `argMin((is_error, span_agent, start_time), (span_rank, start_time, span_name, is_error, span_id)) AS top`;
const AGENT = `if(top.2 = '', argMinIf(span_agent, (start_time, span_id), span_agent != ''), top.2) AS run_agent`;

/**
 * One row per run that has spans: `trace_id, spans, late, top_rank, is_whole, is_failed, began, ended, run_agent, errors,
 * escalations, received, cost, reports, is_cost_certain, has_unknown_cost`. `cost` adds up every report; where a span
 * with a report has children `is_cost_certain` is 0, since it may repeat theirs.
 */
export const RUN_ROWS = `
  SELECT
    trace_id,
    count() AS spans,
    countIf(received_at > addMilliseconds(end_time, ${LATE_MS})) AS late,
    min(span_rank) AS top_rank,
    max(is_local_root) = 1 AND top.3 = began AS is_whole,
    ${TOP},
    top.1 AS is_failed,
    ${AGENT},
    min(start_time) AS began,
    max(end_time) AS ended,
    countIf(is_error = 1) AS errors,
    countIf(kind = 'escalation') AS escalations,
    max(received_at) AS received,
    countIf(cost_usd IS NOT NULL) AS reports,
    sum(ifNull(cost_usd, 0)) AS cost,
    NOT hasAny(groupArrayIf(span_id, cost_usd IS NOT NULL), groupUniqArray(parent_span_id)) AS is_cost_certain,
    countIf(kind = 'llm' AND cost_usd IS NULL) > 0 AS has_unknown_cost
  FROM (${SPANS_OF_PERIOD})
  GROUP BY trace_id`;

/** Runs that announced steps of which at least one may be open still: their status is not in their spans alone. */
export const ANNOUNCED = `
  SELECT trace_id FROM open_steps
  WHERE project_id = {project:String} AND trace_id IN (SELECT trace_id FROM (${RUNS_OF_PERIOD}))`;

/** Trace ids of runs of the period that announced steps and have no span yet. */
export const READ_ONLY_BEGUN = `
SELECT DISTINCT lower(hex(trace_id)) AS trace FROM (${ANNOUNCED})
WHERE trace_id NOT IN (SELECT trace_id FROM spans WHERE ${IN_PERIOD} AND trace_id IN (${ANNOUNCED}))`;

/**
 * Tuples of `trace id, agent, parents, costs` of the runs whose reports may repeat each other, with the spans that matter
 * to that: those that report and those with children. A span goes by its place, from 1; parent 0 is none that is there.
 */
export const READ_UNCERTAIN_COSTS = `
SELECT lower(hex(trace_id)), run_agent, arrayMap(n -> indexOf(nodes.1, n.2), nodes), nodes.3
FROM (
  SELECT trace_id, ${TOP}, ${AGENT},
    groupUniqArray(parent_span_id) AS parents,
    arrayFilter(n -> n.3 IS NOT NULL OR has(parents, n.1), groupArray((span_id, parent_span_id, cost_usd))) AS nodes
  FROM (${SPANS_OF_PERIOD})
  GROUP BY trace_id
  HAVING hasAny(groupArrayIf(span_id, cost_usd IS NOT NULL), parents)
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
