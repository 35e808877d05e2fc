// A decision as a record: what was chosen out of what, how sure, against which threshold.
import { z } from 'zod';

export const decisionSchema = z.object({
  name: z.string(),
  choice: z.string().nullable(),
  options: z.array(z.string()),
  /** 0..1; null when none was reported or it was out of range. */
  confidence: z.number().nullable(),
  /** logprobs, probabilities, self_reported, classifier, ensemble, heuristic, human; never mixed in one chart. */
  confidenceSource: z.string().nullable(),
  /** The threshold in force at the time. Low means confidence < threshold. */
  threshold: z.number().nullable(),
  /** executed, skipped, escalated, denied, simulated, pending or failed; whatever was sent is kept. */
  outcome: z.string().nullable(),
});
export type Decision = z.infer<typeof decisionSchema>;

/** Within this distance of its threshold a decision is called near (docs/data-dictionary.md). */
export const NEAR_THRESHOLD = 0.05;

/** Where a confidence stands against its threshold; `unknown` when either is missing. */
export function standing(decision: Pick<Decision, 'confidence' | 'threshold'>): 'below' | 'near' | 'above' | 'unknown' {
  const { confidence, threshold } = decision;
  if (confidence === null || threshold === null) return 'unknown';
  // Rounded: 0.75 − 0.70 is 0.05000000000000004 in floating point, and a reader would call that near.
  const distance = Math.round((confidence - threshold) * 1e9) / 1e9;
  if (Math.abs(distance) <= NEAR_THRESHOLD) return 'near';
  return distance < 0 ? 'below' : 'above';
}
