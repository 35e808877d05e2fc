// The facts of a run: what happened, as far as spans say so, each with the spans that show it. Summaries, mails and
// messages are written from these and from nothing else.
import { z } from 'zod';
import { FACTS_VERSION } from '#domain/run/facts/limits';
import { spanKindSchema } from './span.ts';

/** How a run came out. The first that holds: see domain/run/facts/outcome.ts. */
export const RUN_OUTCOMES = [
  'running',
  'waiting',
  'stalled',
  'failed',
  'stopped',
  'escalated',
  'degraded',
  'recovered',
  'ok',
] as const;
export const runOutcomeSchema = z.enum(RUN_OUTCOMES);
export type RunOutcome = z.infer<typeof runOutcomeSchema>;

/** Span ids that show a fact; of many, the first `CITED_MAX`. Never empty. */
const cited = z.array(z.string()).min(1);

/** What of a large run may cover a part of it only. */
export const PARTIAL_LISTS = [
  'steps',
  'decisions',
  'errors',
  'retries',
  'escalations',
  'notes',
  'loops',
  'models',
  'totals',
] as const;
export type PartialList = (typeof PARTIAL_LISTS)[number];

/** Untrusted text: what the run was asked, or what it answered. */
const excerptSchema = z.object({ spanId: z.string(), text: z.string() });

const stepSchema = z.object({
  spanIds: cited,
  name: z.string(),
  kind: spanKindSchema,
  /** retried: it ended well after a failed attempt. */
  status: z.enum(['ok', 'retried', 'error']),
  /** Of all its times together. */
  durationMs: z.number(),
  /** How often in a row, one after the other. */
  times: z.number(),
});
export type StepFact = z.infer<typeof stepSchema>;

const decisionFactSchema = z.object({
  spanId: z.string(),
  /** ms since the run's start. */
  atMs: z.number(),
  name: z.string(),
  agent: z.string().nullable(),
  choice: z.string().nullable(),
  optionCount: z.number(),
  confidence: z.number().nullable(),
  threshold: z.number().nullable(),
  /** Below its threshold, on or at most 0.05 above it, further above; unknown when either is missing. */
  standing: z.enum(['below', 'near', 'above', 'unknown']),
  /** `human`: a person's answer. */
  confidenceSource: z.string().nullable(),
  outcome: z.string().nullable(),
  /** What its policy did, and why. */
  reason: z.string().nullable(),
  /** It asked someone: the later decision of the same name that is the answer. */
  answeredBy: z.string().nullable(),
});
export type DecisionFact = z.infer<typeof decisionFactSchema>;

const errorFactSchema = z.object({
  /** The outermost span of the first one's step: attempts and wrappers of one name are one step. */
  stepSpanId: z.string(),
  /** The first of them, then others of the same step and type. */
  spanIds: cited,
  /** ms since the run's start. */
  atMs: z.number(),
  step: z.string(),
  kind: spanKindSchema,
  agent: z.string().nullable(),
  errorType: z.string().nullable(),
  /** The first line of the first one's message. */
  message: z.string().nullable(),
  timedOut: z.boolean(),
  count: z.number(),
  /** Of all of them together. */
  durationMs: z.number(),
  /** The step around it ended well all the same. */
  gotOver: z.boolean(),
});
export type ErrorFact = z.infer<typeof errorFactSchema>;

const retrySchema = z.object({
  /** The outermost span of the step; the first attempt when nothing is around the attempts. */
  stepSpanId: z.string(),
  spanIds: cited,
  /** ms since the run's start. */
  atMs: z.number(),
  step: z.string(),
  attempts: z.number(),
  failed: z.number(),
  succeeded: z.boolean(),
  durationMs: z.number(),
});
export type RetryFact = z.infer<typeof retrySchema>;

const rootErrorSchema = z.object({
  spanId: z.string(),
  step: z.string(),
  kind: spanKindSchema,
  errorType: z.string().nullable(),
  message: z.string().nullable(),
  timedOut: z.boolean(),
  /** 1 is the first; null when it was no attempt. */
  attempt: z.number().nullable(),
  /** The run itself failed, not a step of it. */
  isRun: z.boolean(),
});
export type RootErrorFact = z.infer<typeof rootErrorSchema>;

