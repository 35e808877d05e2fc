// Keeps the counts of error patterns up to date: each minute, what has come to rest is counted. Without
// it every answer is the same, only slower.
import type { Logger } from 'pino';
import type { Database } from '#storage/database';
import { settlePatternCounts } from '#storage/pattern-counts';
import { every, MINUTE_MS } from './schedule/every.ts';

interface SettleDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly log: Pick<Logger, 'debug' | 'warn'>;
  /** Calls `settle` from time to time; the function it returns ends that. Default: at once, then every minute. */
  readonly wake?: (settle: () => Promise<void>) => () => void;
}

/** Starts counting. Close the database only after `close`. */
export function startSettling({ db, projectId, log, wake = wakeEveryMinute }: SettleDeps): { close(): Promise<void> } {
  let stopping = false;
  let running: Promise<void> | null = null;
  const settle = (): Promise<void> => {
    if (stopping) return Promise.resolve();
    running ??= settlePatternCounts(db, projectId, undefined, () => stopping)
      .then((counted) => {
        if (counted > 0) log.debug({ counted }, 'counted errors of patterns');
      })
      .catch((error: unknown) => {
        log.warn(
          { err: error },
          'the errors of patterns could not be counted ahead; lists of them are slower until then',
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
