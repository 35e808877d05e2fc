// The rules about similar errors, in the form the judgement needs: which rule a pattern goes by, and its numbers.
import { type Rule as AnyRule, type RuleOf, recoverBelowOf } from '#schema/rule';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

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
  /** As many times the usual number are needed, once what is usual is known. */
  readonly baselineFactor: number;
  /** An episode ends when fewer than this many errors were in the window ... */
  readonly recoverBelow: number;
  /** ... without a break for this long. */
  readonly recoverAfterMs: number;
  /** A breach this soon after the end is the same episode. */
  readonly sameEpisodeMs: number;
}

/** A few errors are enough when they were never seen before, or when somebody said that they are over. */
export interface FastPath {
  readonly minErrors: number;
  readonly minTraces: number;
}

export interface PatternRules {
  /** In the order in which they are asked: the first that fits a pattern is its rule. */
  readonly similar: readonly RuleOf<'similar_errors'>[];
  /** null = switched off. */
  readonly fresh: (FastPath & { readonly learnMs: number }) | null;
  readonly back: (FastPath & { readonly afterMs: number }) | null;
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
  const similar = on.filter((rule) => rule.kind === 'similar_errors');
  const isNarrow = ({ where }: AnyRule) => Object.keys(where).length > 0;
  const fresh = on.find((rule) => rule.kind === 'new_pattern');
  const back = on.find((rule) => rule.kind === 'regression');
  return {
    similar: [...similar.filter(isNarrow), ...similar.filter((rule) => !isNarrow(rule)).reverse()],
    fresh:
      fresh === undefined
        ? null
        : { minErrors: fresh.minErrors, minTraces: fresh.minTraces, learnMs: fresh.learnHours * HOUR_MS },
    back: back === undefined ? null : { minErrors: 3, minTraces: 2, afterMs: back.afterHours * HOUR_MS },
  };
}

/** The rule of a pattern, or null when no rule looks at it. */
export function ruleFor({ similar }: PatternRules, traits: Traits): RuleOf<'similar_errors'> | null {
  const fits = (wanted: readonly string[] | undefined, is: string) => wanted === undefined || wanted.includes(is);
  return (
    similar.find(
      ({ where }) =>
        fits(where.agents, traits.agent) &&
        fits(where.services, traits.service) &&
        fits(where.errorTypes, traits.errorType),
    ) ?? null
  );
}

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
