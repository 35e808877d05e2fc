// One span with everything that was sent about it.
import type { SpanDetail } from '#contracts/span';
import { fillFromLogs } from '#domain/run/fill-from-logs';
import { notesOf } from '#domain/run/span-notes';
import type { Database } from './database.ts';
import { findTraces } from './find-traces.ts';
import { readSpanLogs } from './read-logs.ts';
import { toSpanDetail } from './rows.ts';
import { type Cell, cellReader, DETAIL_COLUMNS, selectList } from './span-columns.ts';

const READ_SPAN = `
SELECT ${selectList(DETAIL_COLUMNS)}
FROM spans
WHERE project_id = {projectId:String}
  AND service IN {services:Array(String)}
  AND toStartOfFiveMinutes(start_time) IN {buckets:Array(UInt32)}
  AND trace_id = {traceId:Id16}
  AND span_id = {spanId:Id8}
ORDER BY received_at DESC
LIMIT 1`;

/**
 * Reads a span by its ids (lower-case hex), as its newest copy says; null when it is not stored.
 * @throws StorageError
 */
export async function readSpan(
  db: Database,
  projectId: string,
  traceId: string,
  spanId: string,
): Promise<SpanDetail | null> {
  const place = (await findTraces(db, projectId, [traceId])).get(traceId);
  if (place === undefined) return null;
  const { services, buckets } = place;
  const params = { projectId, services, buckets, traceId, spanId };
  const [[tuple], found] = await Promise.all([
    db.queryTuples<readonly Cell[]>(READ_SPAN, params),
    readSpanLogs(db, projectId, traceId, spanId),
  ]);
  if (tuple === undefined) return null;
  const span = fillFromLogs({ ...toSpanDetail(cellReader(DETAIL_COLUMNS)(tuple)), ...found });
  return { ...span, ...notesOf(span) };
}
