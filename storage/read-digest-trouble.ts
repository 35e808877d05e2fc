// Trouble of a period that needs no rule to be seen: errors of a kind not seen before, and work set aside as dead letters.
import type { Period } from '#domain/local-time';
import type { Aliases } from '#domain/pattern/aliases';
import { CANONICAL, countedErrors, counting, WITH_ALIASES } from './counted-errors.ts';
import type { Database } from './database.ts';
import { DIGEST_LIMITS } from './digest-runs.ts';

/** A clock in the future, and time for the view. */
const BEFORE_MS = 5 * 60_000;

// An error counts between its end and its receipt, whatever its clock says (counted-errors.ts).
const MAY_BE_IN_PERIOD = `least(end_time, received_at) < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND greatest(end_time, received_at) >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND fingerprint != ''`;

// Kept when the errors themselves are gone: an old pattern is not new again.
const KNOWN_BEFORE = `
  SELECT fingerprint, max(fingerprint_version) AS version FROM patterns
  WHERE project_id = {project:String}
  GROUP BY fingerprint HAVING min(first_seen) < fromUnixTimestamp64Milli({from:Int64}, 'UTC')`;

// A new version of the fingerprint gives every error a new name: on that day nothing can be called new.
const READ_NEW = `
${WITH_ALIASES}
SELECT fingerprint, toUInt32(count()) AS errors, toUInt32(uniqExact(trace)) AS runs, min(at_ms) AS firstMs, max(at_ms) AS lastMs,
  argMin(agent, at_ms) AS agent, argMin(step, at_ms) AS step, argMin(error_type, at_ms) AS errorType,
  argMin(error_template, at_ms) AS message, argMin(trace, at_ms) AS traceId
FROM (${countedErrors(MAY_BE_IN_PERIOD, ['agent', 'step'])})
WHERE at_ms >= {from:Int64} AND at_ms < {to:Int64} AND fingerprint != ''
  AND fingerprint NOT IN (SELECT ${CANONICAL} FROM (${KNOWN_BEFORE}))
  AND (fingerprint IN (
      SELECT ${CANONICAL} FROM patterns
      WHERE project_id = {project:String} AND fingerprint_version IN (SELECT version FROM (${KNOWN_BEFORE})))
    OR (SELECT count() FROM (${KNOWN_BEFORE})) = 0)
GROUP BY fingerprint
ORDER BY runs DESC, errors DESC, fingerprint`;

export interface NewPattern {
  readonly fingerprint: string;
  readonly errors: number;
  readonly runs: number;
  /** ms since 1970 */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly agent: string;
  readonly step: string;
  readonly errorType: string;
  /** With numbers and ids masked. */
  readonly message: string;
  readonly traceId: string;
}

/**
 * Errors of a kind that was never seen before the period; those of most runs first. What is thrown on through the steps
 * around it is counted once, where it began. Fingerprints that people put together are one kind.
 * @param aliases each member and the fingerprint it counts as, chains followed (contracts/pattern-notes.ts)
 * @throws StorageError
 */
export async function readNewPatterns(
  db: Database,
  projectId: string,
  { fromMs, toMs }: Period,
  aliases: Aliases,
): Promise<NewPattern[]> {
  type Row = Omit<NewPattern, 'firstMs' | 'lastMs'> & { readonly firstMs: string; readonly lastMs: string };
  // Errors that came late count as well: the digest reports what happened, not when it was known.
  const countAll = { ...counting(aliases), tooLate: 1e15 };
  const params = { ...countAll, project: projectId, from: fromMs, to: toMs, historyAfter: fromMs - BEFORE_MS };
  const rows = await db.query<Row>(READ_NEW, params, DIGEST_LIMITS);
  return rows.map((row) => ({ ...row, firstMs: Number(row.firstMs), lastMs: Number(row.lastMs) }));
}

const READ_DEAD_LETTERS = `
SELECT who, toUInt32(uniqExact(trace_id, span_id)) AS letters, lower(hex(argMax(trace_id, start_time))) AS traceId,
  lower(hex(argMax(span_id, start_time))) AS spanId, toUnixTimestamp64Milli(max(start_time)) AS lastMs
FROM (
  SELECT trace_id, span_id, start_time, if(agent = '', service, agent) AS who FROM spans
  WHERE project_id = {project:String}
    AND toStartOfFiveMinutes(start_time) >= toStartOfFiveMinutes(fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
    AND start_time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
    AND start_time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
    AND arrayExists(mark -> mark = 'dead_letter' OR startsWith(mark, 'dead_letter: '), marks))
GROUP BY who ORDER BY letters DESC, who`;

export interface DeadLetters {
  readonly who: string;
  readonly letters: number;
  /** The newest. */
  readonly traceId: string;
  readonly spanId: string;
  readonly lastMs: number;
}

/** Steps that set work aside as a dead letter, by agent. @throws StorageError */
export async function readDeadLetters(
  db: Database,
  projectId: string,
  { fromMs, toMs }: Period,
): Promise<DeadLetters[]> {
  type Row = Omit<DeadLetters, 'lastMs'> & { readonly lastMs: string };
  const rows = await db.query<Row>(READ_DEAD_LETTERS, { project: projectId, from: fromMs, to: toMs }, DIGEST_LIMITS);
  return rows.map((row) => ({ ...row, lastMs: Number(row.lastMs) }));
}

const READ_WAITING = `
SELECT DISTINCT lower(hex(trace_id)) AS trace FROM (
  SELECT trace_id, span_id, is_waiting, alive_until, start_time FROM open_steps
  WHERE project_id = {project:String}
  ORDER BY received_at DESC LIMIT 1 BY trace_id, span_id)
WHERE is_waiting = 1 AND alive_until > fromUnixTimestamp64Milli({now:Int64}, 'UTC')
  AND start_time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
ORDER BY trace LIMIT 200`;

/** Trace ids of runs whose process says that a step waits; at most 200. Whether it still does its spans say. */
export async function findWaiting(db: Database, projectId: string, { toMs }: Period, nowMs: number): Promise<string[]> {
  const rows = await db.query<{ trace: string }>(READ_WAITING, { project: projectId, to: toMs, now: nowMs });
  return rows.map(({ trace }) => trace);
}
