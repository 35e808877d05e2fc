// Composes the question "which runs?" from the filters of a list. With where-sessions.ts the only file that composes SQL:
// fixed pieces put together, every value a bound parameter. What it renders is snapshot-tested.
import type { RunQuery } from '#contracts/search';
import { SILENCE_MS } from '#domain/run/run-status';
import type { Position } from './cursor.ts';
import type { Params } from './database.ts';
import type { TracePlace } from './find-traces.ts';

/** The part of the list that one statement looks at. */
export interface Window {
  /** Full five minutes, seconds since 1970: runs that started earlier are not asked for. */
  readonly sinceS: number;
  /** Only runs after this place in the order; null at the start of the list. */
  readonly after: Position | null;
  readonly limit: number;
}

export interface Composed {
  readonly sql: string;
  readonly params: Params;
}

/**
 * Runs whose first span inside the window matches, newest first. Rows of `runs` are per hour and fold later, so a run
 * that began before the window may show up with a later start: the caller drops it. Conditions on a run as a whole ask for no less
 * than what the filter means, and the caller checks the rest on the spans.
 */
export function composeCandidates(projectId: string, query: RunQuery, window: Window, nowMs: number): Composed {
  const { after } = window;
  const where = [...RUNS_IN_WINDOW];
  const having: string[] = [];
  let scope = '';
  if (after !== null) {
    where.push(...NOT_AFTER);
    if (isLongAgo(window.sinceS, after, nowMs)) {
      scope = `\n      AND trace_id IN (SELECT trace_id FROM runs WHERE ${where.join(' AND ')})`;
    }
    having.push('(startedNs < {afterNs:Int64} OR (startedNs = {afterNs:Int64} AND trace_id < {afterId:Id16}))');
  }
  if (query.from !== undefined) having.push('startedNs >= {fromNs:Int64}');
  const filters = [
    runFilter(query, scope),
    costFilter(query, scope),
    textFilter(query, scope),
    patternFilter(query, scope),
    ...attributeFilters(query, scope),
  ];
  for (const filter of filters) {
    if (filter !== null) where.push(`trace_id IN (${filter})`);
  }
  const sql = `
SELECT lower(hex(trace_id)) AS traceId, toUnixTimestamp64Nano(min(start_time)) AS startedNs
FROM runs
WHERE ${where.join('\n  AND ')}
GROUP BY trace_id${having.length === 0 ? '' : `\nHAVING ${having.join('\n  AND ')}`}
ORDER BY startedNs DESC, trace_id DESC
LIMIT {limit:UInt32}`;
  return { sql, params: paramsOf(projectId, query, window, nowMs) };
}

/**
 * Filters look at everything since the window began. When most of that is later than the window, it is worth naming
 * the window's runs first.
 */
function isLongAgo(sinceS: number, after: Position, nowMs: number): boolean {
  const untilS = secondsOf(after);
  return nowMs / 1000 - untilS > untilS - sinceS;
}

const secondsOf = ({ startedNs }: Position) => Number(startedNs / 1_000_000_000n);

// All rows of a run that started in the window are from the window on: earlier ones need not be grouped.
const RUNS_IN_WINDOW = [
  'project_id = {projectId:String}',
  "hour >= toStartOfHour(toDateTime({sinceS:UInt32}, 'UTC'))",
  "start_time >= toDateTime({sinceS:UInt32}, 'UTC')",
];

// The row with a run's first span is not after its start.
const NOT_AFTER = [
  "hour <= toDateTime({untilS:UInt32}, 'UTC')",
  "start_time <= fromUnixTimestamp64Nano({afterNs:Int64}, 'UTC')",
];
/** Conditions on the run as a whole: all its hours from the window's start on, whichever hour has the value. */
function runFilter(query: RunQuery, scope: string): string | null {
  const conditions = [
    query.agent && 'max(hasAny(agents, {agents:Array(String)}))',
    query.service && 'max(hasAny(services, {services:Array(String)}))',
    query.model && 'max(hasAny(models, {models:Array(String)}))',
    query.errorType && 'max(hasAny(error_types, {errorTypes:Array(String)}))',
    query.sessionId && 'max(hasAny(session_ids, {sessionIds:Array(String)}))',
    query.userId && 'max(hasAny(user_ids, {userIds:Array(String)}))',
    query.status &&
      `(${[...new Set(query.status)]
        .sort()
        .map((status) => STATUS_CONDITIONS[status])
        .join(' OR ')})`,
    query.maxConfidence !== undefined && 'min(min_confidence) <= {maxConfidence:Float64}',
    query.minDurationMs !== undefined &&
      // A run without an end may have lasted longer than its finished spans.
      `(toUnixTimestamp64Nano(max(end_time)) - toUnixTimestamp64Nano(min(start_time)) >= {minDurationNs:Int64} OR ${TOP_RANK} > 1)`,
  ].filter((condition) => typeof condition === 'string');
  if (conditions.length === 0) return null;
  return `
    SELECT trace_id FROM runs
    WHERE ${RUNS_IN_WINDOW.join(' AND ')}${scope}
    GROUP BY trace_id
    HAVING ${conditions.join(' AND ')}`;
}

