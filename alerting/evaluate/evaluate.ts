// Says which patterns began, recovered, came back and ended. Pure: the same errors give the same answer, however they
// were cut into ticks.
import type { IncidentKind } from '#contracts/incident';
import type { FastPath, Rule } from './rule.ts';
import { findMoment, findRecovery, inOrder, lastIndexUpTo, type Moment, type Point } from './sliding-window.ts';

/** One time range in which a pattern fired. */
export interface Episode {
  readonly kind: IncidentKind;
  /** The oldest error in the window that fired, and the error that made it fire. */
  readonly firstErrorAtMs: number;
  readonly openedAtMs: number;
  /** Since when it has held without an end between: its opening, or its last return. */
  readonly heldSinceMs: number;
  /** Since when it has been low; null while it is firing. */
  readonly recoveringAtMs: number | null;
  /** null while it holds. */
  readonly resolvedAtMs: number | null;
  /** A user resolved it. */
  readonly resolvedByHand: boolean;
  /** The newest error of the episode that was seen. */
  readonly lastErrorAtMs: number;
  /** How many errors it needed to fire, and how many were there. */
  readonly limit: number;
  readonly count: number;
  /** Errors in a window at this time of day on earlier days; null when that was not known. */
  readonly baseline: number | null;
  /** How often it came back soon after its end. */
  readonly reopened: number;
}

/** Errors in a window at this time of day, on the days before. */
export interface Baseline {
  readonly median: number;
  /** Of all windows of the hours around, so that it rests on more than a few numbers. */
  readonly mean: number;
}

export type Transition =
  | { readonly kind: 'opened' | 'resolved' | 'reopened'; readonly atMs: number; readonly episode: Episode }
  /** It went on: low now, or high again. */
  | { readonly kind: 'recovering' | 'firing_again'; readonly atMs: number; readonly episode: Episode };

export interface EvaluateInput {
  readonly rule: Rule;
  /** The newest episode, however old. */
  readonly latest: Episode | null;
  /** In any order, repeated or not. */
  readonly points: readonly Point[];
  /** `points` holds every error after this time. Must reach a window and a recovery behind the last evaluation. */
  readonly completeSinceMs: number;
  /** Patterns recover only up to this time. */
  readonly nowMs: number;
  /** null when that is not known yet. */
  readonly baseline: Baseline | null;
  /** Set when the project has been recorded for long enough and this pattern is new in it. */
  readonly fresh: FastPath | null;
  /** How a pattern counts as back: `afterMs` after its end, or in a version that is not among `versions`. */
  readonly back: (FastPath & { readonly afterMs: number; readonly versions: readonly string[] }) | null;
}

/** Five standard deviations: a window slides over thousands of moments a day, and each may be unlucky. */
const CHANCE = 5;

/**
 * Errors that the rule needs in a window of this pattern: more than the baseline, and more than chance makes of it.
 * Errors that come at random have a standard deviation of the root of their mean (Poisson). The factor alone is not
 * enough where the baseline is low: 3 × 3 of 144 errors a day is reached by chance every few days.
 */
export function limitOf(rule: Rule, baseline: Baseline | null): number {
  if (baseline === null) return rule.threshold;
  const { median, mean } = baseline;
  return Math.max(rule.threshold, Math.ceil(rule.baselineFactor * median), Math.ceil(mean + CHANCE * Math.sqrt(mean)));
}

/**
 * Fires on the error that completes the limit within the window (an exact sliding window: no buckets, no edges), once
 * per episode; resolves when the window has held fewer than half for `recoverAfterMs`. An episode that began and ended
 * since the last call gives both transitions.
 */
