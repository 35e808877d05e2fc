// Says what was changed so that other users of the machine cannot read the data directory.
import type { Logger } from 'pino';
import { plural } from '#schema/format';
import { keepPrivate } from '#storage/private-directory';

/** @throws StorageError when it is open to others and cannot be closed */
export async function closeDataDir(dataDir: string, log: Pick<Logger, 'warn'>): Promise<void> {
  const repair = await keepPrivate(dataDir);
  if (repair === null) return;
  const { closed, notOurs, isCut } = repair;
  if (closed > 0) {
    log.warn(
      `${plural(closed, 'file or folder', 'files and folders')} of the data directory ${dataDir} could be opened by other users of this machine; now only their owner can. Copies that others made meanwhile are not undone.`,
    );
  }
  if (notOurs.length > 0 || isCut) {
    const which =
      notOurs.length > 0 ? `${plural(notOurs.length, 'file')} in it (first: ${notOurs[0]})` : 'some files in it';
    log.warn(`${which} may still be open to others: run chown and chmod -R go-rwx on ${dataDir}`);
  }
}
