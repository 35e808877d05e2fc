// Keeps the counts of error patterns up to date: each minute, the errors that no longer change are counted. Without it
// every answer is the same, only slower.
import type { Logger } from 'pino';
import type { PatternStore } from '#storage/stores';
import { every, MINUTE_MS } from './schedule/every.ts';

interface SettleDeps {
  readonly patterns: PatternStore;
  readonly log: Pick<Logger, 'debug' | 'warn'>;
  /** Calls `settle` from time to time; the function it returns ends that. Default: at once, then every minute. */
  readonly wake?: (settle: () => Promise<void>) => () => void;
}

/** Starts counting. Close the database only after `close`. */
export function startSettling({ patterns, log, wake = wakeEveryMinute }: SettleDeps): { close(): Promise<void> } {
  let stopping = false;
  let running: Promise<void> | null = null;
  const settle = (): Promise<void> => {
    if (stopping) return Promise.resolve();
    running ??= patterns
      .settleCounts(() => stopping)
      .then((counted) => {
        if (counted > 0) log.debug({ counted }, 'counted errors of patterns');
      })
      .catch((error: unknown) => {
        log.warn(
          { err: error },
          'counting the errors of patterns failed; lists of patterns are slower until the next run, in a minute',
        );
      })
      .finally(() => {
        running = null;
      });
    return running;
  };
  const sleep = wake(settle);
  return {
    async close() {
      stopping = true;
      sleep();
      await running;
    },
  };
}

function wakeEveryMinute(settle: () => Promise<void>): () => void {
  void settle();
  return every(MINUTE_MS, settle);
}
