// The geometry of the confidence mark: a mast (threshold) with a ribbon to the confidence.
import { standing } from '#domain/decision';

/** Low means strictly under the threshold, however near. */
export const isLow = (confidence: number | null, threshold: number | null): boolean =>
  confidence !== null && threshold !== null && confidence < threshold;

export interface Mark {
  /** x of the confidence and of the threshold, in px of a mark `width` wide; null threshold has no mast. */
  readonly value: number;
  readonly mast: number | null;
  readonly low: boolean;
  readonly near: boolean;
}

const PAD = 5;

/** Places the mark's parts; values outside 0..1 stay on the track. */
export function markOf(confidence: number, threshold: number | null, width: number): Mark {
  const x = (share: number) => PAD + Math.min(1, Math.max(0, share)) * (width - 2 * PAD);
  return {
    value: x(confidence),
    mast: threshold === null ? null : x(threshold),
    low: isLow(confidence, threshold),
    near: standing({ confidence, threshold }) === 'near',
  };
}

/** The mark in words: `confidence 0.46, threshold 0.70, 0.24 below`. */
export function describeMark(confidence: number, threshold: number | null): string {
  if (threshold === null) return `confidence ${confidence.toFixed(2)}, no threshold recorded`;
  const distance = Math.abs(confidence - threshold);
  const place =
    confidence === threshold ? 'at it' : `${distance.toFixed(2)} ${confidence < threshold ? 'below' : 'above'}`;
  return `confidence ${confidence.toFixed(2)}, threshold ${threshold.toFixed(2)}, ${place}`;
}
