import { describe, expect, it } from 'vitest';
import { describeMark, markOf } from './confidence.ts';

describe('the confidence mark', () => {
  it('points left of the mast when low and right of it when high', () => {
    const low = markOf(0.46, 0.7, 96);
    expect(low.value).toBeLessThan(low.mast ?? 0);
    expect(low).toMatchObject({ low: true, near: false });
    expect(markOf(0.94, 0.8, 96)).toMatchObject({ low: false, near: false });
    expect(markOf(0.72, 0.7, 96)).toMatchObject({ low: false, near: true });
  });
  it('stays on its track and needs no threshold', () => {
    expect(markOf(7, null, 76)).toEqual({ value: 71, mast: null, low: false, near: false });
  });
  it('is described in words', () => {
    expect(describeMark(0.46, 0.7)).toBe('confidence 0.46, threshold 0.70, 0.24 below');
    expect(describeMark(0.7, 0.7)).toBe('confidence 0.70, threshold 0.70, at it');
    expect(describeMark(0.7, null)).toBe('confidence 0.70, no threshold recorded');
  });
});
