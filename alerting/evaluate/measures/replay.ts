// When a rule would have fired: its judgements through the detector's states. Pure.
import type { MeasuredEpisode } from '../step-measured.ts';
import { stepMeasured } from '../step-measured.ts';
import type { Judged } from './judge-points.ts';
import type { MeasuredRule } from './measure.ts';

export interface Firing {
  readonly subject: string;
  /** Ms since 1970; null while it holds. */
  readonly openedAtMs: number;
  readonly resolvedAtMs: number | null;
  /** The judgement that opened it. */
  readonly judged: Judged;
}

/** @param judged by time, of one rule */
export function replay(rule: MeasuredRule, judged: readonly Judged[]): Firing[] {
  const episodes = new Map<string, MeasuredEpisode | null>();
  const last = new Map<string, Firing>();
  const firings: Firing[] = [];
  for (const one of judged) {
    const { level } = one.judgement;
    const recoverAfterMs = rule.recoverAfterMinutes * 60_000;
    const { episode, transition } = stepMeasured(episodes.get(one.subject) ?? null, {
      level,
      atMs: one.atMs,
      recoverAfterMs,
    });
    episodes.set(one.subject, episode);
    if (transition?.kind === 'opened') {
      const firing = { subject: one.subject, openedAtMs: one.atMs, resolvedAtMs: null, judged: one };
      last.set(one.subject, firing);
      firings.push(firing);
    }
    const known = last.get(one.subject);
    if (known === undefined || (transition?.kind !== 'resolved' && transition?.kind !== 'reopened')) continue;
    const changed = { ...known, resolvedAtMs: transition.kind === 'resolved' ? one.atMs : null };
    firings[firings.indexOf(known)] = changed;
    last.set(one.subject, changed);
  }
  return firings;
}
