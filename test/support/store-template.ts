// Two migrated data directories per test run, built before the first test (test/global-setup.ts). Other stores begin as
// copies of them: sixteen migrations cost more than most tests.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '#storage/database';
import { migrate } from '#storage/migrate';
import { openDatabase } from '#storage/open';
import { withoutExpiry } from './without-expiry.ts';

/** Where the templates are; set for the processes of a test run, absent elsewhere (benchmarks, `npm run faults`). */
export const TEMPLATE_VARIABLE = 'TELLTALE_TEST_TEMPLATE';

/** `program`: as the program leaves it after its first start. `store`: the same, but no row ever expires. */
type Template = 'program' | 'store';

/** Builds both templates in a folder. */
export async function buildTemplates(folder: string): Promise<void> {
  await build(join(folder, 'program'), migrate);
  await copyFolder(join(folder, 'program'), join(folder, 'store'));
  await build(join(folder, 'store'), withoutExpiry);
}

/** Today's schema in an open store, in which no row expires: fixtures are received on fixed days. */
export async function prepareStore(db: Database): Promise<void> {
  await migrate(db);
  await withoutExpiry(db);
}

/** Copies a template into `dataDir`, or makes the same there when this process has no templates. */
export async function copyTemplate(template: Template, dataDir: string): Promise<void> {
  const from = join(process.env[TEMPLATE_VARIABLE] ?? '', template);
  if (process.env[TEMPLATE_VARIABLE] !== undefined && existsSync(from)) await copyFolder(from, dataDir);
  else await build(dataDir, template === 'store' ? prepareStore : migrate);
}

async function build(dataDir: string, prepare: (db: Database) => Promise<unknown>): Promise<void> {
  const db = await openDatabase({ dataDir });
  try {
    await prepare(db);
  } finally {
    await db.close();
  }
}

// Copied, never linked: the engine appends to some of its files.
async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  const entries = await readdir(from, { withFileTypes: true });
  await Promise.all(
    entries.map(async (entry) => {
      const [source, target] = [join(from, entry.name), join(to, entry.name)];
      if (entry.isDirectory()) await copyFolder(source, target);
      else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
      else await copyFile(source, target);
    }),
  );
}
