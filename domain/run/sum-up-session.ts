// A session is summed up from its runs. Pure.
import type { Run } from '#contracts/run';
import type { Session } from '#contracts/session';

/**
 * @param runs the runs that were read, by start, at least one
 * @param runCount all that there are
 */
export function sumUpSession(sessionId: string, runs: readonly Run[], runCount: number): Session {
  const [first] = runs;
  const last = runs.at(-1);
  if (first === undefined || last === undefined) throw new Error('a session has at least one run');
  const statuses = { ok: 0, error: 0, running: 0, stalled: 0 };
  let lowest: Run | null = null;
  let endTime = first.endTime;
  for (const run of runs) {
    statuses[run.status]++;
    if (run.endTime > endTime) endTime = run.endTime;
    if (run.minConfidence !== null && run.minConfidence < (lowest?.minConfidence ?? Infinity)) lowest = run;
  }
  return {
    sessionId,
    userId: runs.find(({ userId }) => userId !== null)?.userId ?? null,
    agents: [...new Set(runs.flatMap(({ agent }) => agent ?? []))],
    runCount,
    statuses,
    startTime: first.startTime,
    endTime,
    tokensIn: sum(runs.map((run) => run.tokensIn)),
    tokensOut: sum(runs.map((run) => run.tokensOut)),
    costUsd: sum(runs.map((run) => run.costUsd)),
    minConfidence: lowest?.minConfidence ?? null,
    minConfidenceThreshold: lowest?.minConfidenceThreshold ?? null,
    lastRun: { traceId: last.traceId, status: last.status, headline: last.headline },
    truncated: runCount > SESSION_MAX_RUNS,
  };
}

/** Of the known ones; null when none is. */
function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}

/** The most runs of a session that are read. */
export const SESSION_MAX_RUNS = 200;
