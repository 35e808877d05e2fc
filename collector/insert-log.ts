// What hangs on an insert's outcome: whether storage is well, and a log line now and then rather than one per try.
import { headOf } from '#domain/clip';
import type { StorageError } from '#storage/database';
import type { Counters } from './count/counters.ts';

/** While storage fails, every try fails: one line in so many ms says so. */
const LOG_EVERY_MS = 10_000;
const MAX_MESSAGE_CHARS = 300;

export interface InsertLogDeps {
  readonly counters: Counters;
  readonly log: { error(fields: object, message: string): void };
  readonly now: () => number;
}

export function createInsertLog({ counters, log, now }: InsertLogDeps) {
  let loggedAtMs = Number.NEGATIVE_INFINITY;
  let unlogged = 0;
  return {
    succeeded(): void {
      counters.insertFailedAtMs = null;
    },
    failed({ engineCode, retryable, message }: StorageError, { rows, table }: { rows: number; table: string }): void {
      const at = now();
      counters.insertFailedAtMs = at;
      if (at - loggedAtMs < LOG_EVERY_MS) {
        unlogged++;
        return;
      }
      // The engine quotes data in some of its messages: a part is enough to know the cause.
      const reason = headOf(message, MAX_MESSAGE_CHARS);
      log.error(
        { engineCode, retryable, reason, table, rows, unlogged },
        'storage did not take rows; they stay in the spool',
      );
      loggedAtMs = at;
      unlogged = 0;
    },
  };
}
