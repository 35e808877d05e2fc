// Reads what rules measure: sums per slice of time, and the facts behind one of them.

import { BIN_RATIO } from '#domain/rule/amount-bins';
import type { Database } from './database.ts';
import { type MeasureSource, SOURCE_SQL, sourceParams } from './measure-sources.ts';
import { storedScope } from './stored-names.ts';

/** Over the default, because a busy hour is when the answer matters most. */
const MAX_SECONDS = 45;
/** More subjects than this are the smallest ones: their sums are left out. */
const MAX_SLICES = 500_000;
const MAX_TRACES = 100;

export interface MeasureScope {
  readonly agents?: readonly string[] | undefined;
  readonly services?: readonly string[] | undefined;
  readonly errorTypes?: readonly string[] | undefined;
  readonly decisions?: readonly string[] | undefined;
}

export interface MeasureRange {
  readonly source: MeasureSource;
  readonly where: MeasureScope;
  /** Time of receipt, ms since 1970: after `fromMs`, up to `toMs`. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** What one subject did in one slice. All of it adds up. */
export interface MeasureSlice {
  readonly subject: string;
  /** End of the slice, ms since 1970: a multiple of its length. */
  readonly atMs: number;
  /** Runs, decisions or steps, and those of them that matter. */
  readonly count: number;
  readonly hits: number;
  /** Of amounts, ms or USD. */
  readonly sum: number;
  /** How many hits had which amount, on a logarithmic scale: see `binAmount`. Sources without amounts have none. */
  readonly bins: readonly (readonly [bin: number, count: number])[];
  /** Runs of the hits, at most 100. */
  readonly traces: readonly string[];
}

const READ_SLICES = (source: MeasureSource) => `
SELECT
  subject,
  intDiv(first_ms + {slice:Int64} - 1, {slice:Int64}) * {slice:Int64} AS at_ms,
  toUInt32(uniqExact(unit)) AS count,
  toUInt32(uniqExactIf(unit, hit = 1)) AS hits,
  sum(amount) AS sum,
  ${source === 'runs' ? `sumMap([toUInt16(floor(log(greatest(amount, 1.)) / log(${BIN_RATIO})))], [toUInt32(1)])` : `([], [])`} AS bins,
  groupUniqArrayIf(${MAX_TRACES})(trace, hit = 1) AS traces
FROM (${SOURCE_SQL[source]})
GROUP BY subject, at_ms
ORDER BY count DESC
LIMIT ${MAX_SLICES}`;

type SliceRow = readonly [string, string, number, number, number, readonly [number[], string[]], string[]];

/**
 * The sums of every subject and slice of a range, by time. Empty slices are left out.
 * @param sliceMs length of a slice; the range begins and ends with one
 * @throws StorageError; never answers "nothing" because a query failed
 */
export async function readSlices(
  db: Database,
  projectId: string,
  { source, where, fromMs, toMs }: MeasureRange,
  sliceMs: number,
  maxSeconds: number = MAX_SECONDS,
): Promise<MeasureSlice[]> {
  const params = { ...paramsOf(projectId, where, fromMs, toMs), slice: sliceMs };
  const rows = await db.queryTuples<SliceRow>(READ_SLICES(source), params, { maxSeconds });
  return rows
    .map(([subject, at, count, hits, sum, [bins, counts], traces]) => ({
      subject,
      atMs: Number(at),
      count,
      hits,
      sum,
      bins: bins.map((bin, i) => [bin, Number(counts[i] ?? 0)] as const),
      traces,
    }))
    .sort((a, b) => a.atMs - b.atMs);
}

const some = (column: string) => `arraySort(groupUniqArrayIf(20)(${column}, hit = 1 AND ${column} != ''))`;

const READ_FACTS = (source: MeasureSource) => `
SELECT
  toUInt32(uniqExact(unit)) AS count,
  toUInt32(uniqExactIf(unit, hit = 1 AND amount >= {limit:Float64})) AS hits,
  toUInt32(uniqExactIf(trace, hit = 1 AND amount >= {limit:Float64})) AS traces,
  ${some('agent')} AS agents, ${some('version')} AS versions, ${some('tool')} AS tools, ${some('model')} AS models,
  argMaxIf(step, first_ms, hit = 1) AS step,
  argMaxIf(error_type, first_ms, hit = 1) AS errorType,
  argMaxIf(note, first_ms, hit = 1) AS note,
  minIf(first_ms, hit = 1) AS firstMs, maxIf(first_ms, hit = 1) AS lastMs,
  arraySlice(arrayDistinct(arrayMap(x -> x.3, arrayReverseSort(
    groupArrayIf((if({byAmount:UInt8} = 1, amount, 0.), first_ms, trace), hit = 1 AND amount >= {limit:Float64})))), 1, 5) AS exampleTraceIds
FROM (${SOURCE_SQL[source]})
WHERE subject = {subject:String}`;

export interface MeasureFacts {
  readonly count: number;
  readonly hits: number;
  /** Different runs among the hits. */
  readonly traces: number;
  readonly agents: readonly string[];
  readonly versions: readonly string[];
  readonly tools: readonly string[];
  readonly models: readonly string[];
  /** Of the newest hit. */
  readonly step: string;
  readonly errorType: string;
  readonly note: string;
  readonly firstMs: number;
  readonly lastMs: number;
  /** At most five different runs: newest first, or those with the largest amount first. */
  readonly exampleTraceIds: readonly string[];
}

export interface FactsQuery extends MeasureRange {
  readonly subject: string;
  /** Only amounts from here on are hits. 0 takes all. */
  readonly limit: number;
  /** Examples are those with the largest amounts. */
  readonly byAmount: boolean;
}

/** The facts behind one subject's sums in a range. @throws StorageError */
export async function readMeasureFacts(
  db: Database,
  projectId: string,
  query: FactsQuery,
  maxSeconds: number = MAX_SECONDS,
): Promise<MeasureFacts> {
  const { source, where, fromMs, toMs, subject, limit, byAmount } = query;
  type Row = Omit<MeasureFacts, 'firstMs' | 'lastMs'> & { firstMs: string; lastMs: string };
  const params = { ...paramsOf(projectId, where, fromMs, toMs), subject, limit, byAmount: byAmount ? 1 : 0 };
  const [row] = await db.query<Row>(READ_FACTS(source), params, { maxSeconds });
  const { firstMs, lastMs, ...facts } = row as Row;
  return { ...facts, firstMs: Number(firstMs), lastMs: Number(lastMs) };
}

function paramsOf(projectId: string, where: MeasureScope, fromMs: number, toMs: number) {
  const { agents = [], services = [], errorTypes = [], decisions = [] } = storedScope(where);
  return {
    project: projectId,
    from: fromMs,
    to: toMs,
    agents,
    services,
    errorTypes,
    decisions,
    ...sourceParams(fromMs),
  };
}
