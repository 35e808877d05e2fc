// The figures of the runs that started in a period, and which of them stand out.
import type { RunStatus } from '#contracts/run';
import type { Period } from '#domain/local-time';
import { SILENCE_MS } from '#domain/run/run-status';
import { lowestReports } from '#domain/run/run-totals';
import type { SummedUp } from '#domain/run/summarize-run';
import type { Database } from './database.ts';
import {
  ANNOUNCED,
  DIGEST_LIMITS,
  findRunsOf,
  READ_ONLY_BEGUN,
  READ_UNCERTAIN_COSTS,
  RUN_ROWS,
} from './digest-runs.ts';
import { sumUpEach, type UnreadRun } from './sum-up-each.ts';

/** Runs worth a closer look are the first few by each measure. */
const FEW = 3;
/** Spans of uncertain runs read at once; it bounds memory. */
const SPANS_AT_ONCE = 500_000;

const ENDED = `top_rank = 0 OR (top_rank = 1 AND NOT is_announced AND (is_whole OR received <= silent_before))`;

const READ_FIGURES = `
SELECT
  toUInt32(count()) AS runs,
  toUInt32(sum(spans)) AS spanCount,
  toUInt32(sum(late)) AS lateSpans,
  toUInt32(countIf(has_ended AND is_failed)) AS failed,
  toUInt32(countIf(NOT has_ended AND NOT is_announced AND received <= silent_before)) AS stalled,
  toUInt32(countIf(NOT has_ended AND NOT is_announced AND received > silent_before)) AS running,
  groupArrayIf(trace, NOT has_ended AND is_announced) AS announced,
  quantileExactOrNullIf(0.95)(lasted_ns, has_ended) / 1e6 AS p95DurationMs,
  toUInt32(countIf(reports > 0)) AS priced,
  sumIf(cost, is_cost_certain) AS certainCost,
  toUInt32(countIf(NOT is_cost_certain)) AS uncertain,
  toUInt32(countIf(has_unknown_cost AND reports = 0)) AS unknownCost,
  sumMapIf([run_agent], [cost], is_cost_certain AND reports > 0) AS costByAgent,
  groupArraySortedIf(${FEW})((-cost, trace), is_cost_certain AND cost > 0) AS dearest,
  groupArraySortedIf(${FEW})((-toInt64(lasted_ns), trace), has_ended) AS longest,
  groupArraySortedIf(${FEW})((-toInt64(escalations), -toInt64(errors), trace), has_ended AND is_failed) AS worst,
  groupArraySortedIf(${FEW})((-toInt64(escalations), trace), has_ended AND NOT is_failed AND escalations > 0) AS handedOver
FROM (
  SELECT *, lower(hex(trace_id)) AS trace,
    trace_id IN (${ANNOUNCED}) AS is_announced,
    fromUnixTimestamp64Milli({silentBefore:Int64}, 'UTC') AS silent_before,
    toUInt64(greatest(dateDiff('nanosecond', began, ended), 0)) AS lasted_ns,
    ${ENDED} AS has_ended
  FROM (${RUN_ROWS})
)`;

interface FiguresRow {
  readonly runs: number;
  readonly spanCount: number;
  readonly lateSpans: number;
  readonly failed: number;
  readonly stalled: number;
  readonly running: number;
  readonly announced: string[];
  readonly p95DurationMs: number | null;
  readonly priced: number;
  readonly certainCost: number;
  readonly uncertain: number;
  readonly unknownCost: number;
  readonly costByAgent: [string[], number[]];
  readonly dearest: [number, string][];
  readonly longest: [string, string][];
  readonly worst: [string, string, string][];
  readonly handedOver: [string, string][];
}

export interface RunFigures {
  readonly runs: number;
  readonly failed: number;
  readonly stalled: number;
  readonly running: number;
  readonly p95DurationMs: number | null;
  readonly costUsd: number | null;
  readonly runsOfUnknownCost: number;
  readonly spans: number;
  readonly lateSpans: number;
  /** Dearest first; '' is no agent. */
  readonly costByAgent: readonly (readonly [agent: string, costUsd: number])[];
  /** Trace ids, the most striking first, at most three each. */
  readonly dearest: readonly string[];
  readonly longest: readonly string[];
  /** Failed; those that were handed over come first. */
  readonly worst: readonly string[];
  readonly handedOver: readonly string[];
  /** Runs that have not ended, as their processes say. */
  readonly open: readonly SummedUp[];
  /** Runs of which it cannot be said whether they have ended. */
  readonly unread: readonly UnreadRun[];
}

