// Reads the new errors of a tick; where that is too much for storage at once, part by part of the patterns.
import { bisect } from '#storage/bisect';
import type { Database } from '#storage/database';
import { type ErrorPoint, type ErrorTimesQuery, PATTERN_PARTS, readErrorTimes } from '#storage/read-errors';
import { probeStorage } from '#storage/set-aside';

export interface NewErrors {
  /** By pattern; ascending in time. */
  readonly patterns: ReadonlyMap<string, readonly ErrorPoint[]>;
  readonly completeSinceMs: number;
  readonly fresh: number;
  /** Parts of the patterns that could not be read: `17 of 64`. */
  readonly failed: readonly { readonly name: string; readonly error: unknown }[];
}

/** @throws StorageError, EverythingFails */
export async function readNewErrors(db: Database, projectId: string, query: ErrorTimesQuery): Promise<NewErrors> {
  const all = Array.from({ length: PATTERN_PARTS }, (_, part) => part);
  const read = (parts: readonly number[]) =>
    readErrorTimes(db, projectId, parts.length === PATTERN_PARTS ? query : { ...query, parts });
  const { done, failed } = await bisect(all, read, { probe: () => probeStorage(db) });
  return {
    patterns:
      done.length === 1 && done[0] !== undefined ? done[0].patterns : new Map(done.flatMap((one) => [...one.patterns])),
    // Read one after the other, each knows at least as much as the first.
    completeSinceMs: Math.max(...done.map(({ completeSinceMs }) => completeSinceMs)),
    fresh: Math.max(...done.map(({ fresh }) => fresh)),
    failed: failed.map(({ item, error }) => ({ name: `${item + 1} of ${PATTERN_PARTS}`, error })),
  };
}
