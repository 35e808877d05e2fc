// A store whose rows never expire, for fixtures of fixed dates: the engine compares them with the clock of the machine.
import type { Database } from '#storage/database';

/** Removes the TTL of every table that has one. */
export async function withoutExpiry(db: Database): Promise<void> {
  const tables = await db.query<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND create_table_query LIKE '% TTL %'",
  );
  for (const { name } of tables) await db.command(`ALTER TABLE ${name} REMOVE TTL`);
}