// The rules of domain/run/run-status.ts, as far as the folded row shows.
const TOP_RANK = "tupleElement(min(top_span), 'rank')";
const STATUS_CONDITIONS = {
  // A run whose top span failed in an older copy is ok when the newest copy says so: the caller looks.
  ok: `(${TOP_RANK} < 2)`,
  error: `(${TOP_RANK} < 2 AND max(any_error) = 1)`,
  running: `(${TOP_RANK} > 0 AND (max(received_at) > fromUnixTimestamp64Milli({silentSinceMs:Int64}, 'UTC') OR trace_id IN (
      SELECT trace_id FROM open_steps
      WHERE project_id = {projectId:String} AND alive_until > fromUnixTimestamp64Milli({nowMs:Int64}, 'UTC'))))`,
  // Silent for five minutes, or announced by a process that is lost: the few runs without an end are checked.
  stalled: `(${TOP_RANK} > 1)`,
} as const;

const spansInWindow = (scope: string) => `
    SELECT trace_id FROM spans
    WHERE project_id = {projectId:String}
      AND toStartOfFiveMinutes(start_time) >= toDateTime({sinceS:UInt32}, 'UTC')${scope}`;

/** A run's cost is the sum of some of its reports, so it is at most the sum of all. */
function costFilter(query: RunQuery, scope: string): string | null {
  if (query.minCostUsd === undefined) return null;
  return `${spansInWindow(scope)}
      AND isNotNull(cost_usd)
    GROUP BY trace_id
    HAVING sumIf(cost_usd, cost_usd > 0) >= {minCostUsd:Float64} * 0.999999`;
}

const patternFilter = (query: RunQuery, scope: string): string | null =>
  query.fingerprint === undefined
    ? null
    : `
    SELECT trace_id FROM errors
    WHERE project_id = {projectId:String} AND ${PATTERN_CONDITION}${scope}`;
const PATTERN_CONDITION = 'fingerprint IN {fingerprints:Array(String)}';

/** A literal search: no character of the text has a special meaning. */
function textFilter(query: RunQuery, scope: string): string | null {
  const condition = textCondition(query);
  if (condition === null) return null;
  return `${spansInWindow(scope)}\n      AND (${condition})
    UNION ALL
    SELECT toFixedString(unhex(trace_id), 16) FROM summaries
    WHERE project_id = {projectId:String} AND started_at >= toDateTime({sinceS:UInt32}, 'UTC') AND ${SUMMARY_HIT}`;
}

/** Words of the stored headline, or of the sentences below it. */
const SUMMARY_HIT =
  '(positionCaseInsensitiveUTF8(headline, {q:String}) > 0 OR positionCaseInsensitiveUTF8(text, {q:String}) > 0)';

/** Of the runs asked for, those whose newest summary has the text. */
const SUMMARY_HITS = `
  SELECT toFixedString(unhex(trace_id), 16) FROM (
    SELECT trace_id, ${SUMMARY_HIT} AS hit FROM summaries
    WHERE project_id = {projectId:String} AND trace_id IN {traceHexes:Array(String)}
    ORDER BY received_at DESC
    LIMIT 1 BY trace_id
  ) WHERE hit`;

function textCondition(query: RunQuery): string | null {
  if (query.q === undefined) return null;
  const text = ['name', 'error_message', 'input', 'output', 'decision_name', 'decision_choice'];
  const conditions = text.map((column) => `positionCaseInsensitiveUTF8(${column}, {q:String}) > 0`);
  conditions.push('session_id = {q:String}');
  if (traceIdIn(query.q) !== null) conditions.push('trace_id = {qTraceId:Id16}');
  if (spanIdIn(query.q) !== null) conditions.push('span_id = {qSpanId:Id8}');
  return conditions.join(' OR ');
}

const traceIdIn = (q: string) => /^\s*([0-9a-f]{32})\s*$/i.exec(q)?.[1]?.toLowerCase() ?? null;
const spanIdIn = (q: string) => /^\s*([0-9a-f]{16})\s*$/i.exec(q)?.[1]?.toLowerCase() ?? null;

