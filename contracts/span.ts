// What a span is once a dialect has been understood: the skeleton row and the whole span.
import { z } from 'zod';
import { decisionSchema } from './decision.ts';
import { markSchema } from './mark.ts';

/** What a step is, whatever the framework that named it (docs/data-dictionary.md lists the aliases). */
export const SPAN_KINDS = [
  'agent',
  'llm',
  'tool',
  'retrieval',
  'embedding',
  'decision',
  'guardrail',
  'evaluator',
  'handoff',
  'escalation',
  'other',
] as const;
export const spanKindSchema = z.enum(SPAN_KINDS);
export type SpanKind = z.infer<typeof spanKindSchema>;

/** 32 lower-case hex digits, not all zero (OTLP: trace.proto, `trace_id`). */
export const traceIdSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^(?!0{32})[0-9a-f]{32}$/, 'a trace id is 32 hex digits, for example 4bf92f3577b34da6a3ce929d0e0e4736');
/** 16 lower-case hex digits, not all zero. */
export const spanIdSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^(?!0{16})[0-9a-f]{16}$/, 'a span id is 16 hex digits, for example 00f067aa0ba902b7');

/** The longest `errorMessage` of a SpanRow, in characters; the whole text is in the span's attributes and events. */
export const ERROR_MESSAGE_MAX_CHARS = 500;

/** One row of the trace skeleton: everything the waterfall needs, no payloads. */
export const spanRowSchema = z.object({
  spanId: z.string(),
  /** null for the root. The parent may not have been received. */
  parentSpanId: z.string().nullable(),
  name: z.string(),
  kind: spanKindSchema,
  service: z.string(),
  agent: z.string().nullable(),
  /** ISO 8601, UTC, nanoseconds. */
  startTime: z.string(),
  durationMs: z.number(),
  isError: z.boolean(),
  errorType: z.string().nullable(),
  errorMessage: z.string().nullable(),
  fingerprint: z.string().nullable(),
  model: z.string().nullable(),
  provider: z.string().nullable(),
  /** Tokens and cost as this span reports them; null = not reported. */
  tokensIn: z.number().nullable(),
  tokensOut: z.number().nullable(),
  tokensCached: z.number().nullable(),
  tokensReasoning: z.number().nullable(),
  costUsd: z.number().nullable(),
  toolName: z.string().nullable(),
  decision: decisionSchema.nullable(),
  /** 0 is the first attempt; null when the step is not a retry attempt. */
  retryAttempt: z.number().nullable(),
  escalationTarget: z.string().nullable(),
  /** Why an agent's run or loop ended (docs/data-dictionary.md); null when it was not reported. */
  stopReason: z.string().nullable(),
  /** In words, at most 500 characters: why it stopped or was handed over, or what a decision's policy did and why. */
  reason: z.string().nullable(),
  /** How it got through, or did not: retries, circuits, tokens, drift and the like; mostly none. */
  marks: z.array(markSchema),
});
export type SpanRow = z.infer<typeof spanRowSchema>;

/** An attribute value as OTLP allows it, in plain JSON. Integers beyond 2^53 are decimal strings, bytes are base64. */
export const attributeValueSchema: z.ZodType<AttributeValue> = z.lazy(() =>
  z.union([
    z.string(),
    z.number(),
    z.boolean(),
    z.null(),
    z.array(attributeValueSchema),
    z.record(z.string(), attributeValueSchema),
  ]),
);
export type AttributeValue = string | number | boolean | null | AttributeValue[] | { [key: string]: AttributeValue };

/**
 * Attributes by key. Keys are untrusted input and may be `__proto__`: build such objects with `Object.fromEntries`
 * (it defines own properties), read them with `Object.entries`. A key sent twice keeps its last value here.
 */
export const attributesSchema = z.record(z.string(), attributeValueSchema);
export type Attributes = z.infer<typeof attributesSchema>;

