// Digests: those that were written, the figures of a period they are written from, and copies that someone had mailed.
import type { Digest } from '#contracts/digest';
import type { DigestCopy } from '#contracts/digest-copy';
import type { LocalDate, Period } from '#domain/local-time';
import type { Aliases } from '#domain/pattern/aliases';
import type { RunFigures } from '#domain/run/run-figures';
import type { Database } from './database.ts';
import { putCopy, readCopies, type StoredCopy } from './digest-copies.ts';
import {
  type DigestKey,
  firstRunMs,
  lastDigestDate,
  listDigests,
  putDigest,
  readDigest,
  type StoredDigest,
} from './digests.ts';
import { readRunFigures } from './read-digest-runs.ts';
import {
  type DeadLetters,
  findWaiting,
  type NewPattern,
  readDeadLetters,
  readNewPatterns,
} from './read-digest-trouble.ts';

/**
 * A digest is named by date, form and time zone; figures are of a period, `fromMs` included and `toMs` not, in ms since
 * 1970. A period without anything has zeros and empty lists; what retention removed is not counted any more.
 *
 * What is written is on disk when the promise resolves; when it rejects, it may have been written all the same. Writing
 * the same again changes nothing that anyone reads.
 *
 * Every method rejects with StorageError when the engine does not answer in time or cannot read or write; none ever takes
 * a failed read for nothing. Figures of a long day may take two minutes.
 */
export interface DigestStore {
  /** Stores a digest; the one written last (`writtenAt`) of a name counts. @throws Error for one of another project */
  write(digest: StoredDigest): Promise<void>;
  /**
   * One digest, or null.
   * @param key without a time zone: the one written last, whatever its zone
   * @throws StorageError, permanent, for one that is not of today's shape
   */
  read(key: Omit<DigestKey, 'timeZone'> & { readonly timeZone: string | null }): Promise<StoredDigest | null>;
  /**
   * Digests by date from new to old, of a date by form and zone.
   * @param range `before`: only those of earlier dates
   * @throws StorageError, permanent, when one of them is not of today's shape
   */
  list(range: { readonly before?: LocalDate | undefined; readonly limit: number }): Promise<Digest[]>;
  /** The newest date of which a digest was written after its period was over, or null. */
  readLastDate(of: Omit<DigestKey, 'date'>): Promise<LocalDate | null>;

  /** When the first run that is still stored began, to the hour, ms since 1970; null without any. */
  readFirstRunMs(): Promise<number | null>;
  /**
   * The figures of the runs that started in a period. Runs of which it cannot be said whether they have ended are in
   * `unread`, and counted.
   * @param nowMs the time to judge by which runs still run, ms since 1970
   */
  readRunFigures(period: Period, nowMs: number): Promise<RunFigures>;
  /** Errors of a kind that was never seen before the period, those of most runs first. Merged patterns are one kind. */
  listNewPatterns(period: Period, aliases: Aliases): Promise<NewPattern[]>;
  /** Steps of a period that set work aside as a dead letter, by agent; those with most first. */
  listDeadLetters(period: Period): Promise<DeadLetters[]>;
  /**
   * Trace ids of runs whose process says that a step waits, at most 200, by id. Whether it still does only the spans say.
   * @param nowMs the time to judge by whether the process is alive, ms since 1970
   */
  listWaiting(period: Period, nowMs: number): Promise<string[]>;

  /** Copies that someone had mailed since a moment, ms since 1970; newest first. One that cannot be read is left out. */
  listCopies(sinceMs: number, limit: number): Promise<StoredCopy[]>;
  /**
   * Records a copy under its id; of two of an id the one recorded last counts.
   * @param by who asked, in their words
   */
  writeCopy(id: string, copy: DigestCopy, by: string, nowMs: number): Promise<void>;
}

/** The digests of a project. */
export function digestStore(db: Database, projectId: string): DigestStore {
  return {
    async write(digest) {
      // The row is filed under the project that the digest itself names.
      if (digest.digest.projectId !== projectId)
        throw new Error(`a digest of ${digest.digest.projectId} for ${projectId}`);
      await putDigest(db, digest);
    },
    read: (key) => readDigest(db, projectId, key),
    list: (range) => listDigests(db, projectId, range),
    readLastDate: (of) => lastDigestDate(db, projectId, of),
    readFirstRunMs: () => firstRunMs(db, projectId),
    readRunFigures: (period, nowMs) => readRunFigures(db, projectId, period, nowMs),
    listNewPatterns: (period, aliases) => readNewPatterns(db, projectId, period, aliases),
    listDeadLetters: (period) => readDeadLetters(db, projectId, period),
    listWaiting: (period, nowMs) => findWaiting(db, projectId, period, nowMs),
    listCopies: (sinceMs, limit) => readCopies(db, projectId, sinceMs, limit),
    writeCopy: (id, copy, by, nowMs) => putCopy(db, projectId, id, copy, by, nowMs),
  };
}
