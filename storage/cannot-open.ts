// Why the embedded engine did not open, and what to do about it.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError } from './database.ts';

/**
 * chDB says only that it failed (its reason goes to standard error), so the cause is inferred from which process is
 * alive.
 * @param pidFile where the process that has the folder open left its id
 */
export async function explainCannotOpen(root: string, pidFile: string, cause: unknown): Promise<StorageError> {
  const pid = await readHolder(pidFile);
  const broken = pid === null ? await brokenDefinition(join(root, 'engine')) : null;
  if (broken !== null) {
    return new StorageError(
      `Stored data is damaged: ${broken} is empty or cut, so the embedded engine cannot open the data directory ${root}. Restore a backup (deploy/README.md, "Backup"), or begin with empty storage in another folder (TELLTALE_DATA_DIR).`,
      { retryable: false, cause },
    );
  }
  const message =
    pid === null
      ? `The embedded engine cannot open the data directory ${root}: ${(cause as Error).message}. The engine's own line before this one says why. Usually another process or container has the folder open, the disk is full, or the folder belongs to another user; TELLTALE_DATA_DIR chooses another folder.`
      : inUse(root, pid);
  return new StorageError(message, { retryable: false, cause });
}

/** The first file that should define a table and does not: the engine writes each whole, from ATTACH to a line's end. */
async function brokenDefinition(engine: string): Promise<string | null> {
  const names = await readdir(engine, { recursive: true }).catch(() => []);
  for (const name of names.filter((one) => one.endsWith('.sql')).sort()) {
    const text = await readFile(join(engine, name), 'utf8').catch(() => null);
    if (text !== null && !(text.startsWith('ATTACH ') && text.endsWith('\n'))) return join(engine, name);
  }
  return null;
}

/**
 * Refuses a folder that a running Telltale has open, before the engine is asked: it would print a line of its own.
 * The engine's lock is what really protects the folder; this only says it better.
 */
export async function refuseIfInUse(root: string, pidFile: string): Promise<void> {
  const pid = await readHolder(pidFile);
  if (pid === null) return;
  // After a crash the number may belong to any process by now. Where the system shows it, accept only one of ours.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
  if (command !== null && /main\.ts|telltale\.js/.test(command))
    throw new StorageError(inUse(root, pid), { retryable: false });
}

const inUse = (root: string, pid: number): string =>
  `Another Telltale (process ${pid}) is already running on the data directory ${root}. Stop it, or set TELLTALE_DATA_DIR to another folder for this one.`;

/** The running process that wrote the file, or null. */
async function readHolder(pidFile: string): Promise<number | null> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  return isRunning(pid) ? pid : null;
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
