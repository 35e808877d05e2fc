// What collectors took and refused, minute by minute: so that a digest can say when none was running and what was lost.
import type { Period } from '#domain/local-time';
import type { Database } from './database.ts';
import { sqlTime } from './sql-time.ts';

/** Counters of one collector process since it started. */
export interface IntakeCounts {
  readonly received: number;
  readonly rejected: number;
  readonly quarantined: number;
  /** Acknowledged, and their spool file was gone or cut. */
  readonly lost: number;
  readonly droppedAttributes: number;
}

/**
 * Notes the counters of a process. @param process names it: the same for all its notes, and of no other
 * @throws StorageError
 */
export async function noteIntake(
  db: Database,
  projectId: string,
  process: string,
  atMs: number,
  counts: IntakeCounts,
): Promise<void> {
  const at = sqlTime(atMs);
  const { received, rejected, quarantined, lost, droppedAttributes: dropped_attributes } = counts;
  await db.insertRows('intake', [
    { project_id: projectId, at, process, received, rejected, quarantined, lost, dropped_attributes },
  ]);
}

// Of each process, what it had counted at the end of the period less what it had counted before it.
const READ_INTAKE = `
SELECT sum(received) AS received, sum(rejected) AS rejected, sum(quarantined) AS quarantined, sum(lost) AS lost, sum(dropped) AS droppedAttributes FROM (
  SELECT
    max(received) - maxIf(received, at < fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AS received,
    max(rejected) - maxIf(rejected, at < fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AS rejected,
    max(quarantined) - maxIf(quarantined, at < fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AS quarantined,
    max(lost) - maxIf(lost, at < fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AS lost,
    max(dropped_attributes) - maxIf(dropped_attributes, at < fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AS dropped
  FROM (SELECT process, at, received, rejected, quarantined, lost, dropped_attributes FROM intake
    WHERE project_id = {project:String} AND at <= fromUnixTimestamp64Milli({to:Int64}, 'UTC'))
  GROUP BY process
)`;

const READ_SIGNS = `
SELECT toUnixTimestamp64Milli(at) AS atMs FROM intake
WHERE project_id = {project:String}
  AND at >= ifNull((SELECT maxOrNull(at) FROM intake
    WHERE project_id = {project:String} AND at < fromUnixTimestamp64Milli({from:Int64}, 'UTC')),
    fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
  AND at <= ifNull((SELECT minOrNull(at) FROM intake
    WHERE project_id = {project:String} AND at >= fromUnixTimestamp64Milli({to:Int64}, 'UTC')),
    fromUnixTimestamp64Milli({to:Int64}, 'UTC'))
ORDER BY atMs`;

export interface Intake {
  /** Time ranges of the period without a sign of any collector. */
  readonly down: readonly Period[];
  /** Spans and log records that came. */
  readonly received: number;
  /** Spans and log records refused; rows that storage refused; rows lost with their spool file; attributes left out of spans. */
  readonly rejected: number;
  readonly quarantined: number;
  readonly lost: number;
  readonly droppedAttributes: number;
}

/**
 * What is known of the intake in a period; null when no collector has left a sign of itself in or before it.
 * @param graceMs a silence up to this long is none
 * @throws StorageError
 */
export async function readIntake(
  db: Database,
  projectId: string,
  { fromMs, toMs }: Period,
  nowMs: number,
  graceMs: number,
): Promise<Intake | null> {
  const params = { project: projectId, from: fromMs, to: toMs };
  const rows = await db.query<{ atMs: string }>(READ_SIGNS, params);
  if (rows.length === 0) return null;
  const signs = rows.map(({ atMs }) => Number(atMs));
  const [counts] = await db.query<{
    received: string;
    rejected: string;
    quarantined: string;
    lost: string;
    droppedAttributes: string;
  }>(READ_INTAKE, params);
  return {
    down: silences(signs, { fromMs, toMs: Math.min(toMs, nowMs) }, graceMs),
    received: Number(counts?.received ?? 0),
    rejected: Number(counts?.rejected ?? 0),
    quarantined: Number(counts?.quarantined ?? 0),
    lost: Number(counts?.lost ?? 0),
    droppedAttributes: Number(counts?.droppedAttributes ?? 0),
  };
}

/** The parts of the period that lie between two signs more than `graceMs` apart. @param signs ascending, ms */
export function silences(signs: readonly number[], { fromMs, toMs }: Period, graceMs: number): Period[] {
  const found: Period[] = [];
  const add = (from: number, to: number) => {
    const [a, b] = [Math.max(from, fromMs), Math.min(to, toMs)];
    if (to - from > graceMs && b > a) found.push({ fromMs: a, toMs: b });
  };
  for (let i = 1; i < signs.length; i++) add(signs[i - 1] as number, signs[i] as number);
  const last = signs.at(-1);
  if (last !== undefined) add(last, toMs);
  return found;
}
