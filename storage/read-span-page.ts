// A page of a trace's spans by start, then by id. The order of the whole trace comes from two narrow columns; the wide
// ones are read for the spans of the page only.
import { toNanoseconds } from '#domain/run/span-facts';
import type { Database } from './database.ts';
import type { TracePlace } from './find-traces.ts';
import { type Cell, type Cells, type Columns, cellReader, selectList } from './span-columns.ts';
import { FIRST_POSITION, type SpanPosition } from './span-cursor.ts';
import { NEWEST_COPY, SPANS_OF_TRACE, traceParams } from './trace-spans.ts';
import { mapInTurns } from './turns.ts';

/** @param columns with `spanId` and `startTime` */
export const readPageSql = (columns: Columns): string => `
SELECT * FROM (
  SELECT ${selectList(columns)}
  ${SPANS_OF_TRACE}
    AND span_id IN (
      SELECT id FROM (
        SELECT span_id AS id, argMax(start_time, (received_at, start_time)) AS began
        ${SPANS_OF_TRACE}
        GROUP BY span_id)
      WHERE (toUnixTimestamp64Nano(began), id) > ({afterNs:Int64}, {afterId:Id8})
      ORDER BY began, id
      LIMIT {limit:UInt32})
  ${NEWEST_COPY}
)
ORDER BY startTime, spanId`;

export interface SpanPage<T> {
  readonly rows: T[];
  /** Where the next page begins; null at the end of the trace. */
  readonly next: SpanPosition | null;
}

/**
 * Spans that arrive meanwhile change nothing of the pages before; those that started later come on later pages.
 * @param after null for the first page
 * @throws StorageError
 */
export async function readSpanPage<C extends Columns & { spanId: string; startTime: string }, T>(
  db: Database,
  projectId: string,
  traceId: string,
  place: TracePlace,
  columns: C,
  toRow: (cells: Cells<C>) => T & { readonly spanId: string; readonly startTime: string },
  after: SpanPosition | null,
  maxSpans: number,
): Promise<SpanPage<T & { readonly spanId: string; readonly startTime: string }>> {
  const { startNs, spanId } = after ?? FIRST_POSITION;
  const params = { ...traceParams(projectId, traceId, place), afterNs: startNs, afterId: spanId, limit: maxSpans + 1 };
  const tuples = await db.queryTuples<readonly Cell[]>(readPageSql(columns), params, { maxThreads: 1, maxSeconds: 60 });
  const isMore = tuples.length > maxSpans;
  const cellsOf = cellReader(columns);
  const rows = await mapInTurns(isMore ? tuples.slice(0, maxSpans) : tuples, (tuple) => toRow(cellsOf(tuple)));
  const last = rows.at(-1);
  const next = isMore && last !== undefined ? { startNs: toNanoseconds(last.startTime), spanId: last.spanId } : null;
  return { rows, next };
}
