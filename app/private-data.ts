// Logs what was changed so that other users of the machine cannot read the data directory.
import { join } from 'node:path';
import type { Logger } from 'pino';
import { plural } from '#domain/format';
import { keepPrivate } from '#storage/private-directory';

const SHOWN = 5;

/** @throws StorageError when it is open to others and cannot be closed */
export async function closeDataDir(dataDir: string, log: Pick<Logger, 'warn'>): Promise<void> {
  const repair = await keepPrivate(dataDir);
  if (repair === null) return;
  const { closed, notOurs, isCut, leftOpen } = repair;
  if (closed > 0) {
    log.warn(
      `${plural(closed, 'file or folder', 'files and folders')} of the data directory ${dataDir} could be opened by other users of this machine; now only their owner can. Copies that others made meanwhile are not undone.`,
    );
  }
  if (leftOpen !== null) {
    log.warn(
      `the data directory ${dataDir} is open to other users of this machine, and was left so because ${leftOpen}. Only what Telltale has in it is closed. To give Telltale a folder of its own, stop it, move that (engine, spool, quarantine, telltale.pid, stored-parts.jsonl) into ${join(dataDir, 'telltale')} and set TELLTALE_DATA_DIR to it; or close the directory: chmod 700 ${dataDir}`,
    );
  }
  if (notOurs.length > 0 || isCut) {
    const which =
      notOurs.length > 0 ? `${plural(notOurs.length, 'file')} in it (first: ${notOurs[0]})` : 'some files in it';
    const few = notOurs.length > 0 && notOurs.length <= SHOWN && !isCut;
    const toClose = few ? notOurs.join(' ') : `engine, spool and quarantine in ${dataDir}`;
    log.warn(`${which} may still be open to others: run chown and chmod -R go-rwx on ${toClose}`);
  }
}
