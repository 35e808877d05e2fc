// Hands what lies in the quarantine back to the spool.
import { mkdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { explainUnreadable, layoutsOfFile } from '#storage/native/frame-layout';
import { REPLAY_FOLDER } from '../replay.ts';
import { scanFile } from '../scan.ts';
import { type SegmentName, segmentFileName, syncFolder } from '../segment.ts';
import { exists, QUARANTINE_ID, type QuarantineEntry, readNote, segmentOf } from './entry.ts';

/**
 * Hands an entry back to the spool, which inserts it: at once when Telltale runs, else at the next start. Rows that are
 * refused again come back with the new reason, and of many that are refused each retry narrows down some (bisect.ts).
 * @throws when there is no such entry, or nothing in it can be read as rows
 */
export async function retryQuarantine(dir: string, spoolDir: string, id: string): Promise<QuarantineEntry> {
  const entry = await findEntry(dir, id);
  if (entry === null) throw new Error(`There is no quarantine entry ${id}; \`telltale quarantine list\` shows them.`);
  if (entry.isLost === true)
    throw new Error(
      `Entry ${id} has no bytes (${entry.reason}); send those rows again if their sender still has them.`,
    );
  const from = join(dir, `${id}.native`);
  const replayDir = join(spoolDir, REPLAY_FOLDER);
  const to = join(
    replayDir,
    entry.table === null ? await nameInSpool(entry, from) : `${entry.table}-${entry.rows}-${id}.native`,
  );
  await mkdir(replayDir, { recursive: true, mode: 0o700 });
  await rename(from, to);
  await syncFolder(replayDir);
  await unlink(join(dir, `${id}.json`));
  return entry;
}

/** null when there is no such entry. */
async function findEntry(dir: string, id: string): Promise<QuarantineEntry | null> {
  if (!QUARANTINE_ID.test(id)) return null;
  const entry = await readNote(join(dir, `${id}.json`));
  return entry?.isLost === true || (await exists(join(dir, `${id}.native`))) ? entry : null;
}

/** Bytes of a segment file go back under its name, so that they are checked as one. @throws when none is a record */
async function nameInSpool(entry: QuarantineEntry, path: string): Promise<string> {
  const cannot = (why: string) =>
    new Error(`Entry ${entry.id} is not readable as rows (${why}); it can only be looked at.`);
  const segment = segmentOf(entry);
  if (segment === null) throw cannot(entry.reason);
  const layouts = layoutsOfFile(segment.version);
  if (layouts === null) throw new Error(`Entry ${entry.id} was ${explainUnreadable(segment.version)}.`);
  const bytes = await readFile(path).catch((error: Error) => {
    throw cannot(`${entry.reason}; still ${error.message}`);
  });
  if ((await scanFile(bytes, segment.nonce, layouts)).blocks.length === 0) throw cannot(entry.reason);
  return retriedName(segment, entry.id);
}

const retriedName = (segment: SegmentName, id: string): string => `${segmentFileName(segment)}+${id}`;
