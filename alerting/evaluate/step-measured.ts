// The states of a subject that is measured from time to time: quiet, firing, recovering, resolved. Pure.
import type { Measured } from './measured.ts';

/** Half an hour after its end an incident that comes back is the same one. */
export const SAME_EPISODE_MS = 30 * 60_000;

/** The newest episode of one rule and subject. All times in ms since 1970. */
export interface MeasuredEpisode {
  readonly openedAtMs: number;
  /** Since when it has been low; null while it is not. */
  readonly recoveringAtMs: number | null;
  /** null while it holds. */
  readonly resolvedAtMs: number | null;
  /** A user resolved it. */
  readonly resolvedByHand: boolean;
  /** How often it came back soon after its end. */
  readonly reopened: number;
}

interface MeasuredTransition {
  readonly kind: 'opened' | 'reopened' | 'recovering' | 'firing_again' | 'resolved';
  readonly atMs: number;
}

interface MeasuredStep {
  /** null while nothing ever happened. */
  readonly episode: MeasuredEpisode | null;
  readonly transition: MeasuredTransition | null;
}

/** The state of a subject after one more measurement. Measurements come in the order of their time. */
export function stepMeasured(
  before: MeasuredEpisode | null,
  { level, atMs, recoverAfterMs }: Pick<Measured, 'level' | 'atMs' | 'recoverAfterMs'>,
): MeasuredStep {
  if (before === null || before.resolvedAtMs !== null) {
    if (level !== 'high' || atMs <= (before?.resolvedAtMs ?? Number.NEGATIVE_INFINITY))
      return { episode: before, transition: null };
    const isSame =
      before?.resolvedAtMs != null && !before.resolvedByHand && atMs - before.resolvedAtMs <= SAME_EPISODE_MS;
    const held = { recoveringAtMs: null, resolvedAtMs: null, resolvedByHand: false };
    return isSame
      ? { episode: { ...before, ...held, reopened: before.reopened + 1 }, transition: { kind: 'reopened', atMs } }
      : { episode: { openedAtMs: atMs, ...held, reopened: 0 }, transition: { kind: 'opened', atMs } };
  }
  if (level !== 'low') {
    if (before.recoveringAtMs === null) return { episode: before, transition: null };
    return { episode: { ...before, recoveringAtMs: null }, transition: { kind: 'firing_again', atMs } };
  }
  const lowSinceMs = before.recoveringAtMs ?? atMs;
  const low = { ...before, recoveringAtMs: lowSinceMs };
  if (atMs - lowSinceMs >= recoverAfterMs)
    return { episode: { ...low, resolvedAtMs: atMs }, transition: { kind: 'resolved', atMs } };
  return { episode: low, transition: before.recoveringAtMs === null ? { kind: 'recovering', atMs } : null };
}
