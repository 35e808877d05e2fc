// The query string of GET /api/runs, parsed once.
import { z } from 'zod';
import { runStatusSchema } from './run.ts';

/** One value of a query parameter that may repeat (?agent=a&agent=b). Any of them matches. */
export const many = <T extends z.ZodType>(one: T) =>
  z.preprocess(
    (value) => (value === undefined ? undefined : Array.isArray(value) ? value : [value]),
    z.array(one).max(50).optional(),
  );

export const instant = z
  .string()
  .transform((text, context) => {
    const ms = /^\d{10,16}$/.test(text) ? Number(text) : Date.parse(text);
    if (!Number.isFinite(ms) || ms < 0 || ms > 4_102_444_800_000) {
      context.addIssue({
        code: 'custom',
        message: 'a time is ISO 8601 (2026-11-20T14:32:07Z) or milliseconds since 1970',
      });
      return z.NEVER;
    }
    return ms;
  })
  .describe('ISO 8601, or milliseconds since 1970');

const text = z.string().min(1).max(500);
/** A name as its sender gives it; longer ones than are stored are found by what is stored of them. */
export const name = z.string().min(1).max(4096);

/** A number that may be left out; `?minCostUsd=` is left out too, not 0. */
const amount = (max: number) =>
  z.preprocess((value) => (value === '' ? undefined : value), z.coerce.number().nonnegative().max(max).optional());

/** Strict: a parameter that is not known is refused, since ignoring a filter would show wrong results. */
export const runQuerySchema = z.strictObject({
  from: instant.optional().describe('Runs that started at or after this time'),
  to: instant.optional().describe('Runs that started before this time'),
  q: text.optional().describe('Text in names, messages, inputs, outputs and summaries; case is ignored'),
  agent: many(name),
  service: many(name),
  status: many(runStatusSchema),
  errorType: many(name),
  sessionId: many(name),
  userId: many(name),
  model: many(name),
  minDurationMs: amount(1e12),
  minCostUsd: amount(1e9).describe('Runs whose known cost is at least this; unknown cost never matches'),
  maxConfidence: amount(1).describe('Runs with a decision at or below this confidence'),
  fingerprint: many(z.string().regex(/^[0-9a-f]{8,64}$/, 'a fingerprint is 8 to 64 hex digits')).describe(
    'Runs with an error of this pattern; of merged patterns give each fingerprint',
  ),
  attr: many(z.string().regex(/^[^=]+=/, 'attr is key=value')).describe('A span attribute, key=value; all must match'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional().describe('nextCursor of the page before'),
});
export type RunQuery = z.infer<typeof runQuerySchema>;

/** The query of log records without a trace. */
export const logQuerySchema = z.strictObject({
  from: instant.optional().describe('Records from this time on'),
  to: instant.optional().describe('Records before this time'),
  service: many(name),
});
export type LogQuery = z.infer<typeof logQuerySchema>;

/** The query of sessions. */
export const sessionQuerySchema = z.strictObject({
  from: instant.optional().describe('Sessions with a run that started at or after this time'),
  to: instant.optional().describe('Sessions with a run that started before this time'),
  q: text.optional().describe('Text in the session id; case is ignored'),
  agent: many(name),
  userId: many(name),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(6000).optional().describe('nextCursor of the page before'),
});
export type SessionQuery = z.infer<typeof sessionQuerySchema>;
