// Whether runs get their summaries: how far behind, the last error, how many are set aside. Pure.

/** A pass begins every twenty seconds; without a successful one for this long something is wrong. */
const STUCK_AFTER_MS = 2 * 60_000;

export interface SummarizerHealth {
  /** The end of the last pass that succeeded, ISO 8601. */
  readonly lastLookAt: string | null;
  /** Why the last one failed; null = it did not. */
  readonly lastError: string | null;
  /**
   * Age of the oldest run that has ended and may be without a summary, in seconds: 0 when the last pass left none and
   * is not late. Runs set aside do not count.
   */
  readonly lagSeconds: number;
  /** Runs without a summary because it could not be written. */
  readonly setAside: number;
  /** No pass has succeeded for two minutes: new runs get no stored summary. */
  readonly isStuck: boolean;
}

export function createSummarizerHealth(startedAtMs: number) {
  let lastPassMs: number | null = null;
  let lastError: string | null = null;
  let setAside = 0;
  /** From here on runs may be without a summary, ms since 1970; null = none is. */
  let waitingSinceMs: number | null = null;
  return {
    /** @param leftFromMs where the pass had to stop; null when it was completed */
    succeeded(atMs: number, openSetAside: number, leftFromMs: number | null) {
      lastPassMs = atMs;
      lastError = null;
      setAside = openSetAside;
      waitingSinceMs = leftFromMs;
    },
    failed(error: string) {
      lastError = error;
      // Runs received since the last successful pass may be without a summary.
      waitingSinceMs ??= lastPassMs ?? startedAtMs;
    },
    health(nowMs: number): SummarizerHealth {
      const lastMs = lastPassMs ?? startedAtMs;
      // A pass that hangs neither succeeds nor fails.
      const isLate = nowMs - lastMs > STUCK_AFTER_MS;
      const sinceMs = waitingSinceMs ?? (isLate ? lastMs : nowMs);
      const behindMs = Math.max(0, nowMs - sinceMs);
      return {
        lastLookAt: lastPassMs === null ? null : new Date(lastPassMs).toISOString(),
        lastError,
        lagSeconds: Math.round(behindMs / 1000),
        setAside,
        isStuck: isLate,
      };
    },
  };
}
