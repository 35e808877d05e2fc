// Runs summed up together, without those that cannot be: one run that does not read must not take the others with it.
import { bisect } from '#domain/bisect';
import type { UnreadRun } from '#domain/run/run-figures';
import type { SummedUp } from '#domain/run/summarize-run';
import type { Database } from './database.ts';
import { probeStorage } from './set-aside.ts';
import { sumUpRuns } from './sum-up-runs.ts';

/**
 * As `sumUpRuns`, and which runs fail by themselves.
 * @param nowMs the time to judge by whether a run still runs, ms since 1970
 * @throws StorageError, EverythingFails when it is not a few that fail
 */
export async function sumUpEach(
  db: Database,
  projectId: string,
  traceIds: readonly string[],
  nowMs: number,
): Promise<{ runs: SummedUp[]; unread: UnreadRun[] }> {
  const sumUp = (part: readonly string[]) => sumUpRuns(db, projectId, part, nowMs);
  const { done, failed } = await bisect(traceIds, sumUp, { probe: () => probeStorage(db) });
  return { runs: done.flat(), unread: failed.map(({ item, error }) => ({ traceId: item, error })) };
}
