// Composes the question "which sessions?" from the filters of the list, in the way of where.ts: fixed pieces put
// together, every value a bound parameter. What it renders is snapshot-tested.
import type { SessionQuery } from '#contracts/search';
import { SESSION_MAX_RUNS } from '#domain/run/sum-up-session';
import { type Composed, known } from './where.ts';

/** A place in the order of sessions: the start of the last run, ns since 1970, and the id. */
export interface SessionPosition {
  readonly lastNs: string;
  readonly sessionId: string;
}

/**
 * One session more than fits the page, the one whose last run began last first. Rows of `runs` are per hour: a
 * run of several hours is one run. Filters ask about any run of the session.
 */
export function composeSessions(projectId: string, query: SessionQuery, after: SessionPosition | null): Composed {
  const conditions = [
    query.from !== undefined && 'max(toUnixTimestamp64Milli(start_time)) >= {fromMs:Int64}',
    query.to !== undefined && 'min(toUnixTimestamp64Milli(start_time)) < {toMs:Int64}',
    query.q !== undefined && 'positionCaseInsensitiveUTF8(sessionId, {q:String}) > 0',
    query.agent !== undefined && 'max(hasAny(agents, {agents:Array(String)}))',
    query.userId !== undefined && 'max(hasAny(user_ids, {userIds:Array(String)}))',
    after !== null &&
      '(toInt64(lastNs) < {afterNs:Int64} OR (toInt64(lastNs) = {afterNs:Int64} AND sessionId < {afterId:String}))',
  ].filter((condition) => typeof condition === 'string');
  const sql = `
SELECT sessionId, toString(toUnixTimestamp64Nano(max(start_time))) AS lastNs, uniqExact(trace_id) AS runCount,
  arrayMap(x -> lower(hex(x.2)), arraySlice(arrayReverseSort(groupUniqArray((start_time, trace_id))), 1, {rowsShown:UInt32})) AS traceIds
FROM (
  SELECT arrayJoin(session_ids) AS sessionId, start_time, trace_id, agents, user_ids FROM runs
  WHERE project_id = {projectId:String}
)
GROUP BY sessionId${conditions.length === 0 ? '' : `\nHAVING ${conditions.join('\n  AND ')}`}
ORDER BY toInt64(lastNs) DESC, sessionId DESC
LIMIT {limit:UInt32}`;
  const params = known({
    projectId,
    limit: query.limit + 1,
    // Two hours each, as a rule.
    rowsShown: 2 * SESSION_MAX_RUNS,
    fromMs: query.from === undefined ? undefined : Math.trunc(query.from),
    toMs: query.to === undefined ? undefined : Math.trunc(query.to),
    q: query.q,
    agents: query.agent,
    userIds: query.userId,
    afterNs: after === null ? undefined : BigInt(after.lastNs),
    afterId: after?.sessionId,
  });
  return { sql, params };
}
