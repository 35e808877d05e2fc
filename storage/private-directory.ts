// Keeps a data directory from other users of the machine: prompts and answers are in it.
import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { StorageError } from './database.ts';

/** Bits that let the group or everyone else in. */
const OTHERS = 0o077;
/** Set on folders that everyone shares, like /tmp. */
const STICKY = 0o1000;
/** Set where everyone may put something. */
const EVERYONE_WRITES = 0o002;
/** What Telltale writes there; whatever else is in the folder is someone else's. */
const OURS = new Set([
  ...['engine', 'spool', 'spool.pid', 'quarantine', 'telltale.pid'],
  ...['stored-parts.jsonl', 'stored-parts.jsonl.tmp', 'secret.key'],
]);
/** In the root of every volume of its own; only the file system uses it. */
const NOBODYS = 'lost+found';
/** The most files of one start: a store of a year has some ten thousand. */
const MAX_ENTRIES = 500_000;

export interface Repair {
  /** Files and folders that others could open and now cannot. */
  readonly closed: number;
  /** Those that are left open: they belong to other users, or a link in the directory leads to them. */
  readonly notOurs: readonly string[];
  /** There are more files than one start looks at. */
  readonly isCut: boolean;
  /** Why the directory itself was left open to others; null = it is closed. */
  readonly leftOpen: string | null;
}

/**
 * Makes the directory when it is missing, and closes it to others when it is open, with all that Telltale has in it. A
 * directory that holds other things too, or that belongs to someone else, keeps its mode: only what is Telltale's is
 * closed. That is gone through only where the directory itself, or something directly in it, is open: otherwise it was
 * done before.
 * @returns null when nothing was open
 * @throws StorageError when the directory is open to others and what is put in it cannot be kept from them
 */
export async function keepPrivate(dataDir: string): Promise<Repair | null> {
  const root = resolve(dataDir);
  await mkdir(root, { recursive: true, mode: 0o700 });
  const rootStat = await stat(root); // of a link, of what it leads to
  const names = await readdir(root);
  const leftOpen = isOpenTo(rootStat) ? await closeRoot(root, rootStat, names) : null;
  const isClosedNow = isOpenTo(rootStat) && leftOpen === null;
  const inside = names.filter((name) => OURS.has(name)).map((name) => join(root, name));
  const stats = await Promise.all(inside.map((path) => lstat(path).catch(() => null)));
  const isAnyOpen = isClosedNow || stats.some(isOpenTo);
  const notOurs = await openTargets(inside.filter((_, i) => stats[i]?.isSymbolicLink() === true));
  if (!isAnyOpen && leftOpen === null && notOurs.length === 0) return null;
  const repair = { closed: isClosedNow ? 1 : 0, notOurs, isCut: false, leftOpen };
  if (isAnyOpen) await closeAll(inside, repair);
  return repair;
}

/** What links lead to and others can open: it may be anything, so it is named and not changed. */
async function openTargets(links: readonly string[]): Promise<string[]> {
  const open: string[] = [];
  for (const link of links) {
    if (isOpenTo(await stat(link).catch(() => null))) open.push(await realpath(link));
  }
  return open;
}

/** @returns why it was left open; null when it is closed now */
async function closeRoot(root: string, { mode, uid }: Stats, names: readonly string[]): Promise<string | null> {
  const refuse = (why: string, cause?: unknown) =>
    new StorageError(
      `The data directory ${root} is open to other users of this machine (mode ${(mode & 0o7777).toString(8)}), and ${why}. Prompts and answers would be readable. Let Telltale make a folder of its own: TELLTALE_DATA_DIR=${join(root, 'telltale')}`,
      { retryable: false, cause },
    );
  if ((mode & STICKY) !== 0) throw refuse('everyone shares it');
  const me = process.getuid?.() ?? uid;
  const foreign = names.find((name) => !OURS.has(name) && name !== NOBODYS);
  const belongs = uid === me ? null : `it belongs to user ${uid}`;
  // Root could close it, and shut out those whose folder it is.
  if (belongs !== null && me !== 0) throw refuse(`${belongs}, so it cannot be closed by user ${me}`);
  const leftOpen = belongs ?? (foreign === undefined ? null : `it holds other things too (${foreign})`);
  if (leftOpen === null) {
    await chmod(root, mode & 0o777 & ~OTHERS).catch((cause: unknown) => {
      throw refuse(`it cannot be closed by user ${me}`, cause);
    });
  } else if ((mode & EVERYONE_WRITES) !== 0)
    throw refuse(`${leftOpen}, and everyone may put files in the place of ours`);
  return leftOpen;
}

const isOpenTo = (of: Stats | null) => of !== null && (of.isFile() || of.isDirectory()) && (of.mode & OTHERS) !== 0;

/** A folder before what is in it: once it is closed nobody follows us in. Links are left alone, and what they lead to. */
async function closeAll(
  paths: readonly string[],
  repair: { closed: number; notOurs: string[]; isCut: boolean },
): Promise<void> {
  const waiting = [...paths];
  for (let seen = 0, path = waiting.pop(); path !== undefined; path = waiting.pop(), seen++) {
    if (seen === MAX_ENTRIES) {
      repair.isCut = true;
      return;
    }
    // The engine removes files at any time, where a process runs that should not be there.
    const found = await lstat(path).catch(() => null);
    if (found === null) continue;
    if (isOpenTo(found)) {
      const isClosed = await chmod(path, found.mode & 0o777 & ~OTHERS).then(
        () => true,
        () => false,
      );
      if (isClosed) repair.closed++;
      else repair.notOurs.push(path);
    }
    if (found.isDirectory()) {
      const folder = path;
      waiting.push(...(await readdir(folder).catch(() => [])).map((name) => join(folder, name)));
    }
  }
}
