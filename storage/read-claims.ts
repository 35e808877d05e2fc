// Who claims to be the active detector, and how the last ticks went.
import type { Database } from './database.ts';
import type { NewestRow } from './journal.ts';
import { type Claim, claimSchema, decodePayload } from './journal-shapes.ts';

const READ_CLAIMS = `
SELECT subject, argMax(payload, seq) AS newest FROM alert_journal
WHERE project_id = {project:String} AND kind = 'claim' GROUP BY subject`;

const READ_LAST_TICK = `
SELECT toUnixTimestamp64Milli(argMax(at, seq)) AS atMs, count() AS n FROM alert_journal
WHERE project_id = {project:String} AND kind = 'cursor' AND subject = 'detector'`;

/** The newest claim of each process. @throws StorageError */
export async function readClaims(db: Database, projectId: string): Promise<Claim[]> {
  const rows = await db.query<NewestRow>(READ_CLAIMS, { project: projectId });
  return rows.map(({ newest }) => decodePayload(claimSchema, newest));
}

/** When a tick last succeeded, ms since 1970, whoever ran it; null = never. @throws StorageError */
export async function readLastTick(db: Database, projectId: string): Promise<number | null> {
  const [row] = await db.query<{ atMs: string; n: string }>(READ_LAST_TICK, { project: projectId });
  return row === undefined || Number(row.n) === 0 ? null : Number(row.atMs);
}
