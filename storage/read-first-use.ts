// Whether this Telltale has alerted before: the detector writes a cursor at each tick, and keeps the newest for ever.
import type { Database } from './database.ts';

const COUNT = "SELECT count() AS ticks FROM alert_journal WHERE project_id = {project:String} AND kind = 'cursor'";

/** @throws StorageError */
export async function hasTicked(db: Database, projectId: string): Promise<boolean> {
  const [row] = await db.query<{ ticks: string }>(COUNT, { project: projectId });
  return Number(row?.ticks ?? 0) > 0;
}
