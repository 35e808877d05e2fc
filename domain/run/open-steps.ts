// What the open steps of a run say about it. Pure.
import type { Activity, OpenStep } from '#contracts/open-step';
import type { SpanFacts } from './span-facts.ts';

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
  // Untrusted input: steps may name each other as parents.
  for (const step of innermost.length > 0 ? innermost : among) {
    if (last === undefined || step.startTime > last.startTime) last = step;
  }
  if (last === undefined) return null;
  const { name, spanId, state, waitingFor, startTime, lastSeenAt } = last;
  return { step: name, spanId, state, waitingFor, since: startTime, lastSeenAt };
}

/** The open step that represents the run while no root span was received: the one without a parent, else the first. */
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
