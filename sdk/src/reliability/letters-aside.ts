// Letter files that were set aside to be replayed. The file name holds its owner, so that one process works on it and
// another takes it over only when the owner is gone.
import { randomUUID } from 'node:crypto';
import { readdir, rename, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { shared } from '../shared-state.ts';
import { isOlderThan } from './file-lock.ts';
import { isGone, isThis, readOwner, thisOwner, writeOwner } from './process-owner.ts';

/** How often a replay renews its sign of life. */
const ALIVE_EVERY_MS = 10_000;
/** A replay of a process that cannot be checked (another machine or container) counts as left behind after this long without a sign of life. */
const SILENT_MS = 120_000;

/** Files that this process is working on. */
const inWork = () => shared('lettersInWork', () => new Set<string>());

/** Moves the letters of `path` aside, in the name of this process. Nothing happens when there are none. */
export async function setAside(path: string): Promise<void> {
  await rename(path, asideName(path, String(Date.now()))).catch(ignoreMissing);
}

/**
 * Calls `work` for each file that was set aside and that nobody works on, oldest first. What a process that is gone left
 * is taken over by a rename, which only one process can do.
 */
export async function eachAside(path: string, work: (aside: string) => Promise<void>): Promise<void> {
  for (const found of await listAside(path)) {
    const aside = await claimAside(path, found);
    if (aside === null) continue;
    const alive = setInterval(() => void touch(aside), ALIVE_EVERY_MS);
    alive.unref();
    try {
      await work(aside);
    } finally {
      clearInterval(alive);
      inWork().delete(aside);
    }
  }
}

async function listAside(path: string): Promise<string[]> {
  const prefix = `${basename(path)}.replaying-`;
  const names = await readdir(dirname(path)).catch(() => []);
  return names
    .filter((name) => name.startsWith(prefix) && !name.endsWith('.draft'))
    .sort()
    .map((name) => join(dirname(path), name));
}

/** The file in the name of this process; null when someone else works on it, or was quicker. */
async function claimAside(path: string, found: string): Promise<string | null> {
  const [since = '0', ownerText = ''] = found.slice(path.length + '.replaying-'.length).split('-');
  const owner = readOwner(ownerText);
  if (inWork().has(found)) return null;
  if (owner !== null && isThis(owner)) {
    inWork().add(found);
    return found;
  }
  // Without an owner it is of a version that did not write one.
  const isFree = owner === null || (isGone(owner) ?? (await isOlderThan(found, SILENT_MS)));
  if (!isFree) return null;
  const mine = asideName(path, since);
  // Before it is there: another replay of this process must not see it free.
  inWork().add(mine);
  try {
    await rename(found, mine);
    await touch(mine);
    return mine;
  } catch (error) {
    inWork().delete(mine);
    return ignoreMissing(error);
  }
}

function asideName(path: string, since: string): string {
  return `${path}.replaying-${since}-${writeOwner(thisOwner())}-${randomUUID().slice(0, 8)}`;
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

export function ignoreMissing(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
  throw error;
}
