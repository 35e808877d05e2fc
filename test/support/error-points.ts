// Points for the tests of the judgement, and the judgement itself with the default rule.
import { type Episode, type EvaluateInput, evaluate, type Transition } from '../../alerting/evaluate/evaluate.ts';
import type { Rule } from '../../alerting/evaluate/rule.ts';
import type { Point } from '../../alerting/evaluate/sliding-window.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const rule: Rule = {
  id: 'similar-errors',
  name: 'Similar errors',
  threshold: 10,
  windowMs: 30 * MINUTE,
  minTraces: 3,
  baselineFactor: 3,
  recoverBelow: 5,
  recoverAfterMs: 15 * MINUTE,
  sameEpisodeMs: 30 * MINUTE,
};

let nextSpan = 0;
/** Each in a run of its own, unless set otherwise. */
export const errorsAt = (times: readonly number[], fields: Partial<Point> = {}): Point[] =>
  times.map((atMs) => {
    const span = `span-${nextSpan++}`;
    return { span, trace: span, version: '1.0.0', atMs, weight: 1, ...fields };
  });

export const spread = (count: number, fromMs: number, toMs: number) =>
  Array.from({ length: count }, (_, i) => fromMs + Math.round(((toMs - fromMs) * i) / (count - 1)));

export const CALM = {
  rule,
  latest: null,
  completeSinceMs: Number.NEGATIVE_INFINITY,
  baseline: null,
  fresh: null,
  back: null,
};

/** Everything at once, with all of the past to look back on. */
export function evaluateOnce(points: readonly Point[], nowMs: number, input: Partial<EvaluateInput> = {}) {
  return evaluate({ ...CALM, points, nowMs, ...input });
}

/** What the schedule does: at each tick, the errors of the last hour, and the episode so far. */
export function evaluateInTicks(points: readonly Point[], ticks: readonly number[], by: Rule = rule): Transition[] {
  const transitions: Transition[] = [];
  let latest: Episode | null = null;
  const reach = by.windowMs + 2 * by.recoverAfterMs;
  let previous = Number.NEGATIVE_INFINITY;
  for (const nowMs of ticks) {
    const completeSinceMs = previous - reach;
    const known = points.filter((error) => error.atMs <= nowMs && error.atMs > completeSinceMs);
    const found = evaluate({ ...CALM, rule: by, latest, points: known, completeSinceMs, nowMs });
    latest = found.at(-1)?.episode ?? latest;
    transitions.push(...found);
    previous = nowMs;
  }
  return transitions;
}

/** Without what happens between beginning and end. */
export const ends = (transitions: readonly Transition[]) =>
  transitions.filter(({ kind }) => kind !== 'recovering' && kind !== 'firing_again');
export const kinds = (transitions: readonly Transition[]) => ends(transitions).map(({ kind }) => kind);
