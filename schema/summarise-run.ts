// A run is summed up from the light facts of its spans, by the same rules for a list and for one trace. Pure.
import { headline } from './headline.ts';
import type { Run } from './run.ts';
import { runStatus, topSpan } from './run-status.ts';
import { lowestReports } from './run-totals.ts';
import { byStart, lowestConfidence, type SpanFacts, toNanoseconds } from './span-facts.ts';

/**
 * Sums up a run.
 * @param spans every distinct span of the trace, at least one, in any order
 * @param nowMs the time to judge by whether a run without an end still runs, ms since 1970
 */
export function summariseRun(projectId: string, traceId: string, spans: readonly SpanFacts[], nowMs: number): Run {
  const ordered = [...spans].sort(byStart);
  const first = ordered[0];
  if (first === undefined) throw new Error('a run has at least one span');
  const top = topSpan(ordered);
  const status = runStatus(ordered, nowMs);
  const endTime = latest(ordered.map((span) => span.endTime));
  const lowest = lowestConfidence(ordered);
  const errors = ordered.filter((span) => span.isError);
  const total = lowestReports(ordered);
  const failure = status === 'error' ? [top, ...errors] : errors;
  return {
    traceId,
    projectId,
    name: top.name,
    agent: top.agent ?? firstOf(ordered, (span) => span.agent),
    service: top.service,
    sessionId: firstOf(ordered, (span) => span.sessionId),
    userId: firstOf(ordered, (span) => span.userId),
    status,
    startTime: first.startTime,
    endTime,
    durationMs: Number(toNanoseconds(endTime) - toNanoseconds(first.startTime)) / 1e6,
    spanCount: ordered.length,
    errorCount: errors.length,
    decisionCount: ordered.filter((span) => span.kind === 'decision').length,
    minConfidence: lowest?.confidence ?? null,
    minConfidenceThreshold: lowest?.threshold ?? null,
    model: [...new Set(ordered.flatMap((span) => span.model ?? []))].sort(),
    tokensIn: total((span) => span.tokensIn),
    tokensOut: total((span) => span.tokensOut),
    costUsd: total((span) => span.costUsd),
    errorType: firstOf(failure, (span) => span.errorType),
    headline: headline(ordered, top, status),
  };
}

/** ISO times of one shape compare as text. */
function latest(times: readonly string[]): string {
  return times.reduce((last, time) => {
    if (time > last) return time;
    return last;
  });
}

function firstOf(spans: readonly SpanFacts[], pick: (span: SpanFacts) => string | null): string | null {
  for (const span of spans) {
    const value = pick(span);
    if (value !== null) return value;
  }
  return null;
}
