// Span rows for tests of the layout: only what a test names differs from a plain step.
import type { SpanRow } from '#contracts/span';

const START = Date.UTC(2026, 10, 20, 13, 32, 7);

/** A span that starts `startMs` after the fixture's zero and lasts `durationMs`. */
export function spanRow(
  spanId: string,
  parentSpanId: string | null,
  startMs: number,
  durationMs: number,
  more: Partial<SpanRow> = {},
): SpanRow {
  return {
    spanId,
    parentSpanId,
    name: spanId,
    kind: 'other',
    service: 'support-api',
    agent: 'refund-desk',
    startTime: new Date(START + startMs).toISOString(),
    durationMs,
    isError: false,
    errorType: null,
    errorMessage: null,
    fingerprint: null,
    model: null,
    provider: null,
    tokensIn: null,
    tokensOut: null,
    tokensCached: null,
    tokensReasoning: null,
    costUsd: null,
    toolName: null,
    decision: null,
    retryAttempt: null,
    escalationTarget: null,
    stopReason: null,
    reason: null,
    marks: [],
    ...more,
  };
}

/** A decision at `confidence` against `threshold`. */
export const decided = (
  confidence: number | null,
  threshold: number | null,
  choice = 'auto_refund',
): NonNullable<SpanRow['decision']> => ({
  name: 'refund_route',
  choice,
  options: ['auto_refund', 'manual_review'],
  confidence,
  confidenceSource: 'logprobs',
  threshold,
  outcome: null,
});
