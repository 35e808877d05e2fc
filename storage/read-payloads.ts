// The few inputs and outputs that may say what was asked of a run and what it answered.
import type { Payload } from '#domain/run/facts/excerpts';
import { topSpan } from '#domain/run/run-status';
import type { SpanFacts } from '#domain/run/span-facts';
import type { Database } from './database.ts';
import { joinPlaces, type TracePlace } from './find-traces.ts';

/** A longer JSON text is left out, since it cannot be read once it is cut; of longer plain text the beginning is read. */
const MAX_JSON_CHARS = 65_536;
const PLAIN_CHARS = 4000;
const MAX_AGENTS = 3;
const MAX_CALLS = 2;

const readable = (column: string) =>
  `multiIf(length(${column}) <= ${MAX_JSON_CHARS}, ${column}, substring(${column}, 1, 1) IN ('[', '{', '"'), '', leftUTF8(${column}, ${PLAIN_CHARS}))`;

const READ_PAYLOADS = `
SELECT lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId, ${readable('input')} AS asked, ${readable('output')} AS answered
FROM spans
WHERE project_id = {projectId:String}
  AND service IN {services:Array(String)}
  AND toStartOfFiveMinutes(start_time) IN {buckets:Array(UInt32)}
  AND trace_id IN {traceIds:Array(Id16)}
  AND span_id IN {spanIds:Array(Id8)}
ORDER BY received_at DESC
LIMIT 1 BY trace_id, span_id`;

/** Spans that may say it, in the order in which they are believed: the run's own, agents, the first and last model calls. */
interface Picked {
  readonly asked: readonly string[];
  readonly answered: readonly string[];
}

function pick(spans: readonly SpanFacts[]): Picked {
  if (spans.length === 0) return { asked: [], answered: [] };
  const ids = (some: readonly SpanFacts[]) => some.map(({ spanId }) => spanId);
  const agents = ids(spans.filter(({ kind }) => kind === 'agent').slice(0, MAX_AGENTS));
  const calls = spans.filter(({ kind }) => kind === 'llm');
  const top = topSpan(spans).spanId;
  return {
    asked: [...new Set([top, ...agents, ...ids(calls.slice(0, MAX_CALLS))])],
    answered: [...new Set([top, ...agents, ...ids(calls.slice(-MAX_CALLS)).reverse()])],
  };
}

/**
 * Payloads of each run, in the order in which they are believed (domain/run/facts/excerpts.ts), newest copies.
 * @param runs the light facts of each, by trace id, in order of start
 * @throws StorageError
 */
export async function readPayloads(
  db: Database,
  projectId: string,
  runs: ReadonlyMap<string, { readonly place: TracePlace; readonly spans: readonly SpanFacts[] }>,
): Promise<Map<string, Payload[]>> {
  const picked = new Map([...runs].map(([traceId, { spans }]) => [traceId, pick(spans)]));
  const spanIds = [...new Set([...picked.values()].flatMap(({ asked, answered }) => [...asked, ...answered]))];
  if (spanIds.length === 0) return new Map();
  const { services, buckets } = joinPlaces([...runs.values()].map(({ place }) => place));
  const rows = await db.query<{ traceId: string; spanId: string; asked: string; answered: string }>(
    READ_PAYLOADS,
    { projectId, services, buckets, traceIds: [...picked.keys()], spanIds },
    { maxThreads: 1 },
  );
  const found = new Map(rows.map((row) => [`${row.traceId}${row.spanId}`, row]));
  const payloads = new Map<string, Payload[]>();
  for (const [traceId, { asked, answered }] of picked) {
    const of = (spanId: string) => found.get(`${traceId}${spanId}`);
    payloads.set(traceId, [
      ...asked.map((spanId) => ({ spanId, input: of(spanId)?.asked || null, output: null })),
      ...answered.map((spanId) => ({ spanId, input: null, output: of(spanId)?.answered || null })),
    ]);
  }
  return payloads;
}
