// The light facts of one span that a run is summed up from. Pure.
import type { Mark } from '#contracts/mark';
import type { SpanKind } from '#contracts/span';

/** What a run needs to know of one span. Times are ISO 8601 UTC with nine decimals, so they compare as text. */
export interface SpanFacts {
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: SpanKind;
  readonly service: string;
  readonly agent: string | null;
  readonly sessionId: string | null;
  readonly userId: string | null;
  readonly startTime: string;
  readonly endTime: string;
  /** When the newest copy arrived, ms since 1970. */
  readonly receivedAtMs: number;
  /** OTLP span flags: bits 8 and 9 say that the parent is in another process; bit 30 is our own (run-status.ts). */
  readonly flags: number;
  /** OTLP SpanKind number: 2 server, 5 consumer. */
  readonly otelKind: number;
  readonly isError: boolean;
  readonly errorType: string | null;
  readonly errorMessage: string | null;
  readonly model: string | null;
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  readonly costUsd: number | null;
  readonly toolName: string | null;
  readonly decisionName: string | null;
  readonly decisionChoice: string | null;
  readonly confidence: number | null;
  readonly threshold: number | null;
  readonly retryAttempt: number | null;
  readonly escalationTarget: string | null;
  readonly decisionOutcome: string | null;
  readonly decisionOptions: readonly string[];
  readonly confidenceSource: string | null;
  readonly stopReason: string | null;
  readonly reason: string | null;
  readonly marks: readonly Mark[];
}

/** By start, then by id: one order whatever order the spans arrived in. */
export function byStart(a: SpanFacts, b: SpanFacts): number {
  if (a.startTime !== b.startTime) return a.startTime < b.startTime ? -1 : 1;
  return a.spanId < b.spanId ? -1 : a.spanId > b.spanId ? 1 : 0;
}

/** Nanoseconds since 1970 of an ISO time with nine decimals. */
export function toNanoseconds(iso: string): bigint {
  const fraction = /\.(\d{1,9})Z$/.exec(iso)?.[1] ?? '';
  return BigInt(Date.parse(`${iso.slice(0, 19)}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** The span with the least confidence; the earliest of equals. */
export function lowestConfidence(ordered: readonly SpanFacts[]): SpanFacts | null {
  let lowest: SpanFacts | null = null;
  for (const span of ordered) {
    if (span.confidence !== null && span.confidence < (lowest?.confidence ?? Infinity)) lowest = span;
  }
  return lowest;
}
