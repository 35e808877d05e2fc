// Some runs by their trace ids: as a list shows them, and the facts of their summaries.
import type { SummedUp } from '#domain/run/summarize-run';
import type { Database } from './database.ts';
import { findTraces } from './find-traces.ts';
import { eachSummedRun } from './summed-runs.ts';

const AT_ONCE = 500;

/**
 * The runs in the order asked; those that are not there (any more) are left out.
 * @param nowMs the time to judge by whether a run still runs, ms since 1970
 * @throws StorageError; TelltaleError readers_busy
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
    const summed = new Map<string, SummedUp>();
    const places = await findTraces(db, projectId, slice);
    await eachSummedRun(db, projectId, places, nowMs, (traceId, { run, facts }) => summed.set(traceId, { run, facts }));
    runs.push(...slice.flatMap((traceId) => summed.get(traceId) ?? []));
  }
  return runs;
}
