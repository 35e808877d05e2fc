// Says which patterns began and ended. Pure: the same errors give the same answer, however they were cut into ticks.
import type { Rule } from './rule.ts';

/** One error span, placed in time. */
export interface ErrorEvent {
  readonly fingerprint: string;
  /** Names the span; a span seen twice counts once. */
  readonly span: string;
  /** When it counts, in milliseconds since 1970 (see storage/read-errors.ts for clocks that are wrong). */
  readonly atMs: number;
}

/** One stretch of time in which a pattern held. `resolvedAtMs` is null while it does. */
export interface Episode {
  readonly fingerprint: string;
  /** The first of the errors that made the threshold, and the one that reached it. */
  readonly firstErrorAtMs: number;
  readonly openedAtMs: number;
  readonly resolvedAtMs: number | null;
  /** The newest error of the episode that was seen. */
  readonly lastErrorAtMs: number;
}

export type Transition =
  | { readonly kind: 'fired'; readonly episode: Episode }
  | { readonly kind: 'resolved'; readonly episode: Episode };

export interface EvaluateInput {
  readonly rule: Rule;
  /** The newest episode of each fingerprint. Only the open ones and those resolved within a window matter. */
  readonly latest: readonly Episode[];
  /** In any order, repeated or not. Fingerprints that are not open may be left out when nothing of theirs is new. */
  readonly errors: readonly ErrorEvent[];
  /** `errors` holds every error of its fingerprints after this time. Must reach a window and a recovery behind the last evaluation. */
  readonly completeSinceMs: number;
  /** Patterns recover only up to this time. */
  readonly nowMs: number;
}

/**
 * Fires on the error that completes `threshold` errors within `windowMs` (an exact sliding window: no buckets, no
 * edges), once per episode; resolves when the window has held fewer than `recoverBelow` for `recoverAfterMs`. An
 * episode that began and ended since the last call gives both transitions.
 */
export function evaluate(input: EvaluateInput): Transition[] {
  const times = timesByFingerprint(input.errors);
  const latest = new Map(input.latest.map((episode) => [episode.fingerprint, episode]));
  for (const [fingerprint, episode] of latest) {
    if (episode.resolvedAtMs === null && !times.has(fingerprint)) times.set(fingerprint, []);
  }
  return [...times.keys()].sort().flatMap((fingerprint) => {
    return replay(input, fingerprint, times.get(fingerprint) as number[], latest.get(fingerprint));
  });
}

function timesByFingerprint(errors: readonly ErrorEvent[]): Map<string, number[]> {
  const spans = new Map<string, Map<string, number>>();
  for (const { fingerprint, span, atMs } of errors) {
    const bySpan = spans.get(fingerprint) ?? new Map<string, number>();
    spans.set(fingerprint, bySpan.set(span, atMs));
  }
  return new Map([...spans].map(([fingerprint, bySpan]) => [fingerprint, [...bySpan.values()].sort((a, b) => a - b)]));
}

/** Walks one fingerprint's timeline through as many episodes as it holds. */
function replay(
  { rule, completeSinceMs, nowMs }: EvaluateInput,
  fingerprint: string,
  times: readonly number[],
  latest: Episode | undefined,
): Transition[] {
  const transitions: Transition[] = [];
  let open = latest?.resolvedAtMs === null ? latest : null;
  // After an episode only the last window counts. It holds fewer than `recoverBelow` old errors, so the same burst
  // cannot fire twice, and errors that come in late can still make a new one.
  let eligibleAfter = latest?.resolvedAtMs == null ? Number.NEGATIVE_INFINITY : latest.resolvedAtMs - rule.windowMs;
  for (;;) {
    if (open === null) {
      const span = findBreach(rule, times, eligibleAfter);
      if (span === null) return transitions;
      open = { fingerprint, ...span, resolvedAtMs: null, lastErrorAtMs: span.openedAtMs };
      transitions.push({ kind: 'fired', episode: open });
    }
    // Before a whole window of complete data the count would be too low.
    const checkFrom = Math.max(open.openedAtMs, completeSinceMs + rule.windowMs);
    const resolvedAtMs = findRecovery(rule, times, checkFrom, nowMs);
    if (resolvedAtMs === null) return transitions;
    const last = times[lastIndexUpTo(times, resolvedAtMs)] ?? open.lastErrorAtMs;
    const episode = { ...open, resolvedAtMs, lastErrorAtMs: Math.max(open.lastErrorAtMs, last) };
    transitions.push({ kind: 'resolved', episode });
    eligibleAfter = resolvedAtMs - rule.windowMs;
    open = null;
  }
}

function findBreach(rule: Rule, times: readonly number[], after: number) {
  const begin = lastIndexUpTo(times, after) + 1;
  for (let last = begin + rule.threshold - 1; last < times.length; last++) {
    const firstErrorAtMs = times[last - rule.threshold + 1] as number;
    const openedAtMs = times[last] as number;
    if (openedAtMs - firstErrorAtMs <= rule.windowMs) return { firstErrorAtMs, openedAtMs };
  }
  return null;
}

/** The first time, not after `until`, that ends `recoverAfterMs` without a break below the recovery count. */
function findRecovery(rule: Rule, times: readonly number[], from: number, until: number): number | null {
  let belowSince: number | null = null;
  for (let i = lastIndexUpTo(times, from); i < times.length; i++) {
    // Between two errors the count only falls: it is high until the k-th newest error leaves the window.
    const begin = Math.max(times[i] ?? from, from);
    const end = times[i + 1] ?? Number.POSITIVE_INFINITY;
    const highUntil = (times[i - rule.recoverBelow + 1] ?? Number.NEGATIVE_INFINITY) + rule.windowMs;
    belowSince = highUntil >= begin ? highUntil : (belowSince ?? begin);
    const resolved = belowSince + rule.recoverAfterMs;
    if (resolved <= end) return resolved <= until ? resolved : null;
  }
  return null;
}

/** Index of the newest time that is not after `limit`; -1 when there is none. */
function lastIndexUpTo(times: readonly number[], limit: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
