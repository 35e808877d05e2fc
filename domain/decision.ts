// How sure a decision was, against its threshold. Pure.
import type { Decision } from '#contracts/decision';

/** Within this distance of its threshold a decision is called near (docs/data-dictionary.md). */
export const NEAR_THRESHOLD = 0.05;

/** How a confidence compares with its threshold; `unknown` when either is missing. */
export function standing(decision: Pick<Decision, 'confidence' | 'threshold'>): 'below' | 'near' | 'above' | 'unknown' {
  const { confidence, threshold } = decision;
  if (confidence === null || threshold === null) return 'unknown';
  // Rounded: 0.75 − 0.70 is 0.05000000000000004 in floating point, and a reader would call that near.
  const distance = Math.round((confidence - threshold) * 1e9) / 1e9;
  if (Math.abs(distance) <= NEAR_THRESHOLD) return 'near';
  return distance < 0 ? 'below' : 'above';
}
