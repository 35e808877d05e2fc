// Judges how often something happened that should not happen at all. Pure.
import type { Judgement } from './measure.ts';
import type { Totals } from './totals.ts';

interface CountRule {
  readonly threshold: number;
  readonly minTraces: number;
}

/** High at the threshold, in enough different runs. Low below half of it, at the least when there is none at all. */
export function judgeCount(rule: CountRule, now: Totals): Judgement {
  const { hits, traces } = now;
  const found = { value: hits, limit: rule.threshold, baseline: null };
  if (mayBeHighCount(rule, now)) return { ...found, level: 'high', silentBecause: null };
  const isLow = hits * 2 < rule.threshold || hits === 0;
  const tooFew = hits >= rule.threshold && traces < rule.minTraces;
  return { ...found, level: isLow ? 'low' : 'middle', silentBecause: tooFew ? 'too_few' : null };
}

export const mayBeHighCount = ({ threshold, minTraces }: CountRule, { hits, traces }: Totals): boolean =>
  hits >= threshold && traces >= minTraces;
