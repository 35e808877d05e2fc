// What the rows of the alert journal hold, and how rows of the first version are read today.
import { z } from 'zod';
import { deliverySchema } from '#contracts/delivery';
import { incidentSchema, NOTICE_TRANSITIONS } from '#contracts/incident';
import { StorageError } from './database.ts';

/** What only the detector needs to know of an incident. */
const memorySchema = z.object({
  /** The last notification and the state it reported; null = nothing. */
  told: z
    .object({
      state: z.enum(['firing', 'resolved']),
      atMs: z.number(),
      count: z.number(),
      agents: z.array(z.string()),
      versions: z.array(z.string()),
    })
    .nullable()
    .default(null),
  /** How many notices there were: numbers them. */
  notices: z.number().default(0),
  /** When it came back last; null = never. */
  reopenedAtMs: z.number().nullable().default(null),
  /** What is a window old is counted once and for all. */
  settled: z
    .object({ untilMs: z.number(), count: z.number(), late: z.number(), skewed: z.number() })
    .nullable()
    .default(null),
  /** How long it must stay low to be over, for what is measured. */
  recoverAfterMs: z.number().nullable().default(null),
  /** Channels of its rule; null = the default ones. */
  channels: z.array(z.string()).nullable().default(null),
  /** Its rule keeps it for the digest. */
  isQuiet: z.boolean().default(false),
});

/** An incident as it is stored. Its notifications and its acknowledgement change independently and are stored apart. */
const keptSchema = incidentSchema
  .omit({ notices: true, ack: true })
  .extend({ memory: memorySchema.default(() => memorySchema.parse({})) });
export type StoredIncident = z.infer<typeof keptSchema>;

/** The first version knew patterns only. */
export const storedIncidentSchema = z.preprocess((row) => {
  if (typeof row !== 'object' || row === null || 'kind' in row) return row;
  const old = row as Record<string, unknown>;
  return {
    ...old,
    kind: 'pattern',
    ruleId: 'similar-errors',
    ruleName: 'Similar errors',
    title: `${String(old.errorType)} in ${String(old.step)}`,
    subject: old.fingerprint,
    peak: old.count,
    traces: Array.isArray(old.exampleTraceIds) ? old.exampleTraceIds.length : 0,
    late: 0,
    skewed: 0,
    agents: old.agent === '' ? [] : [old.agent],
    versions: [],
    tools: [],
    models: [],
    recoveringAt: null,
    resolvedBy: null,
    reopened: 0,
    evidence: null,
    parentId: null,
    childIds: [],
    mutedBy: null,
  };
}, keptSchema);

/** The first version enqueued one message per incident, and named it by the incident. */
export const storedDeliverySchema = z.preprocess((row) => {
  if (typeof row !== 'object' || row === null || !('incidentId' in row)) return row;
  const { incidentId, ...old } = row as { incidentId: string; dueAtMs: number; status: string };
  return {
    ...old,
    idem: incidentId,
    subject: `incident:${incidentId}`,
    transition: 'opened',
    step: 0,
    createdAtMs: old.dueAtMs,
    sentAtMs: old.status === 'sent' ? old.dueAtMs : null,
    messageId: null,
    payload: null,
  };
}, deliverySchema);

export const cursorSchema = z.object({ receivedMs: z.number(), fence: z.number().default(0) });

/** One change of an incident, kept for its story. */
export const transitionSchema = z.object({
  incidentId: z.string(),
  /** When it happened, which may be before it was noticed. ISO 8601, UTC. */
  at: z.string(),
  what: z.enum([...NOTICE_TRANSITIONS, 'recovering', 'firing_again', 'muted', 'inhibited']),
  words: z.string(),
});
export type IncidentTransition = z.infer<typeof transitionSchema>;

/** What one tick did, or why it could not. */
export const evaluationSchema = z.object({
  /** Errors received in (fromMs, toMs] were judged, or were to be. */
  fromMs: z.number().nullable(),
  toMs: z.number(),
  errors: z.number(),
  tookMs: z.number(),
  error: z.string().nullable(),
  /** Rules whose evaluation failed; each resumes from there at the next tick. */
  failedRules: z.array(z.object({ ruleId: z.string(), error: z.string() })).default([]),
  /** Patterns, incidents, rules … that the tick went on without (table `set_aside`). */
  setAside: z.number().optional(),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

/** Who may judge: until when, and the how-manieth holder it is. */
export const claimSchema = z.object({ owner: z.string(), fence: z.number(), untilMs: z.number() });
export type Claim = z.infer<typeof claimSchema>;

/** @throws StorageError when a row is not of its shape */
export function decodePayload<T extends z.ZodType>(shape: T, payload: string): z.output<T> {
  const parsed = shape.safeParse(JSON.parse(payload));
  if (parsed.success) return parsed.data;
  throw new StorageError(`A row of the journal cannot be read: ${parsed.error.message}`, { retryable: false });
}
