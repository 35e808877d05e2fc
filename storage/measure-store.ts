// What rules measure, now and on other days, and the decisions of a period.
import type { Period } from '#domain/local-time';
import type { Database } from './database.ts';
import { readPresentSources } from './measure-presence.ts';
import type { MeasureSource } from './measure-sources.ts';
import {
  type DecisionFigures,
  type DoubtfulDecision,
  readDecisionFigures,
  readDoubtfulDecisions,
} from './read-digest-decisions.ts';
import {
  type FactsQuery,
  type MeasureFacts,
  type MeasureRange,
  type MeasureSlice,
  readMeasureFacts,
  readSlices,
} from './read-measures.ts';

/**
 * Reads only. A span that was sent several times counts once, as its newest copy says, at the time of its first receipt.
 * A baseline is the same slices of other days.
 *
 * Every method rejects with StorageError when the engine does not answer in time or cannot read; none ever answers
 * "nothing" because a read failed.
 */
export interface MeasureStore {
  /**
   * The sums of every subject and slice of a range, by time. Slices without anything are left out.
   * @param sliceMs length of a slice; the range begins and ends with one
   * @param maxSeconds how long the engine may take; left out: as long as a tick allows
   */
  readSlices(range: MeasureRange, sliceMs: number, maxSeconds?: number): Promise<MeasureSlice[]>;
  /**
   * The facts behind one subject's sums in a range: zeros and empty lists where there is nothing.
   * @param maxSeconds as for `readSlices`
   */
  readFacts(query: FactsQuery, maxSeconds?: number): Promise<MeasureFacts>;
  /**
   * Sources that may have something in any part of the range; what is not among them has nothing there. One statement,
   * which saves one for each of the others.
   * @param fromMs time of receipt, ms since 1970: after it, up to `toMs`
   */
  readPresentSources(fromMs: number, toMs: number): Promise<ReadonlySet<MeasureSource>>;
  /** How many decisions of a period there are and how many were doubtful; zeros when there are none. */
  readDecisionFigures(period: Period): Promise<DecisionFigures>;
  /** The most doubtful decisions of a period first, at most two of a name and `limit` in all. */
  listDoubtfulDecisions(period: Period, limit: number): Promise<DoubtfulDecision[]>;
}

/** The measures of a project. */
export function measureStore(db: Database, projectId: string): MeasureStore {
  return {
    readSlices: (range, sliceMs, maxSeconds) => readSlices(db, projectId, range, sliceMs, maxSeconds),
    readFacts: (query, maxSeconds) => readMeasureFacts(db, projectId, query, maxSeconds),
    readPresentSources: (fromMs, toMs) => readPresentSources(db, projectId, fromMs, toMs),
    readDecisionFigures: (period) => readDecisionFigures(db, projectId, period),
    listDoubtfulDecisions: (period, limit) => readDoubtfulDecisions(db, projectId, period, limit),
  };
}