/** The type letter of an attribute (docs/data-dictionary.md): I and O stand for values that moved to input and output. */
const letterOf = (key: string) => `substring(attribute_types, indexOf(mapKeys(attributes), ${key}), 1)`;

/** key=value on any span of the run. An input or output is stored in its own column, with '' in its place in the map. */
function attributeFilters(query: RunQuery, scope: string): string[] {
  return attributeConditions(query).map((condition) => `${spansInWindow(scope)}\n      AND ${condition}`);
}

function attributeConditions(query: RunQuery): string[] {
  return (query.attr ?? []).map((_attr, i) => {
    const key = `{attrKey${i}:String}`;
    const value = `{attrValue${i}:String}`;
    return `mapContains(attributes, ${key})
      AND multiIf(${letterOf(key)} = 'I', input, ${letterOf(key)} = 'O', output, attributes[${key}]) = ${value}`;
  });
}

/**
 * Of the given runs, those whose spans match the text and the attributes asked for, in their newest copies: the finder
 * above looks at every copy of a span. null when neither is asked for.
 * @param place where the spans of these runs stand (findTraces)
 */
export function composeVerification(
  projectId: string,
  query: RunQuery,
  traceIds: readonly string[],
  place: TracePlace,
): Composed | null {
  const text = textCondition(query);
  const conditions = [
    ...(text === null ? [] : [`(${text})`]),
    ...(query.fingerprint === undefined ? [] : [PATTERN_CONDITION]),
    ...attributeConditions(query),
  ];
  if (conditions.length === 0) return null;
  const sql = `
SELECT lower(hex(trace_id)) AS traceId
FROM (
  SELECT trace_id, ${conditions.map((condition, i) => `(${condition}) AS hit${i}`).join(',\n    ')}
  FROM spans
  WHERE project_id = {projectId:String}
    AND service IN {services:Array(String)}
    AND toStartOfFiveMinutes(start_time) IN {buckets:Array(UInt32)}
    AND trace_id IN {traceIds:Array(Id16)}
  ORDER BY received_at DESC
  LIMIT 1 BY trace_id, span_id
)
GROUP BY trace_id
HAVING ${conditions.map((_, i) => (i === 0 && text !== null ? `(max(hit0) = 1 OR trace_id IN (${SUMMARY_HITS}))` : `max(hit${i}) = 1`)).join(' AND ')}`;
  const { services, buckets } = place;
  return {
    sql,
    params: {
      projectId,
      services,
      buckets,
      traceIds,
      ...(text === null ? {} : { traceHexes: traceIds }),
      ...payloadParams(query),
    } as Params,
  };
}

function paramsOf(projectId: string, query: RunQuery, { sinceS, after, limit }: Window, nowMs: number): Params {
  const asksRunning = query.status?.includes('running') === true;
  const values: Record<string, Params[string] | undefined> = {
    projectId,
    sinceS,
    limit,
    untilS: after === null ? undefined : secondsOf(after),
    afterNs: after?.startedNs,
    afterId: after?.traceId,
    fromNs: query.from === undefined ? undefined : nanoseconds(query.from),
    agents: query.agent,
    services: query.service,
    models: query.model,
    errorTypes: query.errorType,
    sessionIds: query.sessionId,
    userIds: query.userId,
    maxConfidence: query.maxConfidence,
    minCostUsd: query.minCostUsd,
    minDurationNs: query.minDurationMs === undefined ? undefined : nanoseconds(query.minDurationMs),
    silentSinceMs: asksRunning ? Math.trunc(nowMs) - SILENCE_MS : undefined,
    nowMs: asksRunning ? Math.trunc(nowMs) : undefined,
    ...payloadParams(query),
  };
  return known(values);
}

/** What text and attribute filters bind. */
function payloadParams(query: RunQuery): Params {
  const values: Record<string, Params[string] | undefined> = {
    q: query.q,
    fingerprints: query.fingerprint,
    qTraceId: query.q === undefined ? undefined : (traceIdIn(query.q) ?? undefined),
    qSpanId: query.q === undefined ? undefined : (spanIdIn(query.q) ?? undefined),
  };
  for (const [i, attr] of (query.attr ?? []).entries()) {
    const at = attr.indexOf('=');
    values[`attrKey${i}`] = attr.slice(0, at);
    values[`attrValue${i}`] = attr.slice(at + 1);
  }
  return known(values);
}

/** The values that a question has. */
export const known = (values: Readonly<Record<string, Params[string] | undefined>>): Params =>
  Object.fromEntries(Object.entries(values).filter((entry) => entry[1] !== undefined)) as Params;

/** Whole nanoseconds, rounded up: a filter in milliseconds may have a fraction. */
function nanoseconds(ms: number): bigint {
  return BigInt(Math.ceil(ms * 1e6));
}
