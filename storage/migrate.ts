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
 * @throws StorageError when the data was written by a newer Telltale, or tables that it had are gone
 */
export async function migrate(db: Database, cluster?: string, migrations?: readonly Migration[]): Promise<string[]> {
  const known = migrations ?? (await readMigrations());
  await refuseIfTablesAreGone(db, known);
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

const MAKES = /^(CREATE (?:TABLE|MATERIALIZED VIEW) IF NOT EXISTS|DROP (?:TABLE|VIEW) IF EXISTS) (\w+)/;

/** Tables and views that are there once these migrations were applied. */
function tablesMadeBy(migrations: readonly Migration[]): Set<string> {
  const made = new Set<string>();
  for (const statement of migrations.flatMap(({ statements }) => statements)) {
    const [, verb, name] = MAKES.exec(statement) ?? [];
    if (name === undefined) continue;
    if (verb?.startsWith('CREATE')) made.add(name);
    else made.delete(name);
  }
  return made;
}

/**
 * An applied migration is never applied again: without this, data that has lost the definition of a table would start,
 * and every insert fail.
 * @throws StorageError that names what is gone and says what to do
 */
export async function refuseIfTablesAreGone(db: Database, migrations?: readonly Migration[]): Promise<void> {
  const known = migrations ?? (await readMigrations());
  const rows = await db.query<{ name: string }>('SELECT name FROM system.tables WHERE database = currentDatabase()');
  const present = new Set(rows.map(({ name }) => name));
  const applied = present.has('schema_migrations')
    ? await db.query<{ version: number }>('SELECT DISTINCT version FROM schema_migrations')
    : null;
  const isApplied = ({ version }: Migration) => applied?.some((row) => Number(row.version) === version) ?? false;
  const expected = tablesMadeBy(known.filter(isApplied));
  // Interrupted after it dropped a table, a migration is not recorded yet.
  for (const statement of known.filter((each) => !isApplied(each)).flatMap(({ statements }) => statements)) {
    const [, verb, name] = MAKES.exec(statement) ?? [];
    if (verb?.startsWith('DROP') && name !== undefined) expected.delete(name);
  }
  const gone = [...expected].filter((name) => !present.has(name));
  // The list itself is made before anything else.
  if (applied === null && [...tablesMadeBy(known)].some((name) => present.has(name))) gone.push('schema_migrations');
  if (gone.length === 0) return;
  const what = gone.length === 1 ? `its table ${gone[0]} is` : `its tables ${gone.join(', ')} are`;
  throw new StorageError(
    `Stored data is damaged: ${what} gone, so nothing could be stored in full. Nothing was changed. Restore a backup (deploy/README.md, "Backup"), or begin with empty storage: another TELLTALE_DATA_DIR, or another CLICKHOUSE_DATABASE on a server.`,
    { retryable: false },
  );
}
