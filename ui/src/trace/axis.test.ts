// The time axis: round ticks, and zoom and pan that never leave the trace.
import { describe, expect, it } from 'vitest';
import { clampWindow, NARROWEST_MS, pan, tickStep, ticksOf, windowOf, windowText, zoom } from './axis.ts';

const labels = (start: number, end: number, most: number) => ticksOf({ start, end }, most).map((tick) => tick.label);

describe('ticks', () => {
  it('follow 1, 2, 5 steps below a minute and minutes and hours above', () => {
    expect(tickStep(42_000, 5)).toBe(10_000);
    expect(tickStep(1000, 5)).toBe(200);
    expect(tickStep(0.4, 5)).toBeCloseTo(0.1);
    expect(tickStep(600_000, 5)).toBe(120_000);
    expect(tickStep(9 * 3_600_000, 5)).toBe(2 * 3_600_000);
  });
  it('carry as many decimals as their step needs', () => {
    expect(labels(0, 42_000, 5)).toEqual(['0', '10 s', '20 s', '30 s', '40 s']);
    expect(labels(0, 1000, 5)).toEqual(['0', '200 ms', '400 ms', '600 ms', '800 ms', '1.0 s']);
    expect(labels(14_900, 15_000, 4)).toEqual(['14.90 s', '14.95 s', '15.00 s']);
    expect(labels(0, 0.1, 5)).toEqual(['0', '20 µs', '40 µs', '60 µs', '80 µs', '100 µs']);
    expect(labels(0, 5_400_000, 3)).toEqual(['0', '30 min', '1 h', '1 h 30 min']);
  });
  it('lie within the window', () => {
    for (const tick of ticksOf({ start: 123, end: 4567 }, 6)) {
      expect(tick.share).toBeGreaterThanOrEqual(0);
      expect(tick.share).toBeLessThanOrEqual(1);
    }
  });
});

describe('zoom and pan', () => {
  it('keep what is under the pointer in place', () => {
    const next = zoom({ start: 0, end: 1000 }, 2, 0.25, 1000);
    expect(next).toEqual({ start: 125, end: 625 });
    expect((250 - next.start) / (next.end - next.start)).toBe(0.25);
  });
  it('stop at 50 µs and at the whole trace', () => {
    const near = zoom({ start: 500, end: 500.06 }, 100, 0.5, 1000);
    expect(near.end - near.start).toBeCloseTo(NARROWEST_MS);
    expect(zoom({ start: 400, end: 600 }, 0.001, 0.5, 1000)).toEqual({ start: 0, end: 1000 });
    expect(clampWindow({ start: -5, end: 0.01 }, 0.02)).toEqual({ start: 0, end: 0.02 });
  });
  it('pan stops at the edges without getting narrower', () => {
    expect(pan({ start: 800, end: 1000 }, 0.5, 1000)).toEqual({ start: 800, end: 1000 });
    expect(pan({ start: 100, end: 300 }, -1, 1000)).toEqual({ start: 0, end: 200 });
  });
  it('the window is read from the address and written to it, nonsense is the whole trace', () => {
    const whole = { start: 0, end: 1000 };
    expect(windowOf('200,400', 1000)).toEqual({ start: 200, end: 400 });
    for (const text of [null, '', 'a,b', '400,200', '5']) expect(windowOf(text, 1000)).toEqual(whole);
    expect(windowText({ start: 200.00049, end: 400 }, 1000)).toBe('200,400');
    expect(windowText(whole, 1000)).toBeNull();
  });
});
