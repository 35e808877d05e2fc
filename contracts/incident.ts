// An incident: something that went wrong often enough to notify someone, from its opening to its end.
import { z } from 'zod';
import { DELIVERY_STATUSES } from './delivery.ts';
import { runStatusSchema } from './run.ts';

/**
 * `pattern`: similar errors in several runs. `loop`: similar errors, nearly all in one run. `new_pattern`: errors never
 * seen before. `regression`: errors that had been resolved. `provider`: several patterns with one cause outside. The
 * others are measured by rules of their own. `detector`: Telltale's own trouble.
 */
export const INCIDENT_KINDS = [
  'pattern',
  'loop',
  'new_pattern',
  'regression',
  'provider',
  'error_share',
  'low_confidence',
  'escalation_rate',
  'stalled_runs',
  'schema_drift',
  'cost',
  'latency',
  'dead_letters',
  'circuit_open',
  'detector',
] as const;
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

/** The notifications of an incident: once each, but for `grown`, `spread` and `reminder`. */
export const NOTICE_TRANSITIONS = ['opened', 'grown', 'spread', 'reminder', 'reopened', 'resolved'] as const;

/** One message about an incident that was sent, is pending, or was not sent. */
export const noticeSchema = z.object({
  /** When it was decided; when it went out. ISO 8601, UTC. */
  at: z.string(),
  sentAt: z.string().nullable(),
  transition: z.string(),
  /** Id of the channel. */
  channel: z.string(),
  status: z.enum(DELIVERY_STATUSES),
  attempts: z.number(),
  /** Why the last attempt failed, or why it was not sent at all. */
  lastError: z.string().nullable(),
});
export type Notice = z.infer<typeof noticeSchema>;

/** What was measured, for the kinds that measure: `value` against `limit` (what it had to reach) and `baseline`. */
const evidenceSchema = z.object({
  value: z.number(),
  limit: z.number(),
  baseline: z.number().nullable(),
  /** For example `errors`, `share`, `usd`, `ms`, `runs`. */
  unit: z.string(),
  /** One plain sentence, for example "3 of 40 runs failed last week at this hour". */
  words: z.string(),
});
export type Evidence = z.infer<typeof evidenceSchema>;

/** Someone has acknowledged it: nothing more is sent until it ends. */
export const ackSchema = z.object({ by: z.string(), at: z.string(), note: z.string() });

export const incidentSchema = z.object({
  id: z.string(),
  projectId: z.string(),
  kind: z.enum(INCIDENT_KINDS),
  ruleId: z.string(),
  ruleName: z.string(),
  /** One line of plain words. */
  title: z.string(),
  /** `recovering`: fewer than before, and not yet for long enough. */
  status: z.enum(['firing', 'recovering', 'resolved']),
  /** The fingerprint, or what is measured: an agent, a decision, a provider. */
  subject: z.string(),
  fingerprint: z.string().nullable(),
  agent: z.string(),
  step: z.string(),
  errorType: z.string(),
  /** The error message with numbers and ids masked. */
  message: z.string(),
  /** Errors (or what the kind counts) in its window: when it opened or was last evaluated, whichever is later. */
  count: z.number(),
  /** The most there ever were in a window. */
  peak: z.number(),
  /** Different runs among them. */
  traces: z.number(),
  /** Errors received more than two hours late; never counted. */
  late: z.number(),
  /** Errors whose time was corrected, because the clock of their sender is wrong. */
  skewed: z.number(),
  windowMinutes: z.number(),
  agents: z.array(z.string()),
  /** Versions of the service. */
  versions: z.array(z.string()),
  tools: z.array(z.string()),
  models: z.array(z.string()),
  firstSeen: z.string(),
  lastSeen: z.string(),
  openedAt: z.string(),
  /** Since when it is low; null while it is firing. */
  recoveringAt: z.string().nullable(),
  resolvedAt: z.string().nullable(),
  /** Who ended it by hand; null = it ended by itself, or goes on. */
  resolvedBy: z.string().nullable(),
  /** How often it came back within half an hour of its end. */
  reopened: z.number(),
  /** Newest first, at most five, of different runs. */
  exampleTraceIds: z.array(z.string()),
  evidence: evidenceSchema.nullable(),
  /** The incident that reports this one, because both have one cause. */
  parentId: z.string().nullable(),
  childIds: z.array(z.string()),
  ack: ackSchema.nullable(),
  /** Why nothing is sent: a mute or a maintenance window, as of the last notification that was due. */
  mutedBy: z.object({ id: z.string(), why: z.string(), until: z.string().nullable() }).nullable(),
  /** Oldest first. */
  notices: z.array(noticeSchema),
});
export type Incident = z.infer<typeof incidentSchema>;

/** One change in the story of an incident. */
const incidentStepSchema = z.object({
  at: z.string(),
  /** opened, grown, spread, reminder, reopened, resolved, recovering, firing_again, muted, inhibited, unreadable. */
  what: z.string(),
  words: z.string(),
});

/** An example run in a line. */
const exampleRunSchema = z.object({
  traceId: z.string(),
  headline: z.string(),
  status: runStatusSchema,
  startTime: z.string(),
  durationMs: z.number(),
});

/** Something that several of the examples share. */
const sharedSchema = z.object({
  what: z.string(),
  value: z.string(),
  runs: z.number(),
  example: z.object({ traceId: z.string(), spanId: z.string() }),
});

export const incidentDetailSchema = incidentSchema.extend({
  /** Oldest first. */
  steps: z.array(incidentStepSchema),
  /** Of `exampleTraceIds`, those that are still stored. */
  examples: z.array(exampleRunSchema),
  /** What at least half of the examples, and at least two of them, have in common; the most significant first. */
  common: z.array(sharedSchema),
});
export type IncidentDetail = z.infer<typeof incidentDetailSchema>;
export const incidentListSchema = z.object({ incidents: z.array(incidentSchema) });
