// Whether a run, with all its facts known, is what a list was asked for. Pure. Text and attributes are not here: they
// are matched where the payloads are, in the engine.
import type { Run } from '#contracts/run';
import type { RunQuery } from '#contracts/search';
import { toNanoseconds } from './span-facts.ts';

/** What filters ask of any span of a run. */
export const VALUE_FIELDS = ['agent', 'service', 'model', 'errorType', 'sessionId', 'userId'] as const;
export type ValueField = (typeof VALUE_FIELDS)[number];

/** Whether a span of the run, or an open step, has one of the values. */
export type HasValue = (field: ValueField, wanted: readonly string[]) => boolean;

/** @param has whether any of its spans and open steps has one of the values */
export function matchesRun(run: Run, has: HasValue, query: RunQuery): boolean {
  return (
    VALUE_FIELDS.every((field) => {
      const wanted = query[field];
      return wanted === undefined || has(field, wanted);
    }) &&
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
