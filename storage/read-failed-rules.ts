// Which rules the last tick failed to evaluate, and since when.
import type { Database } from './database.ts';

/** A rule that the last tick failed to evaluate. */
export interface FailedRule {
  readonly ruleId: string;
  /** The first of the ticks in a row that could not, ms since 1970. */
  readonly sinceMs: number;
  /** What the last of them met. */
  readonly error: string;
}

// A tick that failed as a whole says nothing of single rules.
const TICKS = `
SELECT seq, at, payload FROM alert_journal
WHERE project_id = {project:String} AND kind = 'evaluation' AND JSONExtractRaw(payload, 'error') = 'null'`;

// The last tick is among the newest of a day; the whole of what is kept is read only when it says that a rule failed.
const READ_LAST = `
SELECT JSONExtractString(failed, 'ruleId') AS ruleId, any(JSONExtractString(failed, 'error')) AS error
FROM (
  SELECT arrayJoin(JSONExtractArrayRaw(payload, 'failedRules')) AS failed
  FROM (${TICKS} AND at > fromUnixTimestamp64Milli({dayBefore:Int64}) ORDER BY seq DESC LIMIT 1)
)
GROUP BY ruleId`;

const READ_SINCE = `
SELECT ruleId, toUnixTimestamp64Milli(minIf(at, isFailed AND seq > lastGoodSeq)) AS sinceMs
FROM (
  SELECT seq, at, ruleId, isFailed, maxIf(seq, NOT isFailed) OVER (PARTITION BY ruleId) AS lastGoodSeq
  FROM (
    SELECT seq, at, arrayJoin({rules:Array(String)}) AS ruleId,
      arrayExists(failed -> JSONExtractString(failed, 'ruleId') = ruleId, JSONExtractArrayRaw(payload, 'failedRules')) AS isFailed
    FROM (${TICKS})
  )
)
GROUP BY ruleId`;

/**
 * Empty when the last tick evaluated every rule, and when no tick succeeded within the last day.
 * @param nowMs ms since 1970
 * @throws StorageError
 */
export async function readFailedRules(db: Database, projectId: string, nowMs: number): Promise<FailedRule[]> {
  const last = await db.query<{ ruleId: string; error: string }>(READ_LAST, {
    project: projectId,
    dayBefore: nowMs - 24 * 3_600_000,
  });
  if (last.length === 0) return [];
  const since = await db.query<{ ruleId: string; sinceMs: string }>(READ_SINCE, {
    project: projectId,
    rules: last.map(({ ruleId }) => ruleId),
  });
  const sinceOf = new Map(since.map(({ ruleId, sinceMs }) => [ruleId, Number(sinceMs)]));
  return last.map(({ ruleId, error }) => ({ ruleId, error, sinceMs: sinceOf.get(ruleId) ?? nowMs }));
}
