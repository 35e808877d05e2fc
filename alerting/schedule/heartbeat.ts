// Whether the detector is alive: the last tick that succeeded, and whether another should have followed by now.
import { MINUTE_MS } from './every.ts';

/** Two ticks missed. The second has a little time to finish. */
export const OVERDUE_AFTER_MS = 2 * MINUTE_MS + 15_000;

export interface DetectorHealth {
  /** The last tick that succeeded, ISO 8601. */
  readonly lastTickAt: string | null;
  /** Why the last one did not succeed, else null. */
  readonly lastError: string | null;
  /** Two ticks were missed: nobody would be notified of anything. */
  readonly isOverdue: boolean;
  /** Another process is the active detector; this one waits. Its name, else null. */
  readonly standbyFor: string | null;
  /** Patterns, rules, incidents and notifications that the last tick went on without. */
  readonly setAside: number;
}

export function createHeartbeat(startedAtMs: number) {
  let lastTickMs: number | null = null;
  let lastError: string | null = null;
  let standbyFor: string | null = null;
  let setAside = 0;
  return {
    succeeded(atMs: number, openSetAside: number) {
      lastTickMs = atMs;
      lastError = null;
      standbyFor = null;
      setAside = openSetAside;
    },
    failed(error: string) {
      lastError = error;
    },
    /** @param othersTickMs when the active detector last succeeded */
    waits(owner: string, othersTickMs: number | null, openSetAside: number) {
      standbyFor = owner;
      lastError = null;
      lastTickMs = othersTickMs ?? lastTickMs;
      setAside = openSetAside;
    },
    health(nowMs: number): DetectorHealth {
      return {
        lastTickAt: lastTickMs === null ? null : new Date(lastTickMs).toISOString(),
        lastError,
        isOverdue: nowMs - (lastTickMs ?? startedAtMs) > OVERDUE_AFTER_MS,
        standbyFor,
        setAside,
      };
    },
  };
}
