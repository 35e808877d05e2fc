// Puts a Native block into a table as the spool does: from a file, with a token.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '#storage/database';

/** @param token the same token twice inserts once */
export async function insertBlock(
  db: Database,
  table: string,
  body: Uint8Array,
  token: string = randomUUID(),
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'telltale-block-'));
  try {
    const path = join(dir, 'block.native');
    await writeFile(path, body);
    await db.insertFile(table, path, token);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
