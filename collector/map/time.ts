// 64-bit times as two halves, never as one JS number. Shared by validation and writing.
import type { ByteSink } from '#storage/native/byte-sink';
import type { SpanFields } from './fields/span-fields.ts';

// The five-minute bucket of the sorting key is a DateTime: 32 bits of seconds, up to 2106-02-07. 4294967295 s in ns.
const LAST_HIGH = Math.floor(4294967295e9 / 4294967296);

/** Whether a start time can be stored: not 0, not after 2106. */
export function isStorableTime(low: number, high: number): boolean {
  return (low !== 0 || high !== 0) && high < LAST_HIGH;
}

export function writeTime(span: SpanFields, sink: ByteSink): void {
  sink.u64Halves(span.startLow, span.startHigh);
}

/** end − start in ns; 0 when the clock went backwards or the end is missing. */
export function writeDuration(span: SpanFields, sink: ByteSink): void {
  const { startLow, startHigh, endLow, endHigh } = span;
  if (endHigh < startHigh || (endHigh === startHigh && endLow <= startLow)) {
    sink.u64(0);
    return;
  }
  const borrow = endLow < startLow ? 1 : 0;
  const high = endHigh - startHigh - borrow;
  // An end after 2262 would overflow the end time that views compute; such a span has no known duration.
  if (endHigh > 0x7fffffff) sink.u64(0);
  else sink.u64Halves(endLow - startLow + borrow * 4294967296, high);
}
