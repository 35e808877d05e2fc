// Span facts for tests of what is derived from them.
import type { SpanFacts } from '#domain/run/span-facts';

/** A span that started `startS` seconds into the minute; ids are short names. */
export function facts(
  spanId: string,
  parentSpanId: string | null,
  over: Partial<SpanFacts> & { startS?: number } = {},
): SpanFacts {
  const { startS = 0, ...rest } = over;
  return {
    spanId,
    parentSpanId,
    name: spanId,
    kind: 'other',
    service: 'shop',
    agent: null,
    sessionId: null,
    userId: null,
    startTime: time(startS),
    endTime: time(startS + 1),
    receivedAtMs: Date.UTC(2026, 10, 20, 12),
    flags: 0,
    otelKind: 1,
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
    ...rest,
  };
}

const time = (seconds: number) => `2026-11-20T12:00:${String(seconds).padStart(2, '0')}.000000000Z`;
