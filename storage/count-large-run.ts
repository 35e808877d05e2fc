// The totals and series of a large run, out of what SQL has summed up (large-run-sql.ts).
import type { RunFacts } from '#contracts/run-facts';
import type { SpanKind } from '#contracts/span';
import { LIST_MAX } from '#domain/run/facts/limits';
import { durationMsOf, stepName } from '#domain/run/facts/trace-index';
import { lowestReports } from '#domain/run/run-totals';
import { isoTime } from './rows.ts';

type Sum = number | null;
type HexId = string;

export interface TotalsRow {
  readonly tokens_in_sum: Sum;
  readonly tokens_out_sum: Sum;
  readonly cost_usd_sum: Sum;
  /** Spans that have children, and those that could be read one by one: id, parent, reports. */
  readonly parents: string;
  readonly nodes: readonly (readonly [HexId, HexId, string | null, string | null, number | null])[];
  /** Parents of spans without children that report. */
  readonly over_tokens_in: readonly HexId[];
  readonly over_tokens_out: readonly HexId[];
  readonly over_cost_usd: readonly HexId[];
  /** '' when there is none. */
  readonly longest: HexId;
}

const numberOrNull = (cell: string | number | null): Sum => (cell === null ? null : Number(cell));

/** Run totals, by the rule of `lowestReports`. */
export function totalsOf(row: TotalsRow): Pick<RunFacts['usage'], 'tokensIn' | 'tokensOut' | 'costUsd'> {
  const nodes = row.nodes.map(([spanId, parentSpanId, tokensIn, tokensOut, costUsd]) => ({
    spanId,
    parentSpanId,
    tokensIn: numberOrNull(tokensIn),
    tokensOut: numberOrNull(tokensOut),
    costUsd: numberOrNull(costUsd),
  }));
  const total = (leaves: Sum, over: readonly HexId[], report: 'tokensIn' | 'tokensOut' | 'costUsd'): Sum => {
    // Stands for the children that report: it refines what is above it, and its own report is among the leaves' sum.
    const below = over.map((parentSpanId) => ({ spanId: `below ${parentSpanId}`, parentSpanId, report: 0 }));
    const above = lowestReports([...nodes.map((node) => ({ ...node, report: node[report] })), ...below])(
      (node) => node.report,
    );
    return leaves === null && above === null ? null : (leaves ?? 0) + (above ?? 0);
  };
  return {
    tokensIn: total(row.tokens_in_sum, row.over_tokens_in, 'tokensIn'),
    tokensOut: total(row.tokens_out_sum, row.over_tokens_out, 'tokensOut'),
    costUsd: total(row.cost_usd_sum, row.over_cost_usd, 'costUsd'),
  };
}

/** Minus how many, start and parent-independent id of the first, kind, name, first ids, ns of all together. */
type Series = readonly [string, string, HexId, string, string, readonly HexId[], number];

export interface StepsRow {
  readonly steps: string;
  /** Series of which some ran at once. */
  readonly overlapping: string;
  readonly series: readonly Series[];
}

/** @param startTime when the run began */
export function loopsOf({ series }: StepsRow, startTime: string): RunFacts['loops'] {
  return series.slice(0, LIST_MAX).map(([minusTimes, began, , kind, step, spanIds, tookNs]) => ({
    spanIds: [...spanIds],
    atMs: durationMsOf({ startTime, endTime: isoTime(began) }),
    step: stepName({ toolName: null, name: step }),
    kind: kind as SpanKind,
    times: -Number(minusTimes),
    durationMs: tookNs / 1e6,
  }));
}
