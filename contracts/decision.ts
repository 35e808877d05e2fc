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
