// What the process says of itself: counters since start, and the detector's last tick.
import { z } from 'zod';

export const statusSchema = z.object({
  version: z.string(),
  startedAt: z.string(),
  engine: z.enum(['chdb', 'clickhouse']),
  engineVersion: z.string(),
  /** Where this process takes OTLP over HTTP, without /v1/traces; null when it runs no collector. */
  otlpUrl: z.string().nullable(),
  spans: z.object({
    received: z.number(),
    acked: z.number(),
    inserted: z.number(),
    /** By reason, for example invalid_trace_id. */
    rejected: z.record(z.string(), z.number()),
  }),
  requests: z.object({
    received: z.number(),
    /** By HTTP status code. */
    answered: z.record(z.string(), z.number()),
  }),
  /** When the last span was received, and the last refusal, so that "nothing arrives" has a reason. null = none yet. */
  lastSpanAt: z.string().nullable(),
  lastRefusal: z.object({ at: z.string(), status: z.number(), message: z.string() }).nullable(),
  detector: z.object({ lastTickAt: z.string().nullable(), lastError: z.string().nullable() }),
});
export type Status = z.infer<typeof statusSchema>;
