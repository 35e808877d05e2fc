// SQL that counts a run too large to be read span by span, and picks the spans that say most. The rules are those of
// domain/run/summarize-run.ts and domain/run/facts/; a property test holds the two together (large-run.test.ts).
import { NEWEST_COPY, SPANS_OF_TRACE } from './trace-spans.ts';

/** How many spans of a kind are read one by one. A smaller number is for tests. */
export interface Bounds {
  /** First and last spans of the run, for its list of steps. */
  readonly ends: number;
  /** Of errors, decisions, retries, escalations and step events each. */
  readonly each: number;
  /** Spans with children, for the totals. */
  readonly parents: number;
}
export const BOUNDS: Bounds = { ends: 500, each: 1000, parents: 50_000 };

const COLUMNS = `span_id, parent_span_id, start_time, duration_ns, received_at, flags, otel_kind, kind, is_error, name,
  tool_name, agent, service, model, session_id, user_id, error_type, tokens_in, tokens_out, cost_usd,
  decision_confidence, decision_threshold, decision_confidence_source, retry_attempt, escalation_target, stop_reason,
  notEmpty(reason) AS has_reason, notEmpty(marks) AS has_marks`;

const NO_PARENT = `toFixedString('', 8)`;
/** The order of spans: FixedStrings compare as bytes, as their hex digits do. */
const AT = 'start_time, span_id';
const END_NS = '(toUnixTimestamp64Nano(start_time) + toInt64(duration_ns))';

/** The newest copy of each span, in their order. One thread reads it, so aggregates see them in it. */
const inOrder = (columns: string) =>
  `(SELECT * FROM (SELECT ${columns} ${SPANS_OF_TRACE} ${NEWEST_COPY}) ORDER BY ${AT})`;

/** The first and the last spans of which something holds. */
const first = (limit: number, condition = '1') => `groupArrayIf(${limit})(span_id, ${condition})`;
const last = (limit: number, condition = '1') => `groupArrayLastIf(${limit})(span_id, ${condition})`;
const hexOf = (spanIds: string) => `arrayMap(id -> lower(hex(id)), ${spanIds})`;

const IS_DECISION = `kind = 'decision'`;
/** Below its threshold or not far above, ruled, or answered by a person: decisions that are listed first. */
const NOTABLE = `${IS_DECISION} AND (has_reason OR decision_confidence_source = 'human'
  OR ifNull(decision_confidence <= decision_threshold + 0.051, 0))`;
const IS_ESCALATION = `(kind = 'escalation' OR escalation_target != '')`;
const REPORTS = '(isNotNull(tokens_in) OR isNotNull(tokens_out) OR isNotNull(cost_usd))';
const RANK = `multiIf(parent_span_id = ${NO_PARENT}, 0, bitAnd(flags, 768) = 768 OR otel_kind IN (2, 5), 1, 2)`;

/** The lists of ids by name, and the counts that say whether a list is whole. */
export const overviewSql = ({ ends, each }: Bounds): string => `
SELECT
  count() AS spans,
  countIf(is_error = 1) AS errors,
  countIf(${IS_DECISION}) AS decisions,
  countIf(isNotNull(retry_attempt)) AS retries,
  countIf(${IS_ESCALATION}) AS escalations,
  countIf(has_marks) AS marked,
  ${hexOf(first(ends))} AS first,
  ${hexOf(last(ends))} AS last,
  ${hexOf(`arrayConcat(
    ${[0, 1, 2].map((rank) => first(30, `${RANK} = ${rank}`)).join(', ')},
    [argMin(span_id, (-${END_NS}, ${AT})), argMin(span_id, (-toUnixTimestamp64Milli(received_at), ${AT})),
      argMin(span_id, (ifNull(decision_confidence, inf), ${AT}))],
    ${first(3, `kind = 'agent'`)},
    ${first(2, `kind = 'llm'`)},
    ${last(2, `kind = 'llm'`)},
    ${first(5, REPORTS)},
    ${first(1, `is_error = 1 AND error_type != ''`)},
    ${last(5, `kind = 'agent' AND stop_reason NOT IN ('', 'goal_reached', 'no_tool_call', 'escalated') AND has_reason`)},
    ${first(each, 'is_error = 1')},
    ${last(100, 'is_error = 1')},
    ${first(each, IS_DECISION)},
    ${last(200, IS_DECISION)},
    ${first(each, NOTABLE)},
    ${first(each, 'isNotNull(retry_attempt)')},
    ${first(each, IS_ESCALATION)},
    ${first(each, 'has_marks')})`)} AS picked
FROM ${inOrder(COLUMNS)}`;

/** The distinct values of some columns, each with the first span that has it, in the order of these spans. */
export const VALUES_SQL = `
SELECT said.1 AS field, said.2 AS value, lower(hex(min(began).2)) AS spanId
FROM (SELECT agent, service, model, error_type, session_id, user_id, min((start_time, span_id)) AS began
  FROM (SELECT span_id, start_time, agent, service, model, error_type, session_id, user_id ${SPANS_OF_TRACE} ${NEWEST_COPY})
  GROUP BY agent, service, model, error_type, session_id, user_id)
ARRAY JOIN [('agent', CAST(agent, 'String')), ('service', CAST(service, 'String')), ('model', CAST(model, 'String')),
  ('errorType', CAST(error_type, 'String')), ('sessionId', session_id), ('userId', user_id)] AS said
WHERE said.2 != ''
GROUP BY field, value
ORDER BY min(began)
LIMIT {limit:UInt32} BY field`;

const WITH_PARENT_IDS = `WITH parent_ids AS (SELECT DISTINCT parent FROM (
  SELECT span_id, parent_span_id AS parent ${SPANS_OF_TRACE} ${NEWEST_COPY}))`;

