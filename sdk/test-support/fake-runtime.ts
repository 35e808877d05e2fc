// A clock that advances only when something waits, and a fixed random value.
import type { Runtime } from '../src/reliability/runtime.ts';

export interface FakeRuntime extends Runtime {
  /** The waits asked for so far, in ms. */
  waits: number[];
  /** Moves the clock. */
  advance: (ms: number) => void;
}

export function fakeRuntime(random = 0.5, startMs = Date.UTC(2026, 10, 20, 12)): FakeRuntime {
  let nowMs = startMs;
  const waits: number[] = [];
  return {
    waits,
    nowMs: () => nowMs,
    random: () => random,
    advance: (ms) => {
      nowMs += ms;
    },
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      waits.push(ms);
      nowMs += ms;
    },
  };
}
