// Sums of slices over a time range, and what follows from them. Pure.
import { binAmount } from '#domain/rule/amount-bins';
import type { MeasureSlice } from '#storage/read-measures';

export interface Totals {
  readonly count: number;
  readonly hits: number;
  readonly sum: number;
  /** How many had which amount: see `binAmount`. */
  readonly bins: ReadonlyMap<number, number>;
  /** Different runs of the hits, as far as slices name them. */
  readonly traces: number;
}

export const NOTHING: Totals = { count: 0, hits: 0, sum: 0, bins: new Map(), traces: 0 };

/** @param slices of one subject, in any order, not overlapping */
export function addUp(slices: Iterable<MeasureSlice>): Totals {
  let [count, hits, sum] = [0, 0, 0];
  const bins = new Map<number, number>();
  const traces = new Set<string>();
  for (const slice of slices) {
    count += slice.count;
    hits += slice.hits;
    sum += slice.sum;
    for (const [bin, n] of slice.bins) bins.set(bin, (bins.get(bin) ?? 0) + n);
    for (const trace of slice.traces) traces.add(trace);
  }
  return { count, hits, sum, bins, traces: traces.size };
}

/** The amount that `share` (0..1) of all do not exceed, within a twentieth; 0 when there are none. */
export function quantile({ bins, count }: Totals, share: number): number {
  let left = Math.max(1, Math.ceil(count * share));
  for (const [bin, n] of [...bins].sort(([a], [b]) => a - b)) {
    left -= n;
    if (left <= 0) return binAmount(bin);
  }
  return 0;
}

/** How many surely have an amount above `limit`. */
export function countAbove({ bins }: Totals, limit: number): number {
  let above = 0;
  for (const [bin, n] of bins) if (binAmount(bin - 1) >= limit) above += n;
  return above;
}
