import { describe, expect, it } from 'vitest';
import { NEAR_THRESHOLD, standing } from './decision.ts';

const of = (confidence: number | null, threshold: number | null) => standing({ confidence, threshold });

describe('a confidence against its threshold', () => {
  it('is near up to five hundredths away, on both sides, and unknown when either is missing', () => {
    expect(NEAR_THRESHOLD).toBe(0.05);
    expect([of(0.7, 0.7), of(0.75, 0.7), of(0.65, 0.7), of(0.8, 0.75)]).toEqual(['near', 'near', 'near', 'near']);
    expect([of(0.76, 0.7), of(0.64, 0.7), of(null, 0.7), of(0.7, null)]).toEqual([
      'above',
      'below',
      'unknown',
      'unknown',
    ]);
  });
});
