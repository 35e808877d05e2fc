// Judges a cost or a duration against the same weekday and time of other weeks. Pure.
import type { RuleOf } from '#contracts/rule';
import { minutesInWords } from '#domain/rule/describe-rule';
import { median } from '#domain/statistics';
import type { Judgement } from './measure.ts';
import { type Measure, MINUTE_MS } from './measure.ts';
import { countAbove, quantile, type Totals } from './totals.ts';
import { wilson } from './wilson.ts';
import { duration, many, usd } from './words.ts';

/** Fewer other times are no baseline. */
const MIN_SLOTS = 3;
/** A slot with fewer runs says nothing of how long they usually take. */
const MIN_RUNS_A_SLOT = 20;
/** Above the highest cost of the other times, too: four are few, and their median may be low by chance. */
const ABOVE_HIGHEST = 1.2;
/** Of the runs, those that p95 leaves out. */
const SLOWEST = 0.05;

interface CostRule {
  readonly minRuns: number;
  readonly minCostUsd: number;
  readonly factor: number;
}

/**
 * High when the sum reaches `factor` times the median of the slots and exceeds the highest of them. Slots in which
 * usually fewer than `minRuns` runs cost anything are no baseline: there one run more is already a multiple. A single
 * expensive run is high all the same.
 */
export function judgeCost(rule: CostRule, now: Totals, slots: readonly Totals[]): Judgement {
  const sums = slots.map(({ sum }) => sum);
  const isKnown = slots.length >= MIN_SLOTS && median(slots.map(({ count }) => count)) >= rule.minRuns;
  const baseline = isKnown ? median(sums) : null;
  const limit = Math.max(
    rule.minCostUsd,
    baseline === null ? 0 : Math.max(rule.factor * baseline, ABOVE_HIGHEST * Math.max(...sums)),
  );
  const found = { value: now.sum, limit, baseline };
  const level = now.sum < halfway(limit, baseline) ? 'low' : 'middle';
  if (!mayBeHighCost(rule, now)) return { ...found, level, silentBecause: null };
  if (baseline === null) return { ...found, level, silentBecause: 'no_baseline' };
  return { ...found, level: now.sum >= limit ? 'high' : level, silentBecause: null };
}

export const mayBeHighCost = ({ minCostUsd }: CostRule, { sum }: Totals): boolean => sum >= minCostUsd;

interface LatencyRule {
  readonly minRuns: number;
  readonly minSeconds: number;
  readonly factor: number;
}

/**
 * High when surely more than a twentieth of the runs take longer than `factor` times the baseline: so p95 itself does,
 * beyond chance. The baseline is the median of the slots' p95.
 */
export function judgeLatency(rule: LatencyRule, now: Totals, slots: readonly Totals[]): Judgement {
  const p95s = slots.filter(({ count }) => count >= MIN_RUNS_A_SLOT).map((slot) => quantile(slot, 1 - SLOWEST));
  const baseline = p95s.length >= MIN_SLOTS ? median(p95s) : null;
  const limit = Math.max(rule.minSeconds * 1000, baseline === null ? 0 : rule.factor * baseline);
  const value = quantile(now, 1 - SLOWEST);
  const found = { value, limit, baseline };
  const level = value < halfway(limit, baseline) ? 'low' : 'middle';
  if (now.count < rule.minRuns) return { ...found, level, silentBecause: 'too_few' };
  if (!mayBeHighLatency(rule, now)) return { ...found, level, silentBecause: null };
  if (baseline === null) return { ...found, level, silentBecause: 'no_baseline' };
  const isHigh = wilson(countAbove(now, limit), now.count).low > SLOWEST;
  return { ...found, level: isHigh ? 'high' : level, silentBecause: null };
}

export function mayBeHighLatency({ minRuns, minSeconds }: LatencyRule, now: Totals): boolean {
  return now.count >= minRuns && wilson(countAbove(now, minSeconds * 1000), now.count).low > SLOWEST;
}

/** Halfway back from the limit to the baseline. */
const halfway = (limit: number, baseline: number | null): number => ((baseline ?? 0) + limit) / 2;

export const cost: Measure<RuleOf<'cost'>> = {
  source: 'cost',
  stepMs: 5 * MINUTE_MS,
  baseline: 'slots',
  unit: 'usd',
  mayBeHigh: mayBeHighCost,
  judge: judgeCost,
  describe: (rule, { subject, judgement: { value, limit, baseline }, facts }) => ({
    title: `${subject}: ${usd(value)} in ${minutesInWords(rule.windowMinutes)}, usually ${usd(baseline ?? 0)}`,
    words: `${facts === null ? 'Its runs' : many(facts.traces, 'run')} cost ${usd(value)} within ${minutesInWords(rule.windowMinutes)}; at this weekday and time it is usually ${usd(baseline ?? 0)}, and it fires from ${usd(limit)} on.`,
  }),
};

export const latency: Measure<RuleOf<'latency'>> = {
  source: 'runs',
  stepMs: 5 * MINUTE_MS,
  baseline: 'slots_or_days',
  unit: 'ms',
  mayBeHigh: mayBeHighLatency,
  judge: judgeLatency,
  describe: (rule, { subject, now, judgement: { value, limit, baseline } }) => ({
    title: `${subject}: slow runs, p95 ${duration(value)}, usually ${duration(baseline ?? 0)}`,
    words: `The slowest twentieth of ${now.count} runs took ${duration(value)} or more within ${minutesInWords(rule.windowMinutes)}; at this time it is usually ${duration(baseline ?? 0)}, and it fires when surely more than a twentieth take ${duration(limit)}.`,
  }),
};
