// Error patterns in the API.
import { z } from 'zod';
import { PATTERN_STATUSES } from '#domain/pattern/pattern-status';
import { FACTORS } from '#domain/run/compare-runs';
import { incidentSchema } from './incident.ts';
import { runSchema } from './run.ts';
import { SPAN_KINDS } from './span.ts';

export const patternSchema = z.object({
  /** The one it is addressed by; with merged patterns, the one that the others count as. */
  fingerprint: z.string(),
  /** All fingerprints that count as this pattern, this one first. */
  members: z.array(z.string()),
  fingerprintVersion: z.number(),
  /** `UpstreamTimeout in payments.refund`. */
  title: z.string(),
  errorType: z.string(),
  /** The tool that failed, the model that failed, else the step's name. */
  step: z.string(),
  kind: z.enum(SPAN_KINDS),
  /** The message with `<n>`, `<id>` … where it varies. */
  template: z.string(),
  status: z.enum(PATTERN_STATUSES),
  assignee: z.string().nullable(),
  /** The incident that is open, if there is one. */
  openIncidentId: z.string().nullable(),
  /** From here on: of the requested time range. */
  errors: z.number(),
  /** Errors received more than two hours after they happened: counted here, never notified. */
  late: z.number(),
  runs: z.number(),
  sessions: z.number(),
  agents: z.array(z.string()),
  services: z.array(z.string()),
  tools: z.array(z.string()),
  models: z.array(z.string()),
  versions: z.array(z.string()),
  /** Errors in each step of time, oldest first (`stepMs` of the reply). */
  trend: z.array(z.number()),
  /** First and last error ever, ISO 8601 UTC. */
  firstSeen: z.string(),
  lastSeen: z.string(),
});
export type Pattern = z.infer<typeof patternSchema>;

export const suggestionSchema = z.object({
  fingerprints: z.array(z.string()),
  /** 0..1: how much of the words they share. */
  score: z.number(),
  /** What they share, `<*>` where they differ, and the texts found there. */
  template: z.string(),
  differences: z.array(z.array(z.string())),
});
export type PatternSuggestion = z.infer<typeof suggestionSchema>;

const facetSchema = z.array(z.object({ value: z.string(), count: z.number() }));
export const patternPageSchema = z.object({
  patterns: z.array(patternSchema),
  nextCursor: z.string().nullable(),
  /** Of all patterns that match, whether or not they are on this page. */
  total: z.object({ patterns: z.number(), errors: z.number() }),
  /** There are more patterns than are read: the least frequent ones are missing. */
  isCut: z.boolean(),
  /** Values of each field with the number of patterns, under the other filters. */
  facets: z.record(z.string(), facetSchema),
  suggestions: z.array(suggestionSchema),
  from: z.string(),
  to: z.string(),
  stepMs: z.number(),
});
export type PatternPage = z.infer<typeof patternPageSchema>;

const share = z.object({ count: z.number(), of: z.number() });
const comparisonSchema = z.object({
  failing: z.number(),
  good: z.number(),
  isTooFew: z.boolean(),
  differences: z.array(
    z.object({
      factor: z.enum(FACTORS),
      value: z.string(),
      failing: share,
      good: share,
      difference: z.number(),
      low: z.number(),
      high: z.number(),
      p: z.number(),
    }),
  ),
  alike: z.array(z.enum(FACTORS)),
});
export type PatternComparison = z.infer<typeof comparisonSchema>;

export const SOURCES = ['given', 'exception', 'status', 'tool result', 'finish reason', 'http status', 'none'] as const;

export const patternDetailSchema = z.object({
  pattern: patternSchema,
  from: z.string(),
  to: z.string(),
  stepMs: z.number(),
  /** The ten errors in thirty minutes that were last reached in the requested time range: the first and the tenth. */
  burst: z.object({ first: z.string(), tenth: z.string() }).nullable(),
  /** Median of errors on the whole days before today; null before there are three. */
  usualPerDay: z.number().nullable(),
  seenVersions: z.array(z.object({ version: z.string(), firstSeen: z.string(), lastSeen: z.string() })),
  why: z.object({
    source: z.enum(SOURCES),
    agent: z.string(),
    /** How many different messages are among the newest runs. */
    forms: z.number(),
    exampleMessage: z.string(),
    /** The innermost frame of the example in the author's own code, `function file`; '' = none. */
    frame: z.string(),
    exampleTraceId: z.string().nullable(),
    exampleSpanId: z.string().nullable(),
  }),
  /** The merged patterns one by one, this one first. */
  parts: z.array(
    z.object({
      fingerprint: z.string(),
      template: z.string(),
      errorType: z.string(),
      step: z.string(),
      lastSeen: z.string(),
    }),
  ),
  /** Newest first, chosen to differ. */
  examples: z.array(z.object({ run: runSchema, spanId: z.string(), message: z.string() })),
  comparison: comparisonSchema,
  incidents: z.array(incidentSchema),
  resolved: z.object({ at: z.string(), by: z.string() }).nullable(),
  mute: z.object({ id: z.string(), until: z.string().nullable(), by: z.string(), why: z.string() }).nullable(),
  notes: z.array(z.object({ id: z.string(), text: z.string(), by: z.string(), at: z.string() })),
  suggestions: z.array(suggestionSchema),
});
export type PatternDetail = z.infer<typeof patternDetailSchema>;
