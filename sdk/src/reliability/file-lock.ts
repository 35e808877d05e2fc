// A lock between processes, as a file: held for milliseconds, and taken over from a process that is gone.
import { randomUUID } from 'node:crypto';
import { link, open, readFile, rm, stat } from 'node:fs/promises';
import { isGone, type Owner, readOwner, thisOwner, writeOwner } from './process-owner.ts';

/** A lock whose owner cannot be checked counts as left behind after this. Locks are held for milliseconds. */
const STALE_MS = 60_000;
const POLL_MS = 5;
const MAX_POLL_MS = 50;

type Release = () => Promise<void>;

/** Runs `work` while no other process holds the lock. @throws when it is not free within `waitMs` */
export async function withLock<T>(path: string, work: () => Promise<T>, waitMs = 30_000): Promise<T> {
  const release = await waitForLock(path, waitMs);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function waitForLock(path: string, waitMs: number): Promise<Release> {
  const giveUpAt = performance.now() + waitMs;
  for (let pollMs = POLL_MS; ; pollMs = Math.min(pollMs * 2, MAX_POLL_MS)) {
    const release = await takeLock(path);
    if (release !== null) return release;
    if (performance.now() >= giveUpAt) throw new Error(`${path} is held by another process.`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** null when another holds it. The folder must exist. */
export async function takeLock(path: string): Promise<Release | null> {
  if (await create(path)) return () => rm(path, { force: true });
  const held = await readLock(path);
  if (held === null) return (await create(path)) ? () => rm(path, { force: true }) : null;
  if (!(await isLeftBehind(path, held.owner))) return null;
  await remove(path, held.token);
  return (await create(path)) ? () => rm(path, { force: true }) : null;
}

/**
 * Removes the lock that holds `token`, and no other. Two may have seen it left behind; a lock of its own for this very
 * token lets only one of them remove it, and that one checks again first.
 */
async function remove(path: string, token: string): Promise<void> {
  const release = await takeLock(`${path}.${token}`);
  if (release === null) return;
  try {
    if ((await readLock(path))?.token === token) await rm(path, { force: true });
  } finally {
    await release();
  }
}

/** True when this process made the file; a link fails when the name is taken, and never shows half a file. */
async function create(path: string): Promise<boolean> {
  const token = randomUUID().slice(0, 8);
  const draft = `${path}.${token}.draft`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${token} ${writeOwner(thisOwner())}`);
    await file.close();
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await file.close().catch(() => undefined);
    await rm(draft, { force: true });
  }
}

/** null when there is no lock. */
async function readLock(path: string): Promise<{ token: string; owner: Owner | null } | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  const [token = '', owner = ''] = text.trim().split(' ');
  // It becomes part of a name.
  return { token: /^[\da-f]{8}$/.test(token) ? token : 'unreadable', owner: readOwner(owner) };
}

async function isLeftBehind(path: string, owner: Owner | null): Promise<boolean> {
  const gone = owner === null ? null : isGone(owner);
  return gone ?? (await isOlderThan(path, STALE_MS));
}

/** By the clock that dates files here: that of a file server, or of a machine whose own clock was set, differs. */
export async function isOlderThan(path: string, ms: number): Promise<boolean> {
  const made = await stat(path).catch(() => null);
  if (made === null) return false;
  const probe = `${path}.${randomUUID().slice(0, 8)}.draft`;
  const file = await open(probe, 'wx', 0o600);
  try {
    return (await file.stat()).mtimeMs - made.mtimeMs >= ms;
  } finally {
    await file.close();
    await rm(probe, { force: true });
  }
}
