// What is stored of one trace: its spans, its logs, and what its process says is still open.
import type { Trace } from '#contracts/run';
import type { LogQuery } from '#contracts/search';
import type { LogList, SpanDetail } from '#contracts/span';
import type { Database } from './database.ts';
import { findTraces } from './find-traces.ts';
import { readStrayLogs, readTraceLogs } from './read-logs.ts';
import { readSpan } from './read-span.ts';
import { readTrace } from './read-trace.ts';

/**
 * Reads only; a reading changes nothing. Ids are lower-case hex, of a trace 32 digits, of a span 16. A span that was sent
 * several times is one, as its newest copy says; a log record that was sent several times is one.
 *
 * A span is found by its id as soon as it is inserted, which follows its acknowledgment within about a second; what is in
 * the spool is not found yet. What retention removed is not found any more. A trace or span that is not found is null,
 * never an error; an empty list is empty.
 *
 * Every method rejects with StorageError when the engine does not answer in time or cannot read; none ever takes a
 * failed read for nothing.
 */
export interface TraceStore {
  /**
   * The run, its summary, its open steps and a page of its spans, by start, then by id. `spanCount` is exact even where
   * not all spans are on the page. Pages that were read stay as they were when spans arrive meanwhile. Who asks for the
   * same page at the same time gets the same object, so nobody may change it.
   * @param nowMs the time to judge by whether the run still runs, ms since 1970
   * @param cursor `nextCursor` of the page before; null for the first page
   * @throws TelltaleError bad_request for a cursor that is not ours, readers_busy when too many whole runs are being read
   */
  readTrace(traceId: string, nowMs: number, cursor: string | null): Promise<Trace | null>;
  /**
   * One span with everything that was sent about it: payloads, attributes, events, and the log records that name it,
   * oldest first (at most 200, `logsTruncated` says whether there are more). Where the span has no input or output and
   * its log records do, theirs stand in, marked so.
   */
  readSpan(traceId: string, spanId: string): Promise<SpanDetail | null>;
  /** Whether anything of the trace is stored: a span, or a step that was announced as open. */
  hasTrace(traceId: string): Promise<boolean>;
  /**
   * Log records that name the trace, oldest first, at most `LOGS_MAX`.
   * @param onlyWithoutSpan leave out those that name a span
   */
  listLogs(traceId: string, onlyWithoutSpan: boolean): Promise<LogList>;
  /** Log records that name no trace, newest first, at most `LOGS_MAX`. */
  listStrayLogs(query: LogQuery): Promise<LogList>;
}

/** The traces of a project. */
export function traceStore(db: Database, projectId: string): TraceStore {
  return {
    readTrace: (traceId, nowMs, cursor) => readTrace(db, projectId, traceId, nowMs, cursor),
    readSpan: (traceId, spanId) => readSpan(db, projectId, traceId, spanId),
    hasTrace: async (traceId) => (await findTraces(db, projectId, [traceId])).size > 0,
    listLogs: (traceId, onlyWithoutSpan) => readTraceLogs(db, projectId, traceId, onlyWithoutSpan),
    listStrayLogs: (query) => readStrayLogs(db, projectId, query),
  };
}
