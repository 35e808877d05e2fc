// The shape of what a model answers, given to it as a JSON schema, and held against what it sends. Pure.
import { z } from 'zod';
import { RUN_OUTCOMES } from '#contracts/run-facts';

const sentence = { text: z.string(), span_ids: z.array(z.string()) };

/** Strict structured output knows no lengths: they are in the prompt, and the check holds them. */
export const answerSchema = z.object({
  headline: z.string(),
  outcome: z.enum(RUN_OUTCOMES),
  story: z.array(z.object(sentence)),
  likely_cause: z.object({ ...sentence, confidence: z.enum(['low', 'med']) }).nullable(),
  next_check: z.string().nullable(),
});
export type ModelAnswer = z.infer<typeof answerSchema>;

/** null when it is not of the shape. */
export function readModelAnswer(text: string): ModelAnswer | null {
  try {
    return answerSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