export const spanEventSchema = z.object({
  name: z.string(),
  time: z.string(),
  attributes: attributesSchema,
});
export type SpanEvent = z.infer<typeof spanEventSchema>;

export const spanLinkSchema = z.object({
  traceId: z.string(),
  spanId: z.string(),
  attributes: attributesSchema,
});
export type SpanLink = z.infer<typeof spanLinkSchema>;

/** How something was judged: a score, a word for it, or both. */
export const evaluationSchema = z.object({
  /** What was judged, for example `toxicity`; null = not said. */
  name: z.string().nullable(),
  /** As the evaluator gave it: scales differ. null = only a label. */
  score: z.number().nullable(),
  label: z.string().nullable(),
  explanation: z.string().nullable(),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

/** A log record: an event of the GenAI conventions, or a line of a logger. */
export const spanLogSchema = z.object({
  /** ISO 8601, UTC, nanoseconds. */
  time: z.string(),
  /** The span it names; null = none. The span may not have been received. */
  spanId: z.string().nullable(),
  /** OTLP SeverityNumber, 1 to 24; 0 = not given. */
  severityNumber: z.number(),
  severityText: z.string(),
  /** '' for a plain log line. */
  eventName: z.string(),
  /** Text, or JSON text when a list or map was sent. */
  body: z.string(),
  /** What the event `gen_ai.evaluation.result` says; null for any other record. */
  evaluation: evaluationSchema.nullable(),
  attributes: attributesSchema,
});
export type SpanLog = z.infer<typeof spanLogSchema>;

/** One span with its payloads. */
export const spanDetailSchema = spanRowSchema.extend({
  traceId: z.string(),
  endTime: z.string(),
  /** OTLP SpanKind name in lower case. */
  otelKind: z.enum(['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']),
  statusCode: z.enum(['unset', 'ok', 'error']),
  statusMessage: z.string(),
  sessionId: z.string().nullable(),
  userId: z.string().nullable(),
  serviceVersion: z.string().nullable(),
  agentVersion: z.string().nullable(),
  toolCallId: z.string().nullable(),
  /** Text as sent: plain text, or JSON that the reader may pretty-print. null = none. */
  input: z.string().nullable(),
  output: z.string().nullable(),
  /** `log`: the span itself has none, a GenAI event in its log records does. null = no such text. */
  inputSource: z.enum(['span', 'log']).nullable(),
  outputSource: z.enum(['span', 'log']).nullable(),
  /** Why the choice was made, option scores as JSON text, and the action that followed. null = not recorded. */
  decisionReasoning: z.string().nullable(),
  decisionOptionDetails: z.string().nullable(),
  decisionAction: z.string().nullable(),
  /** Why the model stopped, each reason once and spelled alike (`stop`, `length`, `tool_calls`, `content_filter`, …). */
  finishReasons: z.array(z.string()),
  /** The managed prompt the step was given; either part may be unknown. null = none is named. */
  prompt: z.object({ name: z.string().nullable(), version: z.string().nullable() }).nullable(),
  /** Scores on the span, in its events and in its log records. */
  evaluations: z.array(evaluationSchema),
  attributes: attributesSchema,
  resource: attributesSchema,
  scope: z.object({ name: z.string(), version: z.string(), attributes: attributesSchema }),
  events: z.array(spanEventSchema),
  links: z.array(spanLinkSchema),
  /** Log records that name this span, oldest first, each once. At most 200. */
  logs: z.array(spanLogSchema),
  logsTruncated: z.boolean(),
  receivedAt: z.string(),
});
export type SpanDetail = z.infer<typeof spanDetailSchema>;

/** Log records of a run, or of no run, in order. */
export const logListSchema = z.object({ logs: z.array(spanLogSchema), truncated: z.boolean() });
export type LogList = z.infer<typeof logListSchema>;

/** The most log records one reply carries. */
export const LOGS_MAX = 500;