export function evaluate(input: EvaluateInput): Transition[] {
  const { rule, completeSinceMs, nowMs } = input;
  const points = inOrder(input.points);
  const transitions: Transition[] = [];
  let episode = input.latest;
  for (;;) {
    if (episode === null || episode.resolvedAtMs !== null) {
      const next = findBreach(input, points, episode);
      if (next === null) return transitions;
      const isBack = episode !== null && next.episode.reopened > 0;
      episode = next.episode;
      transitions.push({ kind: isBack ? 'reopened' : 'opened', atMs: next.atMs, episode });
    }
    // Before a whole window of complete data the count would be too low.
    const checkFromMs = Math.max(episode.heldSinceMs, completeSinceMs + rule.windowMs);
    const { lowSinceMs, resolvedAtMs } = findRecovery(points, recoveryOf(rule, episode), checkFromMs, nowMs);
    const lastMs = points[lastIndexUpTo(points, resolvedAtMs ?? nowMs)]?.atMs ?? 0;
    const seen: Episode = { ...episode, lastErrorAtMs: Math.max(episode.lastErrorAtMs, lastMs) };
    if (resolvedAtMs === null) {
      const now = { ...seen, recoveringAtMs: lowSinceMs };
      if ((lowSinceMs === null) === (episode.recoveringAtMs === null)) return transitions;
      const kind = lowSinceMs === null ? 'firing_again' : 'recovering';
      return [...transitions, { kind, atMs: lowSinceMs ?? nowMs, episode: now }];
    }
    episode = { ...seen, recoveringAtMs: lowSinceMs, resolvedAtMs };
    transitions.push({ kind: 'resolved', atMs: resolvedAtMs, episode });
  }
}

/** A pattern whose limit was raised by the baseline ends at half of that limit. */
function recoveryOf(rule: Rule, { limit }: Episode) {
  const half = Math.ceil(limit / 2);
  const below = limit === rule.threshold ? rule.recoverBelow : half;
  return { windowMs: rule.windowMs, below, afterMs: rule.recoverAfterMs };
}

function findBreach(input: EvaluateInput, points: readonly Point[], before: Episode | null) {
  const { rule, baseline, fresh } = input;
  const limit = limitOf(rule, baseline);
  let kind: IncidentKind | null = null;
  const moment = findMoment(points, rule.windowMs, eligibleAfter(rule, before), (now) => {
    if (now.count >= limit) kind = kindOf(input, points, before, now);
    else if (fresh !== null && before === null && isEnough(fresh, now)) kind = 'new_pattern';
    else if (before?.resolvedByHand === true && isBack(input, points, before, now)) kind = 'regression';
    return kind !== null;
  });
  if (moment === null || kind === null) return null;
  const { atMs, count } = moment;
  const firstErrorAtMs = (points[moment.from] as Point).atMs;
  const holds = {
    heldSinceMs: atMs,
    recoveringAtMs: null,
    resolvedAtMs: null,
    resolvedByHand: false,
    lastErrorAtMs: atMs,
  };
  const isSame =
    before?.resolvedAtMs != null && !before.resolvedByHand && atMs - before.resolvedAtMs <= rule.sameEpisodeMs;
  const episode: Episode = isSame
    ? { ...before, ...holds, reopened: before.reopened + 1 }
    : {
        kind,
        firstErrorAtMs,
        openedAtMs: atMs,
        limit: Math.min(limit, count),
        count,
        baseline: baseline?.median ?? null,
        reopened: 0,
        ...holds,
      };
  return { atMs, episode };
}

/**
 * After an episode only the last window counts. It holds fewer than half of what fires, so the same burst cannot fire
 * twice, and errors that come in late can still make a new one. What a user resolved stays resolved.
 */
function eligibleAfter(rule: Rule, before: Episode | null): number {
  if (before?.resolvedAtMs == null) return Number.NEGATIVE_INFINITY;
  return before.resolvedByHand ? before.resolvedAtMs : before.resolvedAtMs - rule.windowMs;
}

const isEnough = ({ minErrors, minTraces }: FastPath, { count, traces }: Pick<Moment, 'count' | 'traces'>) =>
  count >= minErrors && traces >= minTraces;

function kindOf(input: EvaluateInput, points: readonly Point[], before: Episode | null, now: Moment): IncidentKind {
  if (now.traces < input.rule.minTraces) return 'loop';
  if (before !== null) return isBack(input, points, before, now) ? 'regression' : 'pattern';
  return input.fresh === null ? 'pattern' : 'new_pattern';
}

/** Long after its end, or in a version that had not failed so. */
function isBack({ back }: EvaluateInput, points: readonly Point[], before: Episode, now: Moment): boolean {
  if (back === null || before.resolvedAtMs === null || !isEnough(back, now)) return false;
  if (now.atMs - before.resolvedAtMs >= back.afterMs) return true;
  if (back.versions.length === 0) return false;
  const inNew = points
    .slice(now.from, now.to + 1)
    .filter(({ version }) => version !== '' && !back.versions.includes(version));
  const count = inNew.reduce((sum, { weight }) => sum + weight, 0);
  return isEnough(back, { count, traces: new Set(inNew.map(({ trace }) => trace)).size });
}
