// A run: everything one trace id did, summed up for a list.
import { z } from 'zod';
import { activitySchema, openStepSchema } from './open-step.ts';
import { spanRowSchema } from './span.ts';
import { runSummarySchema } from './summary.ts';

export const RUN_STATUSES = ['ok', 'error', 'running', 'stalled'] as const;
export const runStatusSchema = z.enum(RUN_STATUSES);
export type RunStatus = z.infer<typeof runStatusSchema>;

export const runSchema = z.object({
  traceId: z.string(),
  projectId: z.string(),
  name: z.string(),
  agent: z.string().nullable(),
  service: z.string(),
  sessionId: z.string().nullable(),
  userId: z.string().nullable(),
  status: runStatusSchema,
  /** ISO 8601, UTC, nanoseconds. */
  startTime: z.string(),
  endTime: z.string(),
  durationMs: z.number(),
  spanCount: z.number(),
  errorCount: z.number(),
  decisionCount: z.number(),
  minConfidence: z.number().nullable(),
  /** The threshold that stood against minConfidence. */
  minConfidenceThreshold: z.number().nullable(),
  model: z.array(z.string()),
  /** Run totals: a parent that repeats its children's usage is not counted again. null = nobody reported any. */
  tokensIn: z.number().nullable(),
  tokensOut: z.number().nullable(),
  costUsd: z.number().nullable(),
  errorType: z.string().nullable(),
  /** What it does now, as its process says: also whether it waits for someone. null = ended, or nobody said. */
  activity: activitySchema.nullable(),
  /** One line of plain language, from recorded facts only. */
  headline: z.string(),
});
export type Run = z.infer<typeof runSchema>;

export const runPageSchema = z.object({ runs: z.array(runSchema), nextCursor: z.string().nullable() });
export type RunPage = z.infer<typeof runPageSchema>;

export const traceSchema = z.object({
  run: runSchema,
  /** What happened, in plain language. */
  summary: runSummarySchema,
  /** A page of them, by start time, then by id; children may precede parents. At most `TRACE_MAX_SPANS`. */
  spans: z.array(spanRowSchema),
  /** How many distinct spans are stored, whether or not all are in `spans`. */
  spanCount: z.number(),
  /** More spans are stored than this reply holds. */
  truncated: z.boolean(),
  /** Where the next page begins; null at the end of the trace. */
  nextCursor: z.string().nullable(),
  /** Steps that began and have not ended, by start time. They count as no spans. */
  openSteps: z.array(openStepSchema),
});
export type Trace = z.infer<typeof traceSchema>;

/** The most spans one reply carries; the rest comes by `nextCursor`, and `spanCount` is exact all the same. */
export const TRACE_MAX_SPANS = 20_000;
