// A pattern that was told: ten similar errors in thirty minutes, told once.
import { z } from 'zod';

export const incidentSchema = z.object({
  id: z.string(),
  projectId: z.string(),
  status: z.enum(['firing', 'resolved']),
  fingerprint: z.string(),
  agent: z.string(),
  step: z.string(),
  errorType: z.string(),
  /** The error message with numbers and ids masked. */
  message: z.string(),
  /** Errors in the window when it fired, and the window in minutes. */
  count: z.number(),
  windowMinutes: z.number(),
  firstSeen: z.string(),
  lastSeen: z.string(),
  openedAt: z.string(),
  resolvedAt: z.string().nullable(),
  exampleTraceIds: z.array(z.string()),
  /** How it was told: the channel, whether it went out, and why not. */
  delivery: z.object({
    channel: z.string(),
    status: z.enum(['owed', 'sent', 'failed']),
    attempts: z.number(),
    lastError: z.string().nullable(),
  }),
});
export type Incident = z.infer<typeof incidentSchema>;
export const incidentListSchema = z.object({ incidents: z.array(incidentSchema) });
