// What a kill leaves in the engine between two steps of an insert: it notes the token, then renames the finished part
// into place. Killed in between, it knows the token and has no rows. A moment of 0.2 ms, so it is made here.
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Removes the newest part of a table in a data directory that no process has open, while its token stays noted.
 * @returns whether there was one; not when the engine has merged it already
 */
export async function losePart(dataDir: string, table: string): Promise<boolean> {
  const folder = join(dataDir, 'engine', 'data', 'default', table);
  const logs = join(folder, 'deduplication_logs');
  const numberOf = (name: string) => Number(/\d+/.exec(name)?.[0]);
  const newest = (await readdir(logs)).sort((a, b) => numberOf(a) - numberOf(b)).at(-1);
  if (newest === undefined) return false;
  // One line a token: 1 (noted), the name of the part, the token's hash.
  const [kind, part] = (await readFile(join(logs, newest), 'utf8')).trim().split('\n').at(-1)?.split('\t') ?? [];
  if (kind !== '1' || part === undefined || !(await readdir(folder)).includes(part)) return false;
  await rm(join(folder, part), { recursive: true });
  return true;
}