const noteSchema = z.object({
  spanId: z.string(),
  /** ms since the run's start. */
  atMs: z.number(),
  step: z.string(),
  code: z.enum([
    'circuit_opened',
    'circuit_closed',
    'dead_letter',
    'token_refreshed',
    'schema_changed',
    'constraint_failed',
    'replayed',
  ]),
  /** Which circuit, service or fields. */
  detail: z.string(),
});
export type NoteFact = z.infer<typeof noteSchema>;

export const runFactsSchema = z.object({
  version: z.literal(FACTS_VERSION),
  traceId: z.string(),
  outcome: runOutcomeSchema,
  /** Who acts: the agent, else the name of the root span or the best candidate. */
  who: z.object({ spanId: z.string(), name: z.string(), isAgent: z.boolean() }),
  name: z.string(),
  /** Other agents that took part, in order. */
  helpers: z.array(z.object({ spanId: z.string(), name: z.string() })),
  services: z.array(z.string()),
  models: z.array(z.string()),
  /** ISO 8601, UTC, nanoseconds. */
  startTime: z.string(),
  endTime: z.string(),
  durationMs: z.number(),
  spanCount: z.number(),
  asked: excerptSchema.nullable(),
  answered: excerptSchema.nullable(),
  /** In order of start, attempts folded into their step: the first and the last ones when there are many. */
  steps: z.array(stepSchema),
  stepCount: z.number(),
  /** In order: those below or near their threshold, ruled or answered first when there are many. */
  decisions: z.array(decisionFactSchema),
  decisionCount: z.number(),
  /** Steps that took more than one attempt. */
  retries: z.array(retrySchema),
  escalations: z.array(
    z.object({
      spanId: z.string(),
      atMs: z.number(),
      target: z.string(),
      reason: z.string().nullable(),
      /** The decision by which it was answered; null = nobody did while the run went on. */
      answeredBy: z.string().nullable(),
    }),
  ),
  degraded: z.array(
    z.object({
      spanId: z.string(),
      atMs: z.number(),
      how: z.enum(['fallback', 'skipped']),
      without: z.array(z.string()).min(1),
    }),
  ),
  notes: z.array(noteSchema),
  /** Where failures began, alike ones together, in order. */
  errors: z.array(errorFactSchema),
  /** All spans that failed, those that only passed it on included. */
  errorCount: z.number(),
  /** Of a failed run: where it began. */
  rootError: rootErrorSchema.nullable(),
  /** What a failed run said of itself, when that is more than the error of a step passed on. */
  ownWords: excerptSchema.nullable(),
  /** The agent that was stopped, and at what; `atMs` is when it ended. */
  stop: z
    .object({ spanId: z.string(), atMs: z.number(), who: z.string(), stopReason: z.string(), reason: z.string() })
    .nullable(),
  /** The same step five times or more, one after the other. */
  loops: z.array(
    z.object({
      spanIds: cited,
      atMs: z.number(),
      step: z.string(),
      kind: spanKindSchema,
      times: z.number(),
      durationMs: z.number(),
    }),
  ),
  slowest: z.object({ spanId: z.string(), step: z.string(), kind: spanKindSchema, durationMs: z.number() }).nullable(),
  /** Run totals; null = nobody reported any. `spanIds`: who reported, empty when nobody did. */
  usage: z.object({
    tokensIn: z.number().nullable(),
    tokensOut: z.number().nullable(),
    costUsd: z.number().nullable(),
    spanIds: z.array(z.string()),
  }),
  /** What a run that has not ended is at: the step, and whom it waits for. */
  open: z
    .object({
      spanId: z.string(),
      step: z.string(),
      isWaiting: z.boolean(),
      waitingFor: z.string().nullable(),
      /** Why it asks, when a decision asked. */
      reason: z.string().nullable(),
      /** The step has ended and nothing is known since; else the process says that it is running. */
      isOver: z.boolean(),
    })
    .nullable(),
  /**
   * Only of a run too large to be read whole (storage/read-large-run.ts). Its counts, times, totals, loops and slowest
   * step cover all of it; `lists` names what does not.
   */
  partial: z
    .object({
      /** Spans that were read one by one; `spanCount` is how many there are. */
      spansRead: z.number(),
      lists: z.array(z.enum(PARTIAL_LISTS)),
    })
    .optional(),
});
export type RunFacts = z.infer<typeof runFactsSchema>;
