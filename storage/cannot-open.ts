// Why the embedded engine did not open, and what to do about it.
import { readFile } from 'node:fs/promises';
import { StorageError } from './database.ts';

/**
 * chDB says only that it failed (its reason goes to standard error), so who is alive tells what happened.
 * @param pidFile where the process that has the folder open left its id
 */
export async function explainCannotOpen(root: string, pidFile: string, cause: unknown): Promise<StorageError> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  const message = isRunning(pid)
    ? `Another Telltale (process ${pid}) is already running on the data directory ${root}. Stop it, or set TELLTALE_DATA_DIR to another folder for this one.`
    : `The embedded engine cannot open the data directory ${root}: ${(cause as Error).message}. The engine's own line before this one says why. Usually another process or container has the folder open, the disk is full, or the folder belongs to another user; TELLTALE_DATA_DIR chooses another folder.`;
  return new StorageError(message, { retryable: false, cause });
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
