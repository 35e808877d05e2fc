// Keeps each table's TTL equal to the setting. Time of receipt decides, so a wrong client clock deletes nothing.
import type { Database } from './database.ts';
import { forTopology } from './topology.ts';

/** The tables that the setting applies to; any other has a time of its own, or none. */
export const RETENTION_TABLES: readonly string[] = [
  'spans',
  'trace_index',
  'runs',
  'decisions',
  'errors',
  'logs',
  'open_steps',
  'summaries',
  'pattern_changes',
  'pattern_counts',
  'model_calls',
  'model_answers',
  'skips',
];

/** Sets the retention where it differs. Cheap when nothing changed: one read of the catalogue. */
export async function applyRetention(db: Database, days: number, cluster?: string): Promise<void> {
  const wanted = `toIntervalDay(${Math.trunc(days)})`;
  const rows = await db.query<{ name: string; create_table_query: string }>(
    'SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() AND name IN {tables:Array(String)}',
    { tables: RETENTION_TABLES },
  );
  for (const { name, create_table_query: ddl } of rows) {
    if (ddl.includes(wanted)) continue;
    const alter = `ALTER TABLE ${name} \${ON_CLUSTER} MODIFY TTL toDateTime(received_at) + INTERVAL ${Math.trunc(days)} DAY`;
    await db.command(forTopology(alter, cluster));
  }
}
