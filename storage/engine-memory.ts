// The embedded engine keeps what large statements used, for each of its threads. Left alone, a few different ones in a
// row hold several times what the largest of them needs.

/** So much more than after the last time it was given back. */
const GROWTH_BYTES = 256 * 1024 * 1024;
/** Giving back takes a tenth to half a second of one core. */
const PAUSE_MS = 5000;
/** An engine that was built without it never can; one that is short of memory can later. */
const PAUSE_AFTER_FAILURE_MS = 600_000;

export interface EngineMemory {
  /** Called after each statement: cheap unless it is time to give memory back, which goes on in the background. */
  afterStatement(): void;
}

/**
 * @param giveBack makes the engine return what it does not use. After a failure it is asked again in ten minutes
 * @param memoryBytes what the process holds, bytes
 */
export function engineMemory(
  giveBack: () => Promise<unknown>,
  memoryBytes: () => number = () => process.memoryUsage.rss(),
  now: () => number = () => performance.now(),
): EngineMemory {
  let leastBytes = memoryBytes();
  let isBusy = false;
  let nextMs = now();
  return {
    afterStatement() {
      if (isBusy || now() < nextMs) return;
      const held = memoryBytes();
      leastBytes = Math.min(leastBytes, held);
      if (held < leastBytes + GROWTH_BYTES) return;
      isBusy = true;
      giveBack().then(
        () => {
          leastBytes = memoryBytes();
          nextMs = now() + PAUSE_MS;
          isBusy = false;
        },
        () => {
          nextMs = now() + PAUSE_AFTER_FAILURE_MS;
          isBusy = false;
        },
      );
    },
  };
}
