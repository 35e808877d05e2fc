import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SlidingTotals } from './sliding-totals.ts';
import { addUp } from './totals.ts';

const slice = fc.record({
  at: fc.integer({ min: 1, max: 100 }),
  count: fc.nat({ max: 50 }),
  sum: fc.nat({ max: 1000 }),
  bins: fc.uniqueArray(fc.tuple(fc.nat({ max: 5 }), fc.integer({ min: 1, max: 9 })), { selector: ([bin]) => bin }),
  traces: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')),
});

it('is what the slices within the window add up to, at every moment', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(slice, { selector: ({ at }) => at, maxLength: 40 }),
      fc.integer({ min: 1, max: 30 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 130 }), { minLength: 1 }),
      (given, length, moments) => {
        const slices = given
          .map(({ at, count, ...rest }) => ({ subject: 's', atMs: at, count, hits: count, ...rest }))
          .sort((a, b) => a.atMs - b.atMs);
        const window = new SlidingTotals(slices, length);
        for (const atMs of moments.toSorted((a, b) => a - b)) {
          const within = slices.filter((one) => one.atMs <= atMs && one.atMs > atMs - length);
          const found = window.endingAt(atMs);
          expect({ ...found, bins: [...found.bins].sort() }).toEqual({
            ...addUp(within),
            bins: [...addUp(within).bins].sort(),
          });
        }
      },
    ),
  );
});
