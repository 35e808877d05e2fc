// Whether the detector is alive: the last tick that succeeded, and since when it should have been followed by another.

/** Without a successful tick for this long nobody would be told of anything. */
export const OVERDUE_AFTER_MS = 5 * 60_000;

export interface DetectorHealth {
  /** The last tick that succeeded, ISO 8601. */
  readonly lastTickAt: string | null;
  /** Why the last one did not succeed, else null. */
  readonly lastError: string | null;
  /** No tick has succeeded for five minutes: nobody would be told of anything. */
  readonly isOverdue: boolean;
  /** Another process is the active detector; this one waits. Its name, else null. */
  readonly standbyFor: string | null;
}

export function createHeartbeat(startedAtMs: number) {
  let lastTickMs: number | null = null;
  let lastError: string | null = null;
  let standbyFor: string | null = null;
  return {
    succeeded(atMs: number) {
      lastTickMs = atMs;
      lastError = null;
      standbyFor = null;
    },
    failed(error: string) {
      lastError = error;
    },
    /** @param othersTickMs when the active detector last succeeded */
    waits(owner: string, othersTickMs: number | null) {
      standbyFor = owner;
      lastError = null;
      lastTickMs = othersTickMs ?? lastTickMs;
    },
    health(nowMs: number): DetectorHealth {
      return {
        lastTickAt: lastTickMs === null ? null : new Date(lastTickMs).toISOString(),
        lastError,
        isOverdue: nowMs - (lastTickMs ?? startedAtMs) > OVERDUE_AFTER_MS,
        standbyFor,
      };
    },
  };
}
