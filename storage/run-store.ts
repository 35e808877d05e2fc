// Runs: lists of them, their sessions, their summaries, and which of them wait for a summary.
import type { RunPage } from '#contracts/run';
import type { RunFacts } from '#contracts/run-facts';
import type { RunQuery, SessionQuery } from '#contracts/search';
import type { SessionDetail, SessionPage } from '#contracts/session';
import type { RunSummaryReply } from '#contracts/summary';
import type { UnreadRun } from '#domain/run/run-figures';
import type { SummedUp } from '#domain/run/summarize-run';
import type { Database } from './database.ts';
import { readSession, readSessions } from './read-sessions.ts';
import { readSummarizedRun, readSummarizedRuns, redoSummary, type SummarizedRun } from './read-summary.ts';
import { type RunsForModel, type RunsForModelQuery, readRunsForModel } from './runs-for-model.ts';
import {
  type RunPlace,
  type RunsToSummarizeQuery,
  readLastPass,
  readLastReceived,
  readRunsToSummarize,
  readSummaryCursor,
  writeSummaryCursor,
} from './runs-to-summarize.ts';
import { searchRuns } from './search-runs.ts';
import { sumUpEach } from './sum-up-each.ts';
import { sumUpRuns } from './sum-up-runs.ts';
import { readSummaries, type StoredSummary, writeSummaries } from './summaries.ts';
import { wholeRunsOf } from './whole-runs.ts';

/**
 * A run is worked out from its spans whenever it is read, so it is as new as they are, and the same for every method. Only
 * its summary is stored. Runs of which nothing is stored (any more) are missing from answers; nothing is an error because
 * it is not there. `nowMs` is the time to judge by whether a run still runs, ms since 1970.
 *
 * Every method rejects with StorageError when the engine does not answer in time or cannot read or write. Those that read
 * spans of whole runs also reject with TelltaleError readers_busy when too many wait for the same; it may be tried again.
 *
 * What is written is on disk when the promise resolves; when it rejects, it may have been written all the same. Writing
 * the same again changes nothing that anyone reads.
 */
export interface RunStore {
  /**
   * A page of runs that match every filter, by start from new to old, equal starts by trace id; each once. Filters on
   * agent, service, model, error type, session and user ask whether any span of the run has one of the values. The place
   * in the list is that of the earliest start that any copy of its spans reported. Who asks for the same page at the same
   * time gets the same object.
   * @throws StorageError also when a filter that hardly any run passes takes too long; TelltaleError bad_request for a
   * cursor that is not ours
   */
  search(query: RunQuery, nowMs: number): Promise<RunPage>;
  /**
   * A page of sessions, the one whose last run began last first.
   * @throws TelltaleError bad_request for a cursor that is not ours
   */
  listSessions(query: SessionQuery, nowMs: number): Promise<SessionPage>;
  /** One session with its runs and their summaries, the oldest first; null when no run names it. */
  readSession(sessionId: string, nowMs: number): Promise<SessionDetail | null>;

  /** Runs with the facts their summary is written from, in the order asked. One that cannot be read fails all. */
  sumUp(traceIds: readonly string[], nowMs: number): Promise<SummedUp[]>;
  /**
   * As `sumUp`, but runs that cannot be read are in `unread`.
   * @throws EverythingFails (domain/bisect.ts) when it is not a few that fail
   */
  sumUpEach(traceIds: readonly string[], nowMs: number): Promise<{ runs: SummedUp[]; unread: UnreadRun[] }>;

  /** Runs with their summaries as they stand now, by trace id, in no particular order. */
  readSummarized(traceIds: readonly string[], nowMs: number): Promise<Map<string, SummarizedRun>>;
  /** The summary of one run as it stands now, with its facts; null when nothing of the run is stored. */
  readSummary(traceId: string, nowMs: number): Promise<RunSummaryReply | null>;
  /**
   * Writes the summary of a run anew by rule, whatever was stored before, and stores it when the run has ended; null when
   * nothing of the run is stored.
   */
  redoSummary(traceId: string, nowMs: number): Promise<RunSummaryReply | null>;
  /** The newest stored summary of each run that has one that can be read, by trace id, whether or not it still fits. */
  readStoredSummaries(traceIds: readonly string[]): Promise<Map<string, StoredSummary>>;
  /**
   * Stores summaries: all, or none. The same facts, kind and model again replace the row before. A run that was set aside
   * because it had no summary is not any more.
   * @param atMs when they were written, ms since 1970; of two of a run the later one counts
   */
  writeSummaries(atMs: number, written: readonly (StoredSummary & { readonly facts: RunFacts })[]): Promise<void>;

  /**
   * Runs with spans that no summary covers, those whose newest span came first first, at most `limit`. One that has a
   * summary already is due again only when nothing of it came for a while. Each pass reaches back over the one before, so
   * a span that became readable late is not missed.
   */
  listDue(query: RunsToSummarizeQuery): Promise<RunPlace[]>;
  /** When the newest span of each of these runs was received, by trace id. */
  readLastReceived(traceIds: readonly string[]): Promise<RunPlace[]>;
  /** Up to which time of receipt runs have summaries, ms since 1970; null before the first pass. */
  readCursor(): Promise<number | null>;
  /**
   * Saves how far a pass came. Of two the later counts.
   * @param atMs now; `coversMs` is the time of receipt up to which everything is done; both ms since 1970
   */
  saveCursor(atMs: number, coversMs: number): Promise<void>;
  /** When a pass last saved how far it came, ms since 1970; null = never. */
  readLastPass(): Promise<number | null>;
  /**
   * Runs whose newest summary was written by rule and whose facts this model with this prompt was not asked about, the
   * most notable first: failed and stopped ones, then what went otherwise than planned, then the rest; of each the newest
   * first. Runs whose stored facts cannot be read are in `unreadable`.
   */
  listDueForModel(query: RunsForModelQuery): Promise<RunsForModel>;
}

/** The runs of a project. */
export function runStore(db: Database, projectId: string): RunStore {
  return {
    // The same list is asked for by every open page, every few seconds.
    search: (query, nowMs) =>
      wholeRunsOf(db).shared(`runs ${JSON.stringify(query)} ${projectId}`, () =>
        searchRuns(db, projectId, query, nowMs),
      ),
    listSessions: (query, nowMs) => readSessions(db, projectId, query, nowMs),
    readSession: (sessionId, nowMs) => readSession(db, projectId, sessionId, nowMs),
    sumUp: (traceIds, nowMs) => sumUpRuns(db, projectId, traceIds, nowMs),
    sumUpEach: (traceIds, nowMs) => sumUpEach(db, projectId, traceIds, nowMs),
    readSummarized: (traceIds, nowMs) => readSummarizedRuns(db, projectId, traceIds, nowMs),
    readSummary: (traceId, nowMs) => readSummarizedRun(db, projectId, traceId, nowMs),
    redoSummary: (traceId, nowMs) => redoSummary(db, projectId, traceId, nowMs),
    readStoredSummaries: (traceIds) => readSummaries(db, projectId, traceIds),
    writeSummaries: (atMs, written) => writeSummaries(db, projectId, atMs, written),
    listDue: (query) => readRunsToSummarize(db, projectId, query),
    readLastReceived: (traceIds) => readLastReceived(db, projectId, traceIds),
    readCursor: () => readSummaryCursor(db, projectId),
    saveCursor: (atMs, coversMs) => writeSummaryCursor(db, projectId, atMs, coversMs),
    readLastPass: () => readLastPass(db, projectId),
    listDueForModel: (query) => readRunsForModel(db, projectId, query),
  };
}
