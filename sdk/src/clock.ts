// The time of spans and events. Milliseconds are too coarse: steps of the same millisecond would lose their order.
import type { HrTime } from '@opentelemetry/api';
import { shared } from './shared-state.ts';

const NS_PER_SECOND = 1_000_000_000n;
const STEP_NS = 1_000n;
/** With more drift than this, the wall clock is taken: it was set, or the machine slept. */
const MAX_DRIFT_NS = 50_000_000n;
/** Set back by more than this, time restarts from there instead of stalling until the old time is reached again. */
const MAX_STANDSTILL_NS = 1_000_000_000n;

export interface TimeSource {
  /** Milliseconds since 1970, with fractions, that only ever go forward. */
  steadyMs: () => number;
  /** Milliseconds since 1970 as the machine's clock has them. */
  wallMs: () => number;
}

const SYSTEM: TimeSource = {
  steadyMs: () => performance.timeOrigin + performance.now(),
  wallMs: () => Date.now(),
};

/**
 * A clock of which every reading is at least 1 µs later than the one before, so that the order of readings is the order
 * of times. It follows the wall clock when that is set; only a clock set back by over a second gives an earlier reading.
 */
export function makeClock(source: TimeSource): () => HrTime {
  let offsetNs = 0n;
  let lastNs = 0n;
  return () => {
    const steadyNs = toNs(source.steadyMs());
    const wallNs = toNs(source.wallMs());
    const driftNs = wallNs - (steadyNs + offsetNs);
    if (driftNs > MAX_DRIFT_NS || driftNs < -MAX_DRIFT_NS) offsetNs += driftNs;
    const nowNs = steadyNs + offsetNs;
    const isLater = nowNs >= lastNs + STEP_NS || nowNs < lastNs - MAX_STANDSTILL_NS;
    lastNs = isLater ? nowNs : lastNs + STEP_NS;
    return [Number(lastNs / NS_PER_SECOND), Number(lastNs % NS_PER_SECOND)];
  };
}

/** The one clock of this process: start, end and events of all spans are read from it. */
export const now = (): HrTime => shared('clock', () => makeClock(SYSTEM))();

/** Apart, because a double holds 1970 in milliseconds only to a fraction of a microsecond. */
function toNs(ms: number): bigint {
  const whole = Math.floor(ms);
  return BigInt(whole) * 1_000_000n + BigInt(Math.floor((ms - whole) * 1e6));
}
