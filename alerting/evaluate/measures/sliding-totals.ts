// The totals of a window that moves forward over slices, each slice added once and taken away once.
import type { MeasureSlice } from '#storage/read-measures';
import type { Totals } from './totals.ts';

export class SlidingTotals {
  readonly #slices: readonly MeasureSlice[];
  readonly #lengthMs: number;
  readonly #bins = new Map<number, number>();
  readonly #traces = new Map<string, number>();
  #from = 0;
  #to = 0;
  #count = 0;
  #hits = 0;
  #sum = 0;

  /** @param slices of one subject, by time */
  constructor(slices: readonly MeasureSlice[], lengthMs: number) {
    this.#slices = slices;
    this.#lengthMs = lengthMs;
  }

  /** The window that ends at `atMs`, which only grows. What is returned holds until the next call. */
  endingAt(atMs: number): Totals {
    for (
      let slice = this.#slices[this.#to];
      slice !== undefined && slice.atMs <= atMs;
      slice = this.#slices[this.#to]
    ) {
      this.#change(slice, 1);
      this.#to++;
    }
    for (let slice = this.#slices[this.#from]; this.#from < this.#to && slice !== undefined; ) {
      if (slice.atMs > atMs - this.#lengthMs) break;
      this.#change(slice, -1);
      slice = this.#slices[++this.#from];
    }
    // Sums of fractions drift; an empty window is exactly nothing.
    if (this.#from === this.#to) this.#sum = 0;
    return { count: this.#count, hits: this.#hits, sum: this.#sum, bins: this.#bins, traces: this.#traces.size };
  }

  #change(slice: MeasureSlice, by: 1 | -1): void {
    this.#count += by * slice.count;
    this.#hits += by * slice.hits;
    this.#sum += by * slice.sum;
    for (const [bin, n] of slice.bins) add(this.#bins, bin, by * n);
    for (const trace of slice.traces) add(this.#traces, trace, by);
  }
}

function add<K>(counts: Map<K, number>, key: K, n: number): void {
  const next = (counts.get(key) ?? 0) + n;
  if (next === 0) counts.delete(key);
  else counts.set(key, next);
}
