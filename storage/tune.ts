// Table settings that only change what writing costs. Newer engines have some that older ones do not know, so each is
// set where it exists; answers are the same either way. What each is worth: docs/decisions/0035-cheaper-parts.md.
import type { Database } from './database.ts';
import { forTopology } from './topology.ts';

const TABLES = ['spans', 'trace_index', 'runs', 'decisions', 'errors', 'logs', 'open_steps', 'summaries'];

const SETTINGS: ReadonlyMap<string, string> = new Map([
  // A part fresh from an insert is one file, not four per column: it is synced, read a little, and soon merged.
  ['min_level_for_wide_part', '1'],
  // Sizes of texts stay with the texts: the separate stream serves queries that only count bytes, and we have none.
  ['string_serialization_version', "'single_stream'"],
  // Counting distinct values of every column in every part serves joins, and we have none.
  ['auto_statistics_types', "''"],
  // Merges of more parts at a time: each row is rewritten fewer times. Engines lower it again as parts age or pile up.
  ['merge_selector_base', '10'],
]);

/** Sets what the engine knows, on the tables that are there. Can be repeated. */
export async function tune(db: Database, cluster?: string): Promise<void> {
  const known = await db.query<{ name: string }>(
    'SELECT name FROM system.merge_tree_settings WHERE name IN {names:Array(String)}',
    { names: [...SETTINGS.keys()] },
  );
  if (known.length === 0) return;
  const changes = known.map(({ name }) => `${name} = ${SETTINGS.get(name)}`).join(', ');
  const present = await db.query<{ name: string }>(
    'SELECT name FROM system.tables WHERE database = currentDatabase() AND name IN {names:Array(String)}',
    { names: TABLES },
  );
  for (const { name } of present) {
    await db.command(forTopology(`ALTER TABLE ${name} \${ON_CLUSTER} MODIFY SETTING ${changes}`, cluster));
  }
}
