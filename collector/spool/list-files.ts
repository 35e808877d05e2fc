// What an earlier process left in the spool's folder, by name and size: nothing is read yet, so a large spool takes no
// longer than a small one.
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpoolFile } from './check-file.ts';
import { parseSegmentName } from './segment.ts';

export interface ListedSpool {
  /** Oldest first. */
  readonly files: readonly SpoolFile[];
  /** The next free order number. */
  readonly nextOrder: number;
  /** Directories that bear the name of a segment. */
  readonly strange: readonly string[];
}

/**
 * Lists the folder and deletes the temporary files of repairs that were cut short: their sources are still there.
 * @throws when the folder cannot be read
 */
export async function listFiles(dir: string, nowMs: number): Promise<ListedSpool> {
  const entries = await readdir(dir, { withFileTypes: true });
  const orderOf = (name: string) => parseSegmentName(name)?.order ?? 0;
  const files: SpoolFile[] = [];
  const strange = entries.filter((entry) => !entry.isFile() && parseSegmentName(entry.name) !== null);
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  for (const name of names.sort((a, b) => orderOf(a) - orderOf(b))) {
    const path = join(dir, name);
    if (name.endsWith('.tmp')) {
      await unlink(path).catch(() => undefined);
      continue;
    }
    const facts = await stat(path).catch(() => null);
    const sinceMs = Math.min(nowMs, facts?.mtimeMs ?? nowMs);
    files.push({ path, bytes: facts?.size ?? 0, sinceMs, known: null, failedReads: 0 });
  }
  const nextOrder = 1 + entries.reduce((most, { name }) => Math.max(most, orderOf(name)), 0);
  return { files, nextOrder, strange: strange.map(({ name }) => name) };
}
