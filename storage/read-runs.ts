// Some runs by their trace ids, summed up as a list shows them.
import { stillOpen } from '#schema/open-step';
import type { Run } from '#schema/run';
import { summariseRun } from '#schema/summarise-run';
import type { Database } from './database.ts';
import { findTraces } from './find-traces.ts';
import { readOpenSteps } from './read-open-steps.ts';
import { readRunFacts } from './read-run-facts.ts';

const AT_ONCE = 500;

/**
 * The runs in the order asked; those that are not there (any more) are left out.
 * @param nowMs the time to judge by whether a run still runs, ms since 1970
 * @throws StorageError
 */
export async function readRuns(
  db: Database,
  projectId: string,
  traceIds: readonly string[],
  nowMs: number,
): Promise<Run[]> {
  const runs: Run[] = [];
  for (let i = 0; i < traceIds.length; i += AT_ONCE) {
    const slice = traceIds.slice(i, i + AT_ONCE);
    const facts = await readRunFacts(db, projectId, await findTraces(db, projectId, slice));
    const announced = await readOpenSteps(db, projectId, slice, nowMs);
    for (const traceId of slice) {
      const { spans, spanCount } = facts.get(traceId) ?? { spans: [], spanCount: 0 };
      const open = stillOpen(announced.get(traceId) ?? [], spans);
      if (spans.length === 0 && open.length === 0) continue;
      runs.push({ ...summariseRun(projectId, traceId, spans, nowMs, open), spanCount });
    }
  }
  return runs;
}
