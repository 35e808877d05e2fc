// A clock that stands still until it is set.

export interface FixedClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Moves the clock, backwards too. */
  advance(ms: number): void;
}

export function fixedClock(start: number | string): FixedClock {
  let nowMs = typeof start === 'number' ? start : Date.parse(start);
  return {
    now: () => nowMs,
    advance(ms) {
      nowMs += ms;
    },
  };
}