/**
 * Counts the runs that started in the period.
 * @param nowMs the time to judge by which runs still run, ms since 1970
 * @throws StorageError
 */
export async function readRunFigures(
  db: Database,
  projectId: string,
  period: Period,
  nowMs: number,
): Promise<RunFigures> {
  const scope = await findRunsOf(db, projectId, period);
  if (scope.runs === 0) return NO_RUN_FIGURES;
  const params = { ...scope.params, silentBefore: nowMs - SILENCE_MS };
  const [row] = await db.query<FiguresRow>(READ_FIGURES, params, DIGEST_LIMITS);
  if (row === undefined) return NO_RUN_FIGURES;
  const onlyBegun = await db.query<{ trace: string }>(READ_ONLY_BEGUN, scope.params, DIGEST_LIMITS);
  const asked = [...row.announced, ...onlyBegun.map(({ trace }) => trace)];
  const { runs: open, unread } = await sumUpEach(db, projectId, asked, nowMs);
  const count = (status: RunStatus) => open.filter(({ run }) => run.status === status).length;
  const costs = await addUncertainCosts(db, row, scope.params);
  return {
    runs: row.runs + open.filter(({ run }) => run.spanCount === 0).length,
    failed: row.failed + count('error'),
    stalled: row.stalled + count('stalled'),
    running: row.running + count('running'),
    p95DurationMs: row.p95DurationMs,
    runsOfUnknownCost: row.unknownCost,
    spans: row.spanCount,
    lateSpans: row.lateSpans,
    ...costs,
    longest: row.longest.map(([, trace]) => trace),
    worst: row.worst.map(([, , trace]) => trace),
    handedOver: row.handedOver.map(([, trace]) => trace),
    open: open.filter(({ run }) => run.status === 'running' || run.status === 'stalled'),
    unread,
  };
}

/** Of a period without runs. */
export const NO_RUN_FIGURES: RunFigures = {
  runs: 0,
  failed: 0,
  stalled: 0,
  running: 0,
  p95DurationMs: null,
  costUsd: null,
  runsOfUnknownCost: 0,
  spans: 0,
  lateSpans: 0,
  costByAgent: [],
  dearest: [],
  longest: [],
  worst: [],
  handedOver: [],
  open: [],
  unread: [],
};

type Uncertain = readonly [traceId: string, agent: string, parents: string[], costs: (number | null)[]];

/** Where a span with a report has children, only the walk of domain/run/run-totals.ts says what counts. */
async function addUncertainCosts(
  db: Database,
  row: FiguresRow,
  params: Awaited<ReturnType<typeof findRunsOf>>['params'],
): Promise<Pick<RunFigures, 'costUsd' | 'costByAgent' | 'dearest'>> {
  const byAgent = new Map<string, number>();
  row.costByAgent[0].forEach((agent, i) => void byAgent.set(agent, row.costByAgent[1][i] ?? 0));
  const dearest: [number, string][] = row.dearest.map(([minus, trace]) => [-minus, trace]);
  let costUsd = row.certainCost;
  const slices = row.uncertain === 0 ? 0 : Math.ceil(row.spanCount / SPANS_AT_ONCE);
  for (let slice = 0; slice < slices; slice++) {
    const runs = await db.queryTuples<Uncertain>(READ_UNCERTAIN_COSTS, { ...params, slices, slice }, DIGEST_LIMITS);
    for (const [traceId, agent, parents, costs] of runs) {
      const spans = parents.map((parent, i) => ({
        spanId: String(i + 1),
        parentSpanId: parent === '0' ? null : parent,
        cost: costs[i] ?? null,
      }));
      const cost = lowestReports(spans)(({ cost }) => cost) ?? 0;
      costUsd += cost;
      byAgent.set(agent, (byAgent.get(agent) ?? 0) + cost);
      if (cost > 0) dearest.push([cost, traceId]);
    }
    dearest.sort(([a, x], [b, y]) => b - a || (x < y ? -1 : 1)).splice(FEW);
  }
  return {
    costUsd: row.priced === 0 ? null : costUsd,
    costByAgent: [...byAgent].sort(([x, a], [y, b]) => b - a || (x < y ? -1 : 1)),
    dearest: dearest.map(([, trace]) => trace),
  };
}
