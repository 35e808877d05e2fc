// One migrated store per test run, built before the first test (test/global-setup.ts). Every other store begins as a
// copy of it: sixteen migrations cost more than most tests.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '#storage/database';
import { migrate } from '#storage/migrate';
import { openDatabase } from '#storage/open';
import { applyRetention } from '#storage/retention';

/** Where the template is; set for the processes of a test run, absent elsewhere (benchmarks, `npm run faults`). */
export const TEMPLATE_VARIABLE = 'TELLTALE_TEST_STORE_TEMPLATE';

/** Rows of fixtures are received on fixed days, and no test may turn red when those are long ago. TTLs end in 2106. */
const FOREVER_DAYS = 20_000;

/** An empty store with today's schema in `dataDir`, which keeps what it is given whatever the clock says. */
export async function buildStore(dataDir: string): Promise<void> {
  const db = await openDatabase({ dataDir });
  try {
    await prepareStore(db);
  } finally {
    await db.close();
  }
}

/** Brings an open store to what `buildStore` makes. */
export async function prepareStore(db: Database): Promise<void> {
  await migrate(db);
  await applyRetention(db, FOREVER_DAYS);
}

/** Copies the template into `dataDir`, or builds a store there when this process has no template. */
export async function copyStore(dataDir: string): Promise<void> {
  const template = process.env[TEMPLATE_VARIABLE];
  if (template === undefined || !existsSync(template)) return buildStore(dataDir);
  await copyFolder(template, dataDir);
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
