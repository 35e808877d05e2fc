// Reads the new errors of a tick, a share of the patterns after the other where there are many errors; where a share is
// too much for storage at once, part by part of it.
import { bisect } from '#storage/bisect';
import type { Database } from '#storage/database';
import {
  countErrorRows,
  type ErrorPoint,
  type ErrorTimesQuery,
  PATTERN_PARTS,
  readErrorTimes,
  readPartsOf,
} from '#storage/read-errors';
import { probeStorage } from '#storage/set-aside';

/** As many errors as are held at once: some 100 MB here and twice that in the engine. */
const ERRORS_AT_ONCE = 150_000;

export interface NewErrors {
  /** By pattern; ascending in time. */
  readonly patterns: ReadonlyMap<string, readonly ErrorPoint[]>;
  readonly completeSinceMs: number;
  readonly fresh: number;
  /** Those of `ErrorTimesQuery.open` that are in this share, and whose errors could be read. */
  readonly open: readonly string[];
  /** Parts of the patterns that could not be read: `17 of 64`. */
  readonly failed: readonly { readonly name: string; readonly error: unknown }[];
}

/**
 * Every pattern is in one of the shares. `fresh` counts the rows of all of them.
 * @param errorsAtOnce about how many errors a share may have
 * @throws StorageError, EverythingFails
 */
export async function* readNewErrors(
  db: Database,
  projectId: string,
  query: ErrorTimesQuery,
  errorsAtOnce: number = ERRORS_AT_ONCE,
): AsyncGenerator<NewErrors> {
  const rows = await countErrorRows(db, projectId, query.cursorMs - query.reachMs);
  const shares = Math.min(PATTERN_PARTS, Math.max(1, Math.ceil(rows / errorsAtOnce)));
  const partOf = shares === 1 ? [] : await readPartsOf(db, query.open);
  for (let share = 0; share < shares; share += 1) {
    const parts = Array.from({ length: PATTERN_PARTS }, (_, part) => part).filter((part) => part % shares === share);
    const open = shares === 1 ? query.open : query.open.filter((_, i) => (partOf[i] as number) % shares === share);
    const { failed, ...found } = await readShare(db, projectId, { ...query, open }, parts);
    yield {
      ...found,
      // Of those in a part that failed it is not known that they have no errors.
      open: failed.length === 0 ? open : await outsideOf(db, failed, open),
      failed: failed.map(({ item, error }) => ({ name: `${item + 1} of ${PATTERN_PARTS}`, error })),
    };
  }
}

async function outsideOf(db: Database, failed: readonly { item: number }[], names: readonly string[]) {
  const parts = await readPartsOf(db, names);
  const unread = new Set(failed.map(({ item }) => item));
  return names.filter((_, i) => !unread.has(parts[i] as number));
}

async function readShare(db: Database, projectId: string, query: ErrorTimesQuery, all: readonly number[]) {
  const read = (parts: readonly number[]) =>
    readErrorTimes(db, projectId, parts.length === PATTERN_PARTS ? query : { ...query, parts });
  const { done, failed } = await bisect(all, read, { probe: () => probeStorage(db) });
  return {
    patterns:
      done.length === 1 && done[0] !== undefined ? done[0].patterns : new Map(done.flatMap((one) => [...one.patterns])),
    // Read one after the other, each knows at least as much as the first. Of nothing, nothing is known.
    completeSinceMs:
      done.length === 0 ? query.cursorMs : Math.max(...done.map(({ completeSinceMs }) => completeSinceMs)),
    fresh: Math.max(0, ...done.map(({ fresh }) => fresh)),
    failed,
  };
}
