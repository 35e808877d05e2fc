// The rules about similar errors, in the form the judgement needs: which rule a pattern goes by, and its numbers.
import type { Rule as AnyRule, RuleOf } from '#contracts/rule';
import { recoverBelowOf } from '#domain/rule/describe-rule';
import { storedScope } from '#storage/stored-names';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Errors that show that something is back; its rule has no number for them. */
export const FEWEST_BACK = 3;

/** Half an hour after its end an incident that comes back is the same one. */
export const SAME_EPISODE_MS = 30 * MINUTE_MS;

export interface Rule {
  readonly id: string;
  readonly name: string;
  /** Errors that make a pattern. */
  readonly threshold: number;
  /** They must fit into this much time; exactly this much still counts. */
  readonly windowMs: number;
  /** In fewer runs it is a loop. */
  readonly minTraces: number;
  /** So many times the baseline are needed, once the baseline is known. */
  readonly baselineFactor: number;
  /** An episode ends when fewer than this many errors were in the window ... */
  readonly recoverBelow: number;
  /** ... without a break for this long. */
  readonly recoverAfterMs: number;
  /** A breach this soon after the end is the same episode. */
  readonly sameEpisodeMs: number;
}

/** A few errors are enough when they were never seen before, or when a user marked them as solved. */
export interface FastPath {
  readonly minErrors: number;
  readonly minTraces: number;
}

/** Of each kind, in the order in which they are asked: the first that fits a pattern is its rule. */
export interface PatternRules {
  readonly similar: readonly RuleOf<'similar_errors'>[];
  readonly fresh: readonly RuleOf<'new_pattern'>[];
  readonly back: readonly RuleOf<'regression'>[];
}

/** What a rule may be narrowed to. */
export interface Traits {
  readonly agent: string;
  readonly service: string;
  readonly errorType: string;
}

/** @param rules all rules that hold (storage/read-rules.ts) */
export function patternRules(rules: readonly AnyRule[]): PatternRules {
  const on = rules.filter(({ enabled }) => enabled);
  return {
    similar: narrowFirst(on.filter((rule) => rule.kind === 'similar_errors')),
    fresh: narrowFirst(on.filter((rule) => rule.kind === 'new_pattern')),
    back: narrowFirst(on.filter((rule) => rule.kind === 'regression')),
  };
}

/** A rule for a few is asked before one for all; of those for all, one that a user made before the default. */
function narrowFirst<R extends AnyRule>(rules: readonly R[]): R[] {
  const isNarrow = ({ where }: R) => Object.keys(where).length > 0;
  return [...rules.filter(isNarrow), ...rules.filter((rule) => !isNarrow(rule)).reverse()];
}

/** The first rule that covers a pattern, or null when none does. */
export function firstFor<R extends AnyRule>(rules: readonly R[], traits: Traits): R | null {
  const fits = (wanted: readonly string[] | undefined, is: string) => wanted === undefined || wanted.includes(is);
  return (
    rules.find((rule) => {
      const where = storedScope(rule.where);
      return (
        fits(where.agents, traits.agent) &&
        fits(where.services, traits.service) &&
        fits(where.errorTypes, traits.errorType)
      );
    }) ?? null
  );
}

export const toFresh = ({ minErrors, minTraces }: RuleOf<'new_pattern'>): FastPath => ({ minErrors, minTraces });

export const toBack = ({ afterHours }: RuleOf<'regression'>): FastPath & { readonly afterMs: number } => ({
  minErrors: FEWEST_BACK,
  minTraces: 2,
  afterMs: afterHours * HOUR_MS,
});

export function toRule(rule: RuleOf<'similar_errors'>): Rule {
  return {
    id: rule.id,
    name: rule.name,
    threshold: rule.threshold,
    windowMs: rule.windowMinutes * MINUTE_MS,
    minTraces: rule.minTraces,
    baselineFactor: rule.baselineFactor,
    recoverBelow: recoverBelowOf(rule),
    recoverAfterMs: rule.recoverAfterMinutes * MINUTE_MS,
    sameEpisodeMs: SAME_EPISODE_MS,
  };
}
