// Whether a run, with all its facts known, is what a list was asked for. Pure. Text and attributes are not here: they
// are matched where the payloads are, in the engine.
import type { Run } from '#schema/run';
import type { RunQuery } from '#schema/search';
import { type SpanFacts, toNanoseconds } from '#schema/span-facts';

export function matchesRun(run: Run, spans: readonly SpanFacts[], query: RunQuery): boolean {
  const any = (wanted: readonly string[] | undefined, pick: (span: SpanFacts) => string | null) =>
    wanted === undefined || spans.some((span) => wanted.includes(pick(span) ?? ''));
  return (
    any(query.agent, (span) => span.agent) &&
    any(query.service, (span) => span.service) &&
    any(query.model, (span) => span.model) &&
    any(query.errorType, (span) => span.errorType) &&
    any(query.sessionId, (span) => span.sessionId) &&
    any(query.userId, (span) => span.userId) &&
    startsWithin(run, query) &&
    (query.status === undefined || query.status.includes(run.status)) &&
    (query.minDurationMs === undefined || run.durationMs >= query.minDurationMs) &&
    (query.minCostUsd === undefined || (run.costUsd !== null && run.costUsd >= query.minCostUsd)) &&
    (query.maxConfidence === undefined || (run.minConfidence !== null && run.minConfidence <= query.maxConfidence))
  );
}

/** The finder goes by the earliest start that any copy of a span reported; the newest copies say when the run began. */
function startsWithin(run: Run, { from, to }: RunQuery): boolean {
  if (from === undefined && to === undefined) return true;
  const startedNs = toNanoseconds(run.startTime);
  return (
    (from === undefined || startedNs >= BigInt(Math.ceil(from * 1e6))) &&
    (to === undefined || startedNs < BigInt(Math.ceil(to * 1e6)))
  );
}