/**
 * Sums of what spans without children report and whose children those are; the spans with children one by one (a parent
 * may repeat its children); and the longest step.
 */
export const totalsSql = ({ parents }: Bounds): string => `
${WITH_PARENT_IDS}
SELECT
  ${['tokens_in', 'tokens_out'].map((column) => `sumOrNullIf(toFloat64(${column}), NOT is_parent) AS ${column}_sum`).join(', ')},
  sumKahanOrNullIf(cost_usd, NOT is_parent) AS cost_usd_sum,
  countIf(is_parent) AS parents,
  groupArrayIf(${parents})(
    (lower(hex(span_id)), lower(hex(parent_span_id)), tokens_in, tokens_out, cost_usd), is_parent) AS nodes,
  ${['tokens_in', 'tokens_out', 'cost_usd']
    .map(
      (column) =>
        `${hexOf(`groupUniqArrayIf(${parents})(parent_span_id, NOT is_parent AND isNotNull(${column}))`)} AS over_${column}`,
    )
    .join(', ')},
  if(countIf(is_step) = 0, '', lower(hex(argMinIf(span_id, (-toInt64(duration_ns), ${AT}), is_step)))) AS longest
FROM (
  SELECT *, span_id IN parent_ids AS is_parent,
    parent_span_id != ${NO_PARENT} AND span_id != {topId:Id8} AND NOT (kind = 'agent' AND is_parent) AS is_step
  FROM ${inOrder('span_id, parent_span_id, start_time, duration_ns, kind, tokens_in, tokens_out, cost_usd')})`;

/** What JavaScript's trim() takes away. */
const SPACE =
  '[\\\\s\\\\x0b\\\\x{a0}\\\\x{1680}\\\\x{2000}-\\\\x{200a}\\\\x{2028}\\\\x{2029}\\\\x{202f}\\\\x{205f}\\\\x{3000}\\\\x{feff}]+';
const trimmed = (text: string) => `replaceRegexpAll(${text}, '^${SPACE}|${SPACE}$', '')`;
/** As `bareName` of domain/run/facts/trace-index.ts has it. */
const BARE_NAME = `if(${trimmed('tool_name')} != '', ${trimmed('tool_name')}, ${trimmed('name')})`;
const LOOP_TIMES = 5;
const SERIES_MAX = 40;

/**
 * How many steps there are (wrappers of the same step and the run itself are none), and the longest series of siblings of
 * one name that began one after the other. `overlapping`: series of which some ran at once; they are not counted.
 */
export const STEPS_SQL = `
${WITH_PARENT_IDS}
SELECT
  sum(n) AS steps,
  countIf(may_loop AND NOT is_series) AS overlapping,
  arraySlice(arraySort(groupArrayIf(
    (-toInt64(n), one[1].1, lower(hex(one[1].2)), kind, step, ${hexOf(`arrayMap(each -> each.2, arraySlice(one, 1, 5))`)}, toFloat64(took_ns)),
    may_loop AND is_series)), 1, ${SERIES_MAX}) AS series
FROM (
  SELECT parent_span_id, kind, step, count() AS n, sum(duration_ns) AS took_ns,
    arraySort(groupArray((start_time, span_id, addNanoseconds(start_time, duration_ns)))) AS one,
    n >= ${LOOP_TIMES} AND kind NOT IN ('decision', 'guardrail') AS may_loop,
    may_loop AND arrayAll((later, earlier) -> later.1 >= earlier.3, arrayPopFront(one), arrayPopBack(one)) AS is_series
  FROM (
    SELECT span_id, parent_span_id, kind, start_time, duration_ns, ${BARE_NAME} AS step
    FROM (SELECT span_id, parent_span_id, kind, start_time, duration_ns, name, tool_name ${SPANS_OF_TRACE} ${NEWEST_COPY})
  ) AS own
  LEFT ANY JOIN (
    SELECT span_id AS around_id, 1 AS is_there, ${BARE_NAME} AS around_step
    FROM (SELECT span_id, name, tool_name ${SPANS_OF_TRACE} ${NEWEST_COPY})
    WHERE span_id IN parent_ids
  ) AS around ON own.parent_span_id = around.around_id
  WHERE span_id != {topId:Id8} AND NOT (is_there = 1 AND around_step = step AND parent_span_id != span_id)
  GROUP BY parent_span_id, kind, step)`;

/** Of some spans, those that failed children name as their parent. */
export const FAILED_PARENTS_SQL = `
SELECT DISTINCT lower(hex(parent)) AS spanId
FROM (SELECT span_id, parent_span_id AS parent, is_error ${SPANS_OF_TRACE} ${NEWEST_COPY})
WHERE is_error = 1 AND parent IN {spanIds:Array(Id8)}`;

/** Rows of some spans. The ids come out of a subquery: of a plain list the engine compares each with every block's key. */
export const rowsSql = (select: string): string => `
SELECT * FROM (SELECT ${select} ${SPANS_OF_TRACE} AND span_id IN (SELECT arrayJoin({spanIds:Array(Id8)})) ${NEWEST_COPY})
ORDER BY startTime, spanId`;

/** The number of span copies of a trace and when the newest arrived: its counts are valid while these are unchanged. */
export const VERSIONS_SQL = `
SELECT lower(hex(trace_id)) AS traceId, count() AS copies, toUnixTimestamp64Milli(max(received_at)) AS newestMs
FROM spans
WHERE project_id = {projectId:String}
  AND service IN {services:Array(String)}
  AND toStartOfFiveMinutes(start_time) IN {buckets:Array(UInt32)}
  AND trace_id IN {traceIds:Array(Id16)}
GROUP BY trace_id`;
