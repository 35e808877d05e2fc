// Runs by their trace ids, summed up as in the list.
import { stillOpen } from '#schema/open-step';
import type { Run } from '#schema/run';
import { hasRoot } from '#schema/run-status';
import { summariseRun } from '#schema/summarise-run';
import type { Database } from './database.ts';
import { findTraces } from './find-traces.ts';
import { readOpenSteps } from './read-open-steps.ts';
import { readRunFacts } from './read-run-facts.ts';

/** Those of the runs that are stored, by trace id. @param nowMs ms since 1970 @throws StorageError */
export async function readRuns(
  db: Database,
  projectId: string,
  traceIds: readonly string[],
  nowMs: number,
): Promise<Map<string, Run>> {
  const places = await findTraces(db, projectId, traceIds);
  const facts = await readRunFacts(db, projectId, places);
  const openEnded = [...facts].filter(([, { spans }]) => !hasRoot(spans)).map(([traceId]) => traceId);
  const open = await readOpenSteps(db, projectId, openEnded, nowMs);
  return new Map(
    [...facts].map(([traceId, { spans, spanCount }]) => {
      const steps = stillOpen(open.get(traceId) ?? [], spans);
      return [traceId, { ...summariseRun(projectId, traceId, spans, nowMs, steps), spanCount }];
    }),
  );
}
