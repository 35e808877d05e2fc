// Which spans are taken. Everything else about a span may be odd; without these it cannot be stored or found.
import type { Slice, SpanFields } from '../map/fields/span-fields.ts';
import { isStorableTime } from '../map/time.ts';

/** Why a span is not taken, with what to do about it. The keys are counted in /api/status and /metrics. */
export const REJECTIONS = {
  invalid_trace_id: 'the trace id must be 16 bytes (32 hex digits), not all zero',
  invalid_span_id: 'the span id must be 8 bytes (16 hex digits), not all zero',
  invalid_parent_span_id: 'the parent span id must be empty or 8 bytes (16 hex digits)',
  invalid_time: 'the start time must be nanoseconds since 1970, after 0 and before the year 2106',
  invalid_field: 'a field has a type that OTLP does not allow (enums are integers, ids are hex)',
} as const;
export type Rejection = keyof typeof REJECTIONS;

/** Why this span is rejected, or null. A span without a start time takes its end time. An all-zero parent is none. */
export function validateSpan(bytes: Buffer, span: SpanFields): Rejection | null {
  if (!isId(bytes, span.traceId, 16)) return 'invalid_trace_id';
  if (!isId(bytes, span.spanId, 8)) return 'invalid_span_id';
  const parent = span.parentSpanId;
  if (parent.end - parent.start !== 0 && parent.end - parent.start !== 8) return 'invalid_parent_span_id';
  if (span.startLow === 0 && span.startHigh === 0) {
    span.startLow = span.endLow;
    span.startHigh = span.endHigh;
  }
  return isStorableTime(span.startLow, span.startHigh) ? null : 'invalid_time';
}

function isId(bytes: Buffer, id: Slice, size: number): boolean {
  if (id.end - id.start !== size) return false;
  for (let i = id.start; i < id.end; i++) if (bytes[i] !== 0) return true;
  return false;
}
