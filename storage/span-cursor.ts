// Where a page of a trace's spans ended: the start and the id of its last span.
import { TelltaleError } from '#domain/errors';

/** A place in the order by start, then by id. */
export interface SpanPosition {
  /** Nanoseconds since 1970. */
  readonly startNs: bigint;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
}

/** What the column of starts can hold (1900 to 2262). */
const MAX_NS = 9_223_372_036_854_775_807n;

/** Before the first span. */
export const FIRST_POSITION: SpanPosition = { startNs: -MAX_NS, spanId: '0'.repeat(16) };

export function encodeSpanCursor({ startNs, spanId }: SpanPosition): string {
  return Buffer.from(`s1 ${startNs} ${spanId}`).toString('base64url');
}

/** @throws TelltaleError bad_request when it is not one of our cursors */
export function decodeSpanCursor(cursor: string): SpanPosition {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [, start, spanId] = /^s1 (-?\d{1,19}) ([0-9a-f]{16})$/.exec(text) ?? [];
  const startNs = start === undefined ? null : BigInt(start);
  if (startNs === null || spanId === undefined || startNs > MAX_NS || startNs < -MAX_NS) {
    throw new TelltaleError('bad_request', 'cursor: not a cursor of a trace', {
      hint: 'Take nextCursor from the page before as it is, or leave cursor out to start with the first span.',
    });
  }
  return { startNs, spanId };
}
