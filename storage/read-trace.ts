// One trace: the run, its summary, and the skeleton of its spans.
import { stillOpen } from '#schema/open-step';
import { TRACE_MAX_SPANS, type Trace } from '#schema/run';
import { hasRoot } from '#schema/run-status';
import type { SpanRow } from '#schema/span';
import type { SpanFacts } from '#schema/span-facts';
import type { Database } from './database.ts';
import { findTraces } from './find-traces.ts';
import { readOpenSteps } from './read-open-steps.ts';
import { readRunFacts } from './read-run-facts.ts';
import { type ToldRun, tellRuns } from './read-summary.ts';
import { toSpanFacts, toSpanRow } from './rows.ts';
import { type Cell, cellReader, ROW_COLUMNS, selectList } from './span-columns.ts';

// Service and bucket come from trace_index and are the table's sorting key, so only the blocks that hold this trace are
// read. The newest copy of a span counts.
export const READ_TRACE = `
SELECT * FROM (
  SELECT ${selectList(ROW_COLUMNS)}
  FROM spans
  WHERE project_id = {projectId:String}
    AND service IN {services:Array(String)}
    AND toStartOfFiveMinutes(start_time) IN {buckets:Array(UInt32)}
    AND trace_id = {traceId:Id16}
  ORDER BY received_at DESC
  LIMIT 1 BY span_id
)
ORDER BY startTime, spanId
LIMIT {limit:UInt32}`;

/**
 * Reads a trace by its id (32 lower-case hex digits); null when nothing of it is stored.
 * Spans come by start time, each once, at most `maxSpans`; `spanCount` is exact all the same. A run of which no span
 * has finished has open steps.
 * @param nowMs the time to judge by whether the run still runs, ms since 1970
 * @throws StorageError
 */
export async function readTrace(
  db: Database,
  projectId: string,
  traceId: string,
  nowMs: number = Date.now(),
  maxSpans: number = TRACE_MAX_SPANS,
): Promise<Trace | null> {
  const places = await findTraces(db, projectId, [traceId]);
  const place = places.get(traceId);
  if (place === undefined) return null;
  const { services, buckets } = place;
  const params = { projectId, services, buckets, traceId, limit: maxSpans + 1 };
  const tuples = await db.queryTuples<readonly Cell[]>(READ_TRACE, params, { maxThreads: 1 });

  const cellsOf = cellReader(ROW_COLUMNS);
  const facts: SpanFacts[] = [];
  const spans: SpanRow[] = [];
  for (const tuple of tuples) {
    const cells = cellsOf(tuple);
    facts.push(toSpanFacts(cells));
    spans.push(toSpanRow(cells));
  }
  const truncated = spans.length > maxSpans;
  const whole = truncated ? (await readRunFacts(db, projectId, places)).get(traceId) : undefined;
  const { spans: counted, spanCount } = whole ?? { spans: facts, spanCount: facts.length };
  const announced = hasRoot(counted) ? undefined : await readOpenSteps(db, projectId, [traceId], nowMs);
  const openSteps = stillOpen(announced?.get(traceId) ?? [], counted);
  if (counted.length === 0 && openSteps.length === 0) return null;
  const known = new Map([[traceId, { place, spans: counted, spanCount, open: openSteps }]]);
  const { run, summary } = (await tellRuns(db, projectId, known, nowMs)).get(traceId) as ToldRun;
  return { run, summary, spans: spans.slice(0, maxSpans), spanCount, truncated, openSteps };
}
