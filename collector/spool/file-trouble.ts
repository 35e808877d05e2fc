// Distinguishes trouble with one file of the spool from trouble with storage: the one concerns a single segment, the
// other all of them.
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { toStorageError } from '#storage/database';

/** The bytes are gone: nothing at this path, or something that is no file. Trying again cannot bring them back. */
export class GoneError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'GoneError';
  }
}

/** The file is not as long as it was when it was sealed. */
export class ChangedError extends Error {
  constructor() {
    super('the file has changed its size');
    this.name = 'ChangedError';
  }
}

/**
 * Whether the file is there and as long as it was written; the engine takes an empty one, a shorter one or a directory
 * for an insert that went well.
 * @throws GoneError, or what the system says
 */
export async function checkSize(path: string, bytes: number): Promise<boolean> {
  const facts = await stat(path).catch((error: unknown) => {
    throw asGone(error);
  });
  if (!facts.isFile()) throw new GoneError(`${facts.isDirectory() ? 'a directory' : 'no file'} is in its place`);
  return facts.size === bytes;
}

/** ENOENT and its kin as GoneError; anything else as it is. */
export function asGone(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return new GoneError('the file was deleted');
  return code === 'EISDIR' ? new GoneError('a directory is in its place') : error;
}

// ATTEMPT_TO_READ_AFTER_EOF, CANNOT_SEEK_THROUGH_FILE, CANNOT_READ_FROM_FILE_DESCRIPTOR, CANNOT_OPEN_FILE,
// FILE_DOESNT_EXIST, and what the standard library throws. The engine's own files fail with these too, so the file has
// to be named as well; other failures may name it in passing.
const FILE_ENGINE_CODES = new Set<number | null>([32, 72, 74, 76, 107, 1001]);
const FILE_CODES = new Set<string | undefined>(['EIO', 'EACCES', 'EPERM', 'EISDIR', 'ELOOP', 'ESTALE', 'ENXIO']);

// Which the engine and node say of the file that they were about to open.
const NO_HANDLES = /errno: (12|23|24)\b|\b(EMFILE|ENFILE|ENOMEM)\b/;

/** Whether there was no memory or no file handle left: that concerns the process, and no file. */
export function isOutOfHandles(thrown: unknown): boolean {
  for (let at: unknown = thrown; at instanceof Error; at = at.cause) if (NO_HANDLES.test(at.message)) return true;
  return false;
}

/** Whether a failed insert is about the file that was to be read, and not about storage. */
export function isFileTrouble(thrown: unknown, path: string): boolean {
  if (thrown instanceof GoneError || thrown instanceof ChangedError) return true;
  if (isOutOfHandles(thrown)) return false;
  const { engineCode, message } = toStorageError(thrown);
  if (FILE_ENGINE_CODES.has(engineCode) && message.includes(basename(path))) return true;
  for (let at = thrown as NodeJS.ErrnoException | undefined; at instanceof Error; at = at.cause as typeof at) {
    // A read that fails does not name the file.
    if (at.path === path || (at.syscall === 'read' && FILE_CODES.has(at.code))) return true;
  }
  return false;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
