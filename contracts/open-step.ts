// A step that has begun and not ended, as its process said so itself. It is a state beside the spans, never a span: once
// the step's span has arrived, nothing of it is shown any more. Pure.
import { z } from 'zod';
import type { SpanFacts } from '#domain/run/span-facts';
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
  /** waiting: for a person or another system, as the agent says; stalled: its process gives no sign of life any more. */
  state: z.enum(['running', 'waiting', 'stalled']),
  /** Whom or what it waits for; kept when the process fell silent meanwhile. */
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

/** The steps whose span has not come. @param spans distinct spans of the same trace */
export function stillOpen(open: readonly OpenStep[], spans: readonly Pick<SpanFacts, 'spanId'>[]): OpenStep[] {
  if (open.length === 0) return [];
  const ended = new Set(spans.map(({ spanId }) => spanId));
  return open.filter(({ spanId }) => !ended.has(spanId));
}

/** Of living steps, else of all: the one that began last among those with none of them within. */
export function activityOf(open: readonly OpenStep[]): Activity | null {
  const living = open.filter(({ state }) => state !== 'stalled');
  const among = living.length > 0 ? living : open;
  const around = new Set(among.map(({ parentSpanId }) => parentSpanId));
  const innermost = among.filter(({ spanId }) => !around.has(spanId));
  let last: OpenStep | undefined;
  // Strangers may name each other as parents.
  for (const step of innermost.length > 0 ? innermost : among) {
    if (last === undefined || step.startTime > last.startTime) last = step;
  }
  if (last === undefined) return null;
  const { name, spanId, state, waitingFor, startTime, lastSeenAt } = last;
  return { step: name, spanId, state, waitingFor, since: startTime, lastSeenAt };
}

/** The open step that speaks for the run while no root has come: the one without a parent, else the first. */
export function topOpenStep(open: readonly OpenStep[]): OpenStep | undefined {
  const byStart = [...open].sort((a, b) => (a.startTime < b.startTime ? -1 : 1));
  return byStart.find(({ parentSpanId }) => parentSpanId === null) ?? byStart[0];
}

/** What is known of an open step in the shape of a span's facts; it lasted until it was last seen. */
export function factsOfOpenStep(step: OpenStep): SpanFacts {
  const { spanId, parentSpanId, name, kind, service, agent, sessionId, userId, startTime, lastSeenAt } = step;
  const known = { spanId, parentSpanId, name, kind, service, agent, sessionId, userId, startTime };
  const wasSeenAfter = lastSeenAt > startTime;
  return {
    ...known,
    endTime: wasSeenAfter ? lastSeenAt : startTime,
    receivedAtMs: Date.parse(lastSeenAt),
    flags: 0,
    otelKind: 0,
    isError: false,
    errorType: null,
    errorMessage: null,
    model: null,
    tokensIn: null,
    tokensOut: null,
    costUsd: null,
    toolName: null,
    decisionName: null,
    decisionChoice: null,
    confidence: null,
    threshold: null,
    retryAttempt: null,
    escalationTarget: null,
    decisionOutcome: null,
    decisionOptions: [],
    confidenceSource: null,
    stopReason: null,
    reason: null,
    marks: [],
  };
}
