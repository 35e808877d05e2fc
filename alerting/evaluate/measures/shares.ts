// Rules about shares, judged against their baseline, beyond chance. Pure.
import type { RuleOf } from '#contracts/rule';
import { minutesInWords } from '#domain/rule/describe-rule';
import { median } from '#domain/statistics';
import type { Judgement } from './measure.ts';
import { type Measure, MINUTE_MS } from './measure.ts';
import type { Totals } from './totals.ts';
import { wilson } from './wilson.ts';
import { percent } from './words.ts';

/** Days with fewer say nothing, and fewer days or fewer in all are no baseline. */
const MIN_A_DAY = 10;
const MIN_DAYS = 3;
const MIN_IN_ALL = 100;

export interface ShareRule {
  readonly minCount: number;
  readonly minHits: number;
  readonly minShare: number;
  readonly factor: number;
}

/**
 * The baseline: the median of the days' shares, so that one bad day is not the new baseline. null = there is none yet.
 */
export function baselineShare(days: readonly Totals[]): { readonly share: number; readonly count: number } | null {
  const known = days.filter(({ count }) => count >= MIN_A_DAY);
  const count = known.reduce((sum, day) => sum + day.count, 0);
  if (known.length < MIN_DAYS || count < MIN_IN_ALL) return null;
  return { share: median(known.map((day) => day.hits / day.count)), count };
}

/**
 * High when the lower bound of the share reaches both `minShare` and `factor` times the baseline, and lies above what
 * the baseline may be by chance. Low when the share is below half of that. No baseline: never high.
 */
export function judgeShare(rule: ShareRule, { count, hits }: Totals, days: readonly Totals[]): Judgement {
  const baseline = baselineShare(days);
  const value = count === 0 ? 0 : hits / count;
  const limit = Math.max(rule.minShare, rule.factor * (baseline?.share ?? 0));
  const found = { value, limit, baseline: baseline?.share ?? null };
  const level = value < limit / 2 ? 'low' : 'middle';
  if (!isEnough(rule, { count, hits })) return { ...found, level, silentBecause: 'too_few' };
  if (baseline === null) return { ...found, level, silentBecause: 'no_baseline' };
  const { low } = wilson(hits, count);
  const chance = wilson(baseline.share * baseline.count, baseline.count).high;
  const isHigh = low >= limit && low > chance;
  return { ...found, level: isHigh ? 'high' : level, silentBecause: null };
}

/** Whether the window alone could be high: a baseline can only raise the limit. */
export function mayBeHighShare(rule: ShareRule, now: Totals): boolean {
  return isEnough(rule, now) && wilson(now.hits, now.count).low >= rule.minShare;
}

const isEnough = (rule: ShareRule, { count, hits }: Pick<Totals, 'count' | 'hits'>): boolean =>
  count >= rule.minCount && hits >= rule.minHits;

const failedShareOf = ({ minRuns, minFailed, minShare, factor }: RuleOf<'error_share'>): ShareRule => ({
  minCount: minRuns,
  minHits: minFailed,
  minShare,
  factor,
});

export const errorShare: Measure<RuleOf<'error_share'>> = {
  source: 'runs',
  stepMs: 5 * MINUTE_MS,
  baseline: 'days',
  unit: 'share',
  mayBeHigh: (rule, now) => mayBeHighShare(failedShareOf(rule), now),
  judge: (rule, now, days) => judgeShare(failedShareOf(rule), now, days),
  describe: (rule, { subject, now, judgement: { value, limit, baseline } }) => ({
    title: `${subject}: ${percent(value)} of runs fail, usually ${percent(baseline ?? 0)}`,
    words: `${now.hits} of ${now.count} runs failed within ${minutesInWords(rule.windowMinutes)}; usually ${percent(baseline ?? 0)} do, and it fires when surely more than ${percent(limit)} do.`,
  }),
};

const unsureShareOf = ({ minDecisions, minShare, factor }: RuleOf<'low_confidence'>): ShareRule => ({
  minCount: minDecisions,
  minHits: 1,
  minShare,
  factor,
});

export const lowConfidence: Measure<RuleOf<'low_confidence'>> = {
  source: 'decisions',
  stepMs: 5 * MINUTE_MS,
  baseline: 'days',
  unit: 'share',
  mayBeHigh: (rule, now) => mayBeHighShare(unsureShareOf(rule), now),
  judge: (rule, now, days) => judgeShare(unsureShareOf(rule), now, days),
  describe: (rule, { subject, now, judgement: { value, limit, baseline } }) => ({
    title: `${subject}: ${percent(value)} of decisions are below their threshold, usually ${percent(baseline ?? 0)}`,
    words: `${now.hits} of ${now.count} decisions were below their threshold within ${minutesInWords(rule.windowMinutes)}; usually ${percent(baseline ?? 0)} are, and it fires when surely more than ${percent(limit)} are.`,
  }),
};

const escalatedShareOf = ({ minRuns, minShare, factor }: RuleOf<'escalation_rate'>): ShareRule => ({
  minCount: minRuns,
  minHits: 1,
  minShare,
  factor,
});

export const escalationRate: Measure<RuleOf<'escalation_rate'>> = {
  source: 'escalations',
  stepMs: 5 * MINUTE_MS,
  baseline: 'days',
  unit: 'share',
  mayBeHigh: (rule, now) => mayBeHighShare(escalatedShareOf(rule), now),
  judge: (rule, now, days) => judgeShare(escalatedShareOf(rule), now, days),
  describe: (rule, { subject, now, judgement: { value, limit, baseline } }) => ({
    title: `${subject}: ${percent(value)} of runs are handed to a person, usually ${percent(baseline ?? 0)}`,
    words: `${now.hits} of ${now.count} runs were escalated within ${minutesInWords(rule.windowMinutes)}; usually ${percent(baseline ?? 0)} are, and it fires when surely more than ${percent(limit)} are.`,
  }),
};
