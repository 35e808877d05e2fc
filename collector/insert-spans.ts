// The insert with what hangs on its outcome: counters, and a log line now and then rather than one per request.
import type { Database } from '#storage/database';
import { toStorageError } from '#storage/database';
import type { SpanBlock } from '#storage/span-block';
import { writeSpans } from '#storage/write-spans';
import type { Counters } from './counters.ts';

/** While storage fails, every request fails: one line in so many ms says so. */
const LOG_EVERY_MS = 10_000;
const MAX_MESSAGE_CHARS = 300;

export interface InsertDeps {
  readonly db: Database;
  readonly counters: Counters;
  readonly log: { error(fields: object, message: string): void };
  readonly now: () => number;
}

/** Returns `insert(block)`, which resolves when the block is committed. @throws StorageError */
export function createInsert({ db, counters, log, now }: InsertDeps): (block: SpanBlock) => Promise<void> {
  let loggedAtMs = Number.NEGATIVE_INFINITY;
  let unlogged = 0;
  return async (block) => {
    try {
      await writeSpans(db, block);
      counters.insertFailedAtMs = null;
    } catch (thrown) {
      const error = toStorageError(thrown);
      const at = now();
      counters.insertFailedAtMs = at;
      if (at - loggedAtMs >= LOG_EVERY_MS) {
        const { engineCode, retryable, message } = error;
        // The engine quotes data in some of its messages: a part is enough to know the cause.
        const reason = message.slice(0, MAX_MESSAGE_CHARS);
        log.error({ engineCode, retryable, reason, spans: block.rows, unlogged }, 'spans were not stored');
        loggedAtMs = at;
        unlogged = 0;
      } else unlogged++;
      throw error;
    }
  };
}
