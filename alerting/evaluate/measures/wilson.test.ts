import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wilson } from './wilson.ts';

const counted = fc.nat({ max: 5000 }).chain((count) => fc.tuple(fc.nat({ max: count }), fc.constant(count)));

describe('the interval of a share', () => {
  it.each([
    [0, 0, 0, 1],
    // (p + z²/2n ± z√(p(1−p)/n + z²/4n²)) / (1 + z²/n) with z = 3, by hand.
    [10, 20, 0.2215, 0.7785],
    [0, 100, 0, 0.0826],
    [100, 100, 0.9174, 1],
    [20, 1000, 0.0103, 0.0383],
  ])('of %i in %i is %d to %d', (hits, count, low, high) => {
    const found = wilson(hits, count);
    expect(found.low).toBeCloseTo(low, 3);
    expect(found.high).toBeCloseTo(high, 3);
  });

  it('holds the share, stays within 0 and 1, and narrows as more is counted', () => {
    fc.assert(
      fc.property(counted, ([hits, count]) => {
        const { low, high } = wilson(hits, count);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        if (count === 0) return;
        expect(low).toBeLessThanOrEqual(hits / count + 1e-12);
        expect(high).toBeGreaterThanOrEqual(hits / count - 1e-12);
        const more = wilson(hits * 10, count * 10);
        expect(more.high - more.low).toBeLessThanOrEqual(high - low + 1e-12);
      }),
    );
  });
});
