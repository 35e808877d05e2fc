// Judges a share against the usual one, beyond chance. Pure.
import type { Judgement } from './measure.ts';
import { median, type Totals } from './totals.ts';
import { wilson } from './wilson.ts';

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
 * What is usual: the median of the days' shares, so that one bad day is not the new usual. null = no baseline yet.
 */
export function usualShare(days: readonly Totals[]): { readonly share: number; readonly count: number } | null {
  const known = days.filter(({ count }) => count >= MIN_A_DAY);
  const count = known.reduce((sum, day) => sum + day.count, 0);
  if (known.length < MIN_DAYS || count < MIN_IN_ALL) return null;
  return { share: median(known.map((day) => day.hits / day.count)), count };
}

/**
 * High when the lower bound of the share reaches both `minShare` and `factor` times the usual, and lies above what the
 * usual may be by chance. Low when the share is below half of that. No baseline: never high.
 */
export function judgeShare(rule: ShareRule, { count, hits }: Totals, days: readonly Totals[]): Judgement {
  const usual = usualShare(days);
  const value = count === 0 ? 0 : hits / count;
  const limit = Math.max(rule.minShare, rule.factor * (usual?.share ?? 0));
  const found = { value, limit, baseline: usual?.share ?? null };
  const level = value < limit / 2 ? 'low' : 'middle';
  if (!isEnough(rule, { count, hits })) return { ...found, level, silentBecause: 'too_few' };
  if (usual === null) return { ...found, level, silentBecause: 'no_baseline' };
  const { low } = wilson(hits, count);
  const chance = wilson(usual.share * usual.count, usual.count).high;
  const isHigh = low >= limit && low > chance;
  return { ...found, level: isHigh ? 'high' : level, silentBecause: null };
}

/** Whether the window alone could be high: what is usual can only raise the limit. */
export function mayBeHighShare(rule: ShareRule, now: Totals): boolean {
  return isEnough(rule, now) && wilson(now.hits, now.count).low >= rule.minShare;
}

const isEnough = (rule: ShareRule, { count, hits }: Pick<Totals, 'count' | 'hits'>): boolean =>
  count >= rule.minCount && hits >= rule.minHits;
