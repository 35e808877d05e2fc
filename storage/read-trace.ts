// One trace: the run, its summary, and a page of the skeleton of its spans.
import { TRACE_MAX_SPANS, type Trace } from '#contracts/run';
import type { SpanRow } from '#contracts/span';
import { hasRoot } from '#domain/run/run-status';
import type { SpanFacts } from '#domain/run/span-facts';
import type { Database } from './database.ts';
import { findTraces, type TracePlace } from './find-traces.ts';
import { knownOf, readVersions } from './known-runs.ts';
import { readOpenSteps } from './read-open-steps.ts';
import { readSpanPage } from './read-span-page.ts';
import { readSummarizedOnce, type SummarizedRun, summarizeRuns } from './read-summary.ts';
import { toSpanFacts, toSpanRow } from './rows.ts';
import { ROW_COLUMNS } from './span-columns.ts';
import { decodeSpanCursor, encodeSpanCursor, type SpanPosition } from './span-cursor.ts';
import { wholeRunsOf } from './whole-runs.ts';

/** Fewer spans are read without standing in line. */
const FEW_SPANS = 2000;

/**
 * Reads a trace by its id (32 lower-case hex digits); null when nothing of it is stored.
 * Spans come by start time, each once, at most `maxSpans`; `spanCount` is exact all the same. A run of which no span
 * has finished has open steps. Who asks for the same page at the same time gets the same answer.
 * @param nowMs the time to judge by whether the run still runs, ms since 1970
 * @param cursor `nextCursor` of the page before; null for the first page
 * @throws StorageError; TelltaleError bad_request for a cursor that is not ours, readers_busy
 */
export async function readTrace(
  db: Database,
  projectId: string,
  traceId: string,
  nowMs: number = Date.now(),
  cursor: string | null = null,
  maxSpans: number = TRACE_MAX_SPANS,
): Promise<Trace | null> {
  const after = cursor === null ? null : decodeSpanCursor(cursor);
  const key = `trace ${traceId} ${maxSpans} ${cursor ?? ''} ${projectId}`;
  return wholeRunsOf(db).shared(key, async () => {
    const place = (await findTraces(db, projectId, [traceId])).get(traceId);
    if (place === undefined) return null;
    const copies = (await readVersions(db, projectId, new Map([[traceId, place]]))).get(traceId)?.copies ?? 0;
    const read = { db, projectId, traceId, place, nowMs, maxSpans, copies };
    return after === null && copies <= maxSpans ? readAtOnce(read) : readPageOf(read, after);
  });
}

interface Read {
  readonly db: Database;
  readonly projectId: string;
  readonly traceId: string;
  readonly place: TracePlace;
  readonly nowMs: number;
  readonly maxSpans: number;
  readonly copies: number;
}

/** The skeleton and the facts of a run that fits on one page, out of the same rows. */
async function readAtOnce(read: Read): Promise<Trace | null> {
  const { db, projectId, traceId, place, nowMs } = read;
  const work = async () => {
    const { rows, next } = await readRows(read, null, (cells) => ({ ...toSpanRow(cells), facts: toSpanFacts(cells) }));
    // More have arrived since they were counted.
    if (next !== null) return null;
    const spans: SpanRow[] = [];
    const all: SpanFacts[] = [];
    for (const { facts, ...row } of rows) {
      spans.push(row);
      all.push(facts);
    }
    const announced = hasRoot(all) ? undefined : await readOpenSteps(db, projectId, [traceId], nowMs);
    const known = knownOf(place, all, announced?.get(traceId) ?? []);
    if (known === null) return undefined;
    const summarized = (await summarizeRuns(db, projectId, new Map([[traceId, known]]), nowMs)).get(
      traceId,
    ) as SummarizedRun;
    return toTrace(summarized, spans, null);
  };
  const trace = await (read.copies <= FEW_SPANS ? work() : wholeRunsOf(db).inLine(work));
  return trace === null ? readPageOf(read, null) : (trace ?? null);
}

/** A page of a longer run; its summary is counted apart. */
async function readPageOf(read: Read, after: SpanPosition | null): Promise<Trace | null> {
  const { db, projectId, traceId, nowMs } = read;
  const { rows, next } = await wholeRunsOf(db).inLine(() => readRows(read, after, toSpanRow));
  const summarized = await readSummarizedOnce(db, projectId, traceId, nowMs);
  return summarized === null ? null : toTrace(summarized, rows, next);
}

function readRows<T extends { readonly spanId: string; readonly startTime: string }>(
  { db, projectId, traceId, place, maxSpans }: Read,
  after: SpanPosition | null,
  toRow: (cells: Parameters<typeof toSpanRow>[0]) => T,
) {
  return readSpanPage(db, projectId, traceId, place, ROW_COLUMNS, toRow, after, maxSpans);
}

function toTrace({ run, summary, open }: SummarizedRun, spans: SpanRow[], next: SpanPosition | null): Trace {
  return {
    run,
    summary,
    spans,
    spanCount: run.spanCount,
    truncated: spans.length < run.spanCount,
    nextCursor: next === null ? null : encodeSpanCursor(next),
    openSteps: [...open],
  };
}
