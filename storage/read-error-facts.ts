// What the errors of a pattern have in common in a time range, for those who are notified of it.
import type { Aliases } from '#domain/pattern/aliases';
import { ALL_TRAITS, CANONICAL, countedErrors, counting, FUTURE_MS, WITH_ALIASES } from './counted-errors.ts';
import type { Database } from './database.ts';

/** Over the default, because a storm is when the answer matters most. */
const LIMITS = { maxSeconds: 45 };

const counts = (column: string) => `sumMapIf(map(${column}, toUInt64(1)), ${column} != '')`;
const most = (column: string) => {
  const counted = counts(column);
  return `arrayMap(x -> x.1, arraySlice(arraySort(x -> (-toInt64(x.2), x.1), arrayZip(mapKeys(${counted}), mapValues(${counted}))), 1, 20))`;
};

/**
 * SQL: the numbers of the ranges that a row falls in. Those of one pattern stand side by side, so a row is compared with
 * its own few, whatever the number of patterns.
 */
const rangesOf = (fingerprint: string, atMs: string) => `
  arrayJoin(arrayFilter(
    i -> ${atMs} BETWEEN transform(i, {numbers:Array(UInt32)}, {froms:Array(Int64)}, toInt64(0))
      AND transform(i, {numbers:Array(UInt32)}, {tos:Array(Int64)}, toInt64(-1)),
    range(
      transform(${fingerprint}, {patterns:Array(String)}, {firsts:Array(UInt32)}, toUInt32(0)),
      transform(${fingerprint}, {patterns:Array(String)}, {ends:Array(UInt32)}, toUInt32(0)))))`;

// One pass for all of them: in a storm each pass is long.
const READ_ERROR_FACTS = `
${WITH_ALIASES}
SELECT
  toUInt32(${rangesOf('fingerprint', 'at_ms')}) AS number,
  toUInt32(count()) AS count,
  toUInt32(uniqExact(trace)) AS traces,
  toUInt32(countIf(is_skewed)) AS skewed,
  min(at_ms) AS firstMs,
  max(at_ms) AS lastMs,
  argMax(of_agent, at_ms) AS agent,
  argMax(of_step, at_ms) AS step,
  argMax(of_type, at_ms) AS errorType,
  argMax(of_template, at_ms) AS message,
  ${most('of_agent')} AS agents,
  ${most('of_version')} AS versions,
  ${most('of_tool')} AS tools,
  ${most('of_model')} AS models,
  ${counts('of_provider')} AS byProvider,
  ${counts('of_peer')} AS byPeer,
  ${counts('of_model')} AS byModel,
  arraySlice(arrayDistinct(arrayMap(x -> x.2, arrayReverseSort(groupArray(1000)((at_ms, trace))))), 1, 5) AS exampleTraceIds
FROM (
  SELECT
    fingerprint, trace, at_ms, is_skewed, error_type AS of_type, error_template AS of_template, step AS of_step,
    CAST(agent, 'String') AS of_agent, CAST(version, 'String') AS of_version, CAST(tool, 'String') AS of_tool,
    CAST(model, 'String') AS of_model, CAST(provider, 'String') AS of_provider, CAST(peer, 'String') AS of_peer
  FROM (${countedErrors(`${CANONICAL} IN {patterns:Array(String)}`, ALL_TRAITS)})
  ORDER BY at_ms DESC)
GROUP BY number`;

const READ_LATE = `
${WITH_ALIASES}
SELECT
  toUInt32(${rangesOf(CANONICAL, 'toUnixTimestamp64Milli(end_time)')}) AS number,
  toUInt32(uniqExact(trace_id, span_id)) AS late
FROM errors
WHERE project_id = {project:String} AND ${CANONICAL} IN {patterns:Array(String)}
  AND received_at > fromUnixTimestamp64Milli({historyAfter:Int64}, 'UTC')
  AND toUnixTimestamp64Milli(received_at) - toUnixTimestamp64Milli(end_time) > {tooLate:Int64}
GROUP BY number`;

export interface ErrorFacts {
  readonly count: number;
  /** Different runs. */
  readonly traces: number;
  /** Errors whose time was corrected. */
  readonly skewed: number;
  /** Errors that came too late to count. */
  readonly late: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly agent: string;
  readonly step: string;
  readonly errorType: string;
  readonly message: string;
  /** Most hit first, at most twenty of each. */
  readonly agents: string[];
  readonly versions: string[];
  readonly tools: string[];
  readonly models: string[];
  /** Errors by who was asked. */
  readonly byProvider: Readonly<Record<string, number>>;
  readonly byPeer: Readonly<Record<string, number>>;
  readonly byModel: Readonly<Record<string, number>>;
  /** Newest first, at most five. */
  readonly exampleTraceIds: string[];
}

export interface ErrorRange {
  /** A pattern: the fingerprint that others may count as. */
  readonly fingerprint: string;
  /** Both included, ms since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
}

type Numbers = 'firstMs' | 'lastMs';
type Counts = 'byProvider' | 'byPeer' | 'byModel';
type Row = Omit<ErrorFacts, Numbers | Counts | 'late'> & { number: number } & Record<Numbers, string> &
  Record<Counts, Record<string, string>>;

/** What the errors of each range have in common, in the order asked; null where there are none. @throws StorageError */
export async function readErrorFacts(
  db: Database,
  projectId: string,
  ranges: readonly ErrorRange[],
  aliases: Aliases,
): Promise<(ErrorFacts | null)[]> {
  if (ranges.length === 0) return [];
  // The numbers are places in `sorted`, from 1 on.
  const sorted = ranges.map((_, i) => i).sort((a, b) => (name(ranges[a]) < name(ranges[b]) ? -1 : 1));
  const places = new Map<string, { first: number; end: number }>();
  for (const [at, i] of sorted.entries()) {
    const first = places.get(name(ranges[i]))?.first ?? at + 1;
    places.set(name(ranges[i]), { first, end: at + 2 });
  }
  const params = {
    ...counting(aliases),
    project: projectId,
    historyAfter: Math.min(...ranges.map(({ fromMs }) => fromMs)) - FUTURE_MS,
    patterns: [...places.keys()],
    firsts: [...places.values()].map(({ first }) => first),
    ends: [...places.values()].map(({ end }) => end),
    numbers: sorted.map((_, at) => at + 1),
    froms: sorted.map((i) => (ranges[i] as ErrorRange).fromMs),
    tos: sorted.map((i) => (ranges[i] as ErrorRange).toMs),
  };
  const rows = await db.query<Row>(READ_ERROR_FACTS, params, LIMITS);
  const lateRows = await db.query<{ number: number; late: number }>(READ_LATE, params, LIMITS);
  const late = new Map(lateRows.map((row) => [row.number, row.late]));
  const facts: (ErrorFacts | null)[] = ranges.map(() => null);
  for (const { number, firstMs, lastMs, byProvider, byPeer, byModel, ...row } of rows)
    facts[sorted[number - 1] as number] = {
      ...row,
      late: late.get(number) ?? 0,
      firstMs: Number(firstMs),
      lastMs: Number(lastMs),
      byProvider: asNumbers(byProvider),
      byPeer: asNumbers(byPeer),
      byModel: asNumbers(byModel),
    };
  return facts;
}

const name = (range: ErrorRange | undefined): string => range?.fingerprint ?? '';

function asNumbers(counted: Readonly<Record<string, string>>): Record<string, number> {
  // Names come from spans: `__proto__` is a name like any other.
  return Object.fromEntries(Object.entries(counted).map(([name, n]) => [name, Number(n)]));
}
