// When a pattern is recovering. Pure.
import type { RuleOf } from '#contracts/rule';

/** Errors in the window below which a pattern is recovering; half the threshold unless the rule says otherwise. */
export const recoverBelowOf = (rule: Pick<RuleOf<'similar_errors'>, 'threshold' | 'recoverBelow'>): number =>
  Math.min(rule.recoverBelow ?? Math.ceil(rule.threshold / 2), rule.threshold);
