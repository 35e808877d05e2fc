// Clock, sleep and randomness as arguments, so that waits, jitter and expiry can be tested without waiting.
import { onAbort } from './follow-signal.ts';

export interface Runtime {
  /** Milliseconds since 1970. */
  nowMs: () => number;
  /** Waits; rejects with the signal's reason as soon as it is aborted. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 (included) to 1 (excluded). */
  random: () => number;
}

export const SYSTEM: Runtime = { nowMs: () => Date.now(), sleep, random: () => Math.random() };

/** What a caller replaced, the rest from the machine. */
export function runtimeOf(given: Partial<Runtime> | undefined): Runtime {
  return given === undefined ? SYSTEM : { ...SYSTEM, ...given };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      release?.();
      resolve();
    }, ms);
    const release =
      signal &&
      onAbort(signal, () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
  });
}
