// Runs as lists show them, summed up batch by batch. What is summed up of a longer run that has ended is remembered until
// something new of it arrives: lists ask for the same runs every few seconds.
import { type HasValue, VALUE_FIELDS, type ValueField } from '#domain/run/matches-run';
import { hasRoot } from '#domain/run/run-status';
import { type SummedUp, sumUpInTurns } from '#domain/run/summarize-run';
import type { Database } from './database.ts';
import type { TracePlace } from './find-traces.ts';
import { eachKnownBatch, FEW_SPANS, type KnownRun, type RunVersion } from './known-runs.ts';
import { inTurns } from './turns.ts';

export interface SummedRun extends SummedUp {
  readonly has: HasValue;
}

const REMEMBERED = 200;
const remembered = new WeakMap<Database, Map<string, SummedRun>>();

/**
 * Sums up each run of which something is stored, in no particular order.
 * @param places from `findTraces`
 * @param nowMs the time to judge by whether a run still runs, ms since 1970
 * @throws StorageError; TelltaleError readers_busy
 */
export async function eachSummedRun(
  db: Database,
  projectId: string,
  places: ReadonlyMap<string, TracePlace>,
  nowMs: number,
  use: (traceId: string, run: SummedRun) => void,
): Promise<void> {
  const known = remembered.get(db) ?? new Map<string, SummedRun>();
  remembered.set(db, known);
  const versions = new Map<string, RunVersion>();
  const keyOf = (traceId: string) => {
    const version = versions.get(traceId);
    return `${traceId} ${version?.copies} ${version?.newestMs} ${projectId}`;
  };
  const isKnown = (traceId: string, version: RunVersion): boolean => {
    versions.set(traceId, version);
    const found = known.get(keyOf(traceId));
    if (found !== undefined) use(traceId, found);
    return found !== undefined;
  };
  await eachKnownBatch(
    db,
    projectId,
    places,
    nowMs,
    async (batch) => {
      for (const [traceId, run] of batch) {
        const { spans, open, counted = null } = run;
        const summed = await inTurns(sumUpInTurns(projectId, traceId, spans, nowMs, open, { counted }));
        use(traceId, { ...summed, has: run.has });
        if (run.spanCount <= FEW_SPANS || !hasRoot(spans)) continue;
        if (known.size >= REMEMBERED) known.delete(known.keys().next().value as string);
        known.set(keyOf(traceId), { ...summed, has: hasOf(run) });
      }
    },
    isKnown,
  );
}

/** As `run.has`, without its spans. */
function hasOf({ counted, spans, has }: KnownRun): HasValue {
  if (counted != null) return has;
  const values = new Map<ValueField, ReadonlySet<string>>(
    VALUE_FIELDS.map((field) => [field, new Set(spans.map((span) => span[field] ?? ''))]),
  );
  return (field, wanted) => wanted.some((value) => values.get(field)?.has(value) === true);
}
