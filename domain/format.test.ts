// Sentences and pages write figures alike.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as pages from '../ui/src/format.ts';
import { formatCost, formatDuration, formatShare, times } from './format.ts';

test('durations, costs and shares are written as on the pages', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (n, share) => {
        expect(formatDuration(n)).toBe(pages.formatDuration(n));
        expect(formatCost(n / 1000)).toBe(pages.formatCost(n / 1000));
        expect(formatShare(share, 0.7)).toBe(pages.formatShare(share, 0.7));
      },
    ),
  );
});

test('how often, in words', () => {
  expect([1, 2, 3, 1204].map(times)).toEqual(['once', 'twice', '3 times', '1,204 times']);
});
