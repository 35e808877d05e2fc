// Where the spans of a trace stand: the services and five-minute buckets that trace_index keeps per trace id.
import type { Database } from './database.ts';

export interface TracePlace {
  readonly services: readonly string[];
  /** Starts of the five-minute buckets, seconds since 1970, ascending. */
  readonly buckets: readonly number[];
}

const FIND_TRACES = `
SELECT
  lower(hex(trace_id)) AS traceId,
  groupUniqArray(CAST(service, 'String')) AS services,
  arraySort(groupUniqArray(toUnixTimestamp(bucket))) AS buckets
FROM trace_index
WHERE project_id = {projectId:String} AND trace_id IN {traceIds:Array(Id16)}
GROUP BY trace_id`;

/** The places of those traces that are known, by trace id (lower-case hex). */
export async function findTraces(
  db: Database,
  projectId: string,
  traceIds: readonly string[],
): Promise<Map<string, TracePlace>> {
  if (traceIds.length === 0) return new Map();
  const rows = await db.query<{ traceId: string } & TracePlace>(
    FIND_TRACES,
    { projectId, traceIds },
    { maxThreads: 1 },
  );
  return new Map(rows.map(({ traceId, services, buckets }) => [traceId, { services, buckets }]));
}

/** One place that covers all of them. */
export function joinPlaces(places: Iterable<TracePlace>): TracePlace {
  const services = new Set<string>();
  const buckets = new Set<number>();
  for (const place of places) {
    for (const service of place.services) services.add(service);
    for (const bucket of place.buckets) buckets.add(bucket);
  }
  return { services: [...services].sort(), buckets: [...buckets].sort((a, b) => a - b) };
}
