// The light facts of whole runs, read for the few runs that are shown.
import type { SpanFacts } from '#schema/span-facts';
import type { Database } from './database.ts';
import { joinPlaces, type TracePlace } from './find-traces.ts';
import { toSpanFacts } from './rows.ts';
import { type Cell, cellReader, FACT_COLUMNS, selectList } from './span-columns.ts';

/** The most spans read at once. It bounds memory, not what is stored. */
export const FACTS_MAX_SPANS = 200_000;

// The newest copy of a span counts. Ordered, so that a run too large to read whole is read from its start.
const READ_FACTS = `
SELECT * FROM (
  SELECT ${selectList(FACT_COLUMNS)}
  FROM spans
  WHERE project_id = {projectId:String}
    AND service IN {services:Array(String)}
    AND toStartOfFiveMinutes(start_time) IN {buckets:Array(UInt32)}
    AND trace_id IN {traceIds:Array(Id16)}
  ORDER BY received_at DESC
  LIMIT 1 BY trace_id, span_id
)
ORDER BY startTime, spanId
LIMIT {maxSpans:UInt32}`;

const COUNT_SPANS = `
SELECT uniqExact(span_id) AS spans
FROM spans
WHERE project_id = {projectId:String}
  AND service IN {services:Array(String)}
  AND toStartOfFiveMinutes(start_time) IN {buckets:Array(UInt32)}
  AND trace_id = {traceId:Id16}`;

export interface RunFacts {
  /** By start time. The earliest `FACTS_MAX_SPANS` of a run that has more. */
  readonly spans: readonly SpanFacts[];
  /** Exact, however many were read. */
  readonly spanCount: number;
}

/** The facts of each run that has spans, by trace id. @param places from `findTraces` */
export async function readRunFacts(
  db: Database,
  projectId: string,
  places: ReadonlyMap<string, TracePlace>,
  maxSpans: number = FACTS_MAX_SPANS,
): Promise<Map<string, RunFacts>> {
  const traceIds = [...places.keys()];
  if (traceIds.length === 0) return new Map();
  const { services, buckets } = joinPlaces(places.values());
  const rows = await db.queryTuples<readonly Cell[]>(READ_FACTS, { projectId, services, buckets, traceIds, maxSpans });
  if (rows.length === maxSpans && traceIds.length > 1) return readInHalves(db, projectId, places, maxSpans);

  const cellsOf = cellReader(FACT_COLUMNS);
  const spansOf = new Map<string, SpanFacts[]>();
  for (const row of rows) {
    const cells = cellsOf(row);
    const spans = spansOf.get(String(cells.traceId));
    if (spans === undefined) spansOf.set(String(cells.traceId), [toSpanFacts(cells)]);
    else spans.push(toSpanFacts(cells));
  }
  const facts = new Map<string, RunFacts>();
  for (const [traceId, spans] of spansOf) {
    const whole = rows.length < maxSpans;
    const spanCount = whole ? spans.length : await countSpans(db, projectId, traceId, { services, buckets });
    facts.set(traceId, { spans, spanCount });
  }
  return facts;
}

async function readInHalves(
  db: Database,
  projectId: string,
  places: ReadonlyMap<string, TracePlace>,
  maxSpans: number,
): Promise<Map<string, RunFacts>> {
  const all = [...places];
  const middle = Math.ceil(all.length / 2);
  const first = await readRunFacts(db, projectId, new Map(all.slice(0, middle)), maxSpans);
  const second = await readRunFacts(db, projectId, new Map(all.slice(middle)), maxSpans);
  return new Map([...first, ...second]);
}

/** How many distinct spans a trace has. */
export async function countSpans(
  db: Database,
  projectId: string,
  traceId: string,
  { services, buckets }: TracePlace,
): Promise<number> {
  const rows = await db.query<{ spans: string }>(COUNT_SPANS, { projectId, services, buckets, traceId });
  return Number(rows[0]?.spans ?? 0);
}
