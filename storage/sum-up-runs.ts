// Some runs by their trace ids: as a list shows them, and the facts their story is told from.
import { stillOpen } from '#schema/open-step';
import { type SummedUp, sumUp } from '#schema/summarise-run';
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
export async function sumUpRuns(
  db: Database,
  projectId: string,
  traceIds: readonly string[],
  nowMs: number,
): Promise<SummedUp[]> {
  const runs: SummedUp[] = [];
  for (let i = 0; i < traceIds.length; i += AT_ONCE) {
    const slice = traceIds.slice(i, i + AT_ONCE);
    const facts = await readRunFacts(db, projectId, await findTraces(db, projectId, slice));
    const announced = await readOpenSteps(db, projectId, slice, nowMs);
    for (const traceId of slice) {
      const { spans, spanCount } = facts.get(traceId) ?? { spans: [], spanCount: 0 };
      const open = stillOpen(announced.get(traceId) ?? [], spans);
      if (spans.length === 0 && open.length === 0) continue;
      runs.push(sumUp(projectId, traceId, spans, nowMs, open, { spanCount }));
    }
  }
  return runs;
}
