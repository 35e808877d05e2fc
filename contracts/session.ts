// A session: the runs that carry one session id, for example the turns of one conversation.
import { z } from 'zod';
import { runSchema } from './run.ts';
import { runSummarySchema } from './summary.ts';

export const sessionSchema = z.object({
  sessionId: z.string(),
  /** The first that a run of it names; null = none does. */
  userId: z.string().nullable(),
  /** In order of their first run. */
  agents: z.array(z.string()),
  /** Exact, however many were read. */
  runCount: z.number(),
  /** Runs by status, of those that were read. */
  statuses: z.object({ ok: z.number(), error: z.number(), running: z.number(), stalled: z.number() }),
  /** From the start of its first run to the end of its last, ISO 8601, UTC. */
  startTime: z.string(),
  endTime: z.string(),
  /** Sums of what its runs report; null = nobody reported any. */
  tokensIn: z.number().nullable(),
  tokensOut: z.number().nullable(),
  costUsd: z.number().nullable(),
  minConfidence: z.number().nullable(),
  minConfidenceThreshold: z.number().nullable(),
  lastRun: runSchema.pick({ traceId: true, status: true, headline: true }),
  /** It has more than SESSION_MAX_RUNS runs: what is summed up is of the newest. */
  truncated: z.boolean(),
});
export type Session = z.infer<typeof sessionSchema>;

export const sessionPageSchema = z.object({ sessions: z.array(sessionSchema), nextCursor: z.string().nullable() });
export type SessionPage = z.infer<typeof sessionPageSchema>;

export const sessionDetailSchema = z.object({
  session: sessionSchema,
  /** By start, the oldest first. */
  runs: z.array(z.object({ run: runSchema, summary: runSummarySchema })),
});
export type SessionDetail = z.infer<typeof sessionDetailSchema>;
