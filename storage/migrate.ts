// Brings the schema up to date: numbered files, applied in order, each once. Every statement can be repeated, so an
// interrupted migration is simply run again.
import { readdir, readFile } from 'node:fs/promises';
import { type Database, StorageError } from './database.ts';
import { forTopology } from './topology.ts';
import { tune } from './tune.ts';

const FOLDER = new URL('./migrations/', import.meta.url);

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

/** The statements of one file: split at `;` at a line's end, comments dropped. */
export function splitStatements(sql: string): string[] {
  return sql
    .replace(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

export async function readMigrations(folder: URL = FOLDER): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => /^\d{4}_\w+\.sql$/.test(file)).sort();
  return Promise.all(
    files.map(async (name) => ({
      version: Number(name.slice(0, 4)),
      name,
      statements: splitStatements(await readFile(new URL(name, folder), 'utf8')),
    })),
  );
}

/**
 * Applies what is missing and returns the names of what it applied.
 * @throws StorageError when the data was written by a newer Telltale
 */
export async function migrate(db: Database, cluster?: string, migrations?: readonly Migration[]): Promise<string[]> {
  const known = migrations ?? (await readMigrations());
  await db.command(
    forTopology(
      `CREATE TABLE IF NOT EXISTS schema_migrations \${ON_CLUSTER} (version UInt32, name String, applied_at DateTime DEFAULT now())
       ENGINE = \${REPLICATED}ReplacingMergeTree ORDER BY version`,
      cluster,
    ),
  );
  const rows = await db.query<{ version: number }>('SELECT DISTINCT version FROM schema_migrations');
  const applied = new Set(rows.map((row) => Number(row.version)));
  const newest = Math.max(0, ...known.map((migration) => migration.version));
  const beyond = [...applied].filter((version) => version > newest);
  if (beyond.length > 0) {
    throw new StorageError(
      `This data was written by a newer Telltale (migration ${Math.max(...beyond)}; this one knows up to ${newest}). Start the newer version, or restore a backup.`,
      { retryable: false },
    );
  }
  const missing = known.filter(({ version }) => !applied.has(version));
  for (const { version, name, statements } of missing) {
    for (const statement of statements) await db.command(forTopology(statement, cluster));
    // Before the last one is recorded: an interruption meanwhile makes the next start do both again.
    if (version === missing.at(-1)?.version) await tune(db, cluster);
    await db.insertRows('schema_migrations', [{ version, name }]);
  }
  return missing.map(({ name }) => name);
}
