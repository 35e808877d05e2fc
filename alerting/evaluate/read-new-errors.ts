// Reads the new errors of a tick, a share of the patterns after the other where there are many errors; where a share is
// too much for storage at once, part by part of it.
import { bisect } from '#domain/bisect';
import type { Database } from '#storage/database';
import type { ErrorPoint, ErrorTimesQuery } from '#storage/read-errors';
import { probeStorage } from '#storage/set-aside';
import type { PatternStore } from '#storage/stores';

/** As many errors as are held at once: some 100 MB here and twice that in the engine. */
const ERRORS_AT_ONCE = 150_000;

interface ReadDeps {
  /** Asked whether storage answers at all. */
  readonly db: Database;
  readonly patterns: PatternStore;
}

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
  deps: ReadDeps,
  query: ErrorTimesQuery,
  errorsAtOnce: number = ERRORS_AT_ONCE,
): AsyncGenerator<NewErrors> {
  const { patterns } = deps;
  const rows = await patterns.countErrorRows(query.cursorMs - query.reachMs);
  const shares = Math.min(patterns.partCount, Math.max(1, Math.ceil(rows / errorsAtOnce)));
  const partOf = shares === 1 ? [] : await patterns.readPartsOf(query.open);
  for (let share = 0; share < shares; share += 1) {
    const parts = Array.from({ length: patterns.partCount }, (_, part) => part).filter(
      (part) => part % shares === share,
    );
    const open = shares === 1 ? query.open : query.open.filter((_, i) => (partOf[i] as number) % shares === share);
    const { failed, ...found } = await readShare(deps, { ...query, open }, parts);
    yield {
      ...found,
      // Of those in a part that failed it is not known that they have no errors.
      open: failed.length === 0 ? open : await outsideOf(deps, failed, open),
      failed: failed.map(({ item, error }) => ({ name: `${item + 1} of ${patterns.partCount}`, error })),
    };
  }
}

async function outsideOf({ patterns }: ReadDeps, failed: readonly { item: number }[], names: readonly string[]) {
  const parts = await patterns.readPartsOf(names);
  const unread = new Set(failed.map(({ item }) => item));
  return names.filter((_, i) => !unread.has(parts[i] as number));
}

async function readShare({ db, patterns }: ReadDeps, query: ErrorTimesQuery, all: readonly number[]) {
  const read = (parts: readonly number[]) =>
    patterns.readErrorTimes(parts.length === patterns.partCount ? query : { ...query, parts });
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
