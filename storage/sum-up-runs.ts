// Some runs by their trace ids: as a list shows them, and the facts their story is told from.
import { type SummedUp, sumUp } from '#schema/summarise-run';
import type { Database } from './database.ts';
import { readKnownRuns } from './read-summary.ts';

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
    const known = await readKnownRuns(db, projectId, slice, nowMs);
    for (const traceId of slice) {
      const run = known.get(traceId);
      if (run === undefined) continue;
      const { spans, spanCount, open } = run;
      runs.push(sumUp(projectId, traceId, spans, nowMs, open, { spanCount }));
    }
  }
  return runs;
}
