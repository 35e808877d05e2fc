// A step that has begun and not ended, as its process said so itself. It is a state beside the spans, never a span: once
// the step's span has arrived, nothing of it is shown any more. Pure.
import { z } from 'zod';
import { spanKindSchema } from './span.ts';

export const openStepSchema = z.object({
  spanId: z.string(),
  parentSpanId: z.string().nullable(),
  name: z.string(),
  kind: spanKindSchema,
  service: z.string(),
  agent: z.string().nullable(),
  sessionId: z.string().nullable(),
  userId: z.string().nullable(),
  /** ISO 8601, UTC, nanoseconds. */
  startTime: z.string(),
  /** waiting: for a person or another system, as the agent says; stalled: its process sends no sign of life any more. */
  state: z.enum(['running', 'waiting', 'stalled']),
  /** Whom or what it waits for; still set when the process has stopped reporting meanwhile. */
  waitingFor: z.string().nullable(),
  /** When its process last said that the step is open. */
  lastSeenAt: z.string(),
});
export type OpenStep = z.infer<typeof openStepSchema>;

/** What a run does at this moment: its innermost open step. */
export const activitySchema = z.object({
  step: z.string(),
  spanId: z.string(),
  state: openStepSchema.shape.state,
  waitingFor: z.string().nullable(),
  /** When that step began. */
  since: z.string(),
  lastSeenAt: z.string(),
});
export type Activity = z.infer<typeof activitySchema>;
