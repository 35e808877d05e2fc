// A run in a few sentences of plain language, each with the spans that show it.
import { z } from 'zod';
import { SENTENCES_MAX } from '#domain/run/story/limits';
import { runFactsSchema, runOutcomeSchema } from './run-facts.ts';

export const summaryWordsSchema = z.object({
  text: z.string(),
  /** Untrusted text (names, messages, excerpts): isolate it where it is shown, never take it as markup. */
  isTold: z.boolean(),
});
export type SummaryWords = z.infer<typeof summaryWordsSchema>;

export const summarySentenceSchema = z.object({
  words: z.array(summaryWordsSchema).min(1),
  /** Spans of the run that show it, the most significant first. */
  spanIds: z.array(z.string()).min(1),
  /** It reports a failure. */
  isError: z.boolean(),
});
export type SummarySentence = z.infer<typeof summarySentenceSchema>;

/** What a writer makes of facts: the template (domain/run/story/) or a model. */
export const storySchema = z.object({
  /** One line of at most HEADLINE_MAX_CHARS characters, without a full stop. */
  headline: z.string(),
  sentences: z.array(summarySentenceSchema).min(1).max(SENTENCES_MAX),
});
export type Story = z.infer<typeof storySchema>;

export const runSummarySchema = storySchema.extend({
  traceId: z.string(),
  outcome: runOutcomeSchema,
  /** `template`: written from facts by rule, no model. */
  kind: z.enum(['template', 'model']),
  /** Null unless a model wrote it, or was asked to and its words were not taken (see verdict). */
  model: z.string().nullable(),
  promptVersion: z.string().nullable(),
  /** What the model used and cost; null = none was asked, or unknown. */
  tokensIn: z.number().nullable(),
  tokensOut: z.number().nullable(),
  costUsd: z.number().nullable(),
  /** What checking the model's words came to; null = none was asked. */
  verdict: z.string().nullable(),
  /** SHA-256 of the facts, 64 hex digits. */
  factsHash: z.string(),
  /** When it was stored, ISO 8601; null = worked out for this answer. */
  writtenAt: z.string().nullable(),
});
export type RunSummary = z.infer<typeof runSummarySchema>;

export const runSummaryReplySchema = z.object({ summary: runSummarySchema, facts: runFactsSchema });
export type RunSummaryReply = z.infer<typeof runSummaryReplySchema>;
