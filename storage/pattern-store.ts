// Error patterns: which there are, how often and since when, the runs behind one, and what the detector judges them by.
import type { Aliases } from '#domain/pattern/aliases';
import type { RunTraits } from '#domain/run/compare-runs';
import type { Database } from './database.ts';
import { settlePatternCounts } from './pattern-counts.ts';
import { type ErrorFacts, type ErrorRange, readErrorFacts } from './read-error-facts.ts';
import {
  countErrorRows,
  type ErrorTimes,
  type ErrorTimesQuery,
  PATTERN_PARTS,
  readErrorTimes,
  readPartsOf,
} from './read-errors.ts';
import {
  type FailingRun,
  type MembersInRange,
  readBurst,
  readFailingRuns,
  readGoodRuns,
  readRunTraits,
} from './read-pattern-runs.ts';
import {
  type PatternPage,
  type PatternRange,
  type PatternWords,
  readPatterns,
  readPatternWords,
  readUsualPerDay,
} from './read-patterns.ts';
import {
  type PatternTraits,
  readKnownSince,
  readLearntSince,
  readTraits,
  readUsual,
  type UsualCounts,
  type UsualQuery,
} from './read-usual.ts';

/**
 * A pattern is named by its fingerprint. Which patterns people merged is a setting, so callers give it as `aliases`: each
 * merged fingerprint and the one it counts as. An error counts once however often its span was sent; one that only repeats
 * an inner error of its run does not count, and one that ends in the future counts when it was received.
 *
 * Errors are found as soon as they are inserted. Patterns and runs of which nothing is stored (any more) are missing from
 * answers. All times are ms since 1970.
 *
 * Every method rejects with StorageError when the engine does not answer in time or cannot read; none ever says "no
 * errors" because a read failed.
 */
export interface PatternStore {
  /**
   * Patterns with errors in the range, the most frequent first, equal ones by fingerprint; at most the 5,000 most frequent,
   * `isCut` says whether there are more.
   * @param only these fingerprints, with all that count as them; null for all
   */
  list(range: PatternRange, aliases: Aliases, only?: readonly string[] | null): Promise<PatternPage>;
  /** What is known of patterns whatever time is asked for, by the fingerprint that each counts as. */
  readWords(fingerprints: readonly string[], aliases: Aliases): Promise<Map<string, PatternWords>>;
  /**
   * How many errors a pattern has on an ordinary day: the median of the whole days (UTC) before today, at most 28; null
   * before there are three.
   * @param members all fingerprints that count as the pattern
   */
  readBaselinePerDay(members: readonly string[], firstEverMs: number, nowMs: number): Promise<number | null>;

  /** The newest runs with an error of the pattern, newest first, at most 300. */
  listFailingRuns(range: MembersInRange): Promise<FailingRun[]>;
  /** Trace ids of the newest runs of these agents (or services) that ended without any error, newest first, at most 700. */
  listGoodRuns(range: {
    readonly agents: readonly string[];
    readonly fromMs: number;
    readonly toMs: number;
  }): Promise<string[]>;
  /** What is compared of each run, by trace id. */
  readRunTraits(traceIds: readonly string[]): Promise<Map<string, RunTraits>>;
  /** When ten errors in thirty minutes were last reached in the range; null = never. */
  readBurst(range: MembersInRange): Promise<{ firstMs: number; tenthMs: number } | null>;

  /** Into how many parts all patterns are divided, so that a read that is too much at once can be done in parts. */
  readonly partCount: number;
  /** The part of each of these patterns, from 0, in the order asked. */
  readPartsOf(fingerprints: readonly string[]): Promise<number[]>;
  /** How many error rows, repeats included, were received after this time: about how long a read of them is. */
  countErrorRows(afterMs: number): Promise<number>;
  /**
   * When the errors of each pattern happened that has new ones since the cursor, and of those named in `open`; ascending
   * in time. Counts are exact up to the threshold asked for. Each read reaches back over the last one, so a row that became
   * readable late is not missed, and reading the same again gives the same.
   */
  readErrorTimes(query: ErrorTimesQuery): Promise<ErrorTimes>;
  /** What the errors of each range have in common, in the order asked; null where there are none. */
  readErrorFacts(ranges: readonly ErrorRange[], aliases: Aliases): Promise<(ErrorFacts | null)[]>;
  /**
   * How many errors each pattern had in the same window of the last seven days, or of as many as the project is known for.
   * Patterns are missing when that is fewer than three.
   */
  readBaselines(
    queries: readonly UsualQuery[],
    windowMs: number,
    knownSinceMs: number,
    aliases: Aliases,
  ): Promise<Map<string, UsualCounts>>;
  /** Since when each pattern is known, and what it is narrowed by in rules. */
  readTraits(fingerprints: readonly string[], aliases: Aliases): Promise<Map<string, PatternTraits>>;
  /** Since when the project sends anything, as far as it is kept; null = nothing yet. */
  readKnownSince(): Promise<number | null>;
  /** Since when patterns are known by fingerprints of this version: before, everything looked new. null = nothing yet. */
  readLearntSince(version: number): Promise<number | null>;

  /**
   * Counts sealed buckets ahead, for `list` and `readBaselinePerDay`. Calling it late, never, twice or from two
   * processes changes no result, only how fast it is read. When it rejects, the next call goes on from there.
   * @param shouldStop asked between steps
   * @returns how many buckets of five minutes were counted
   */
  settleCounts(shouldStop: () => boolean): Promise<number>;
}

/** The error patterns of a project. */
export function patternStore(db: Database, projectId: string): PatternStore {
  return {
    list: (range, aliases, only = null) => readPatterns(db, projectId, range, aliases, only),
    readWords: (fingerprints, aliases) => readPatternWords(db, projectId, fingerprints, aliases),
    readBaselinePerDay: (members, firstEverMs, nowMs) => readUsualPerDay(db, projectId, members, firstEverMs, nowMs),
    listFailingRuns: (range) => readFailingRuns(db, projectId, range),
    listGoodRuns: (range) => readGoodRuns(db, projectId, range),
    readRunTraits: (traceIds) => readRunTraits(db, projectId, traceIds),
    readBurst: (range) => readBurst(db, projectId, range),
    partCount: PATTERN_PARTS,
    readPartsOf: (fingerprints) => readPartsOf(db, fingerprints),
    countErrorRows: (afterMs) => countErrorRows(db, projectId, afterMs),
    readErrorTimes: (query) => readErrorTimes(db, projectId, query),
    readErrorFacts: (ranges, aliases) => readErrorFacts(db, projectId, ranges, aliases),
    readBaselines: (queries, windowMs, knownSinceMs, aliases) =>
      readUsual(db, projectId, queries, windowMs, knownSinceMs, aliases),
    readTraits: (fingerprints, aliases) => readTraits(db, projectId, fingerprints, aliases),
    readKnownSince: () => readKnownSince(db, projectId),
    readLearntSince: (version) => readLearntSince(db, projectId, version),
    settleCounts: (shouldStop) => settlePatternCounts(db, projectId, undefined, shouldStop),
  };
}
