// SQL about the spans of one trace: the newest copy of each, found through the table's sorting key.
import type { TracePlace } from './find-traces.ts';

// Service and bucket come from trace_index and are the table's sorting key, so only the blocks that hold this trace are
// read.
export const SPANS_OF_TRACE = `
  FROM spans
  WHERE project_id = {projectId:String}
    AND service IN {services:Array(String)}
    AND toStartOfFiveMinutes(start_time) IN {buckets:Array(UInt32)}
    AND trace_id = {traceId:Id16}`;

/** Of copies that arrived in the same millisecond the one with the later start counts, everywhere. */
export const NEWEST_COPY = 'ORDER BY received_at DESC, start_time DESC LIMIT 1 BY span_id';

export interface TraceParams {
  readonly projectId: string;
  readonly traceId: string;
  readonly services: readonly string[];
  readonly buckets: readonly number[];
}

export function traceParams(projectId: string, traceId: string, { services, buckets }: TracePlace): TraceParams {
  return { projectId, traceId, services, buckets };
}
