// Opens storage for the roles of a process: private files, the engine, the check for damage, the schema, the retention,
// and the key that encrypts secrets.
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '#config';
import { CHANNELS } from '#contracts/channel';
import type { Database } from '#storage/database';
import { migrate } from '#storage/migrate';
import { openDatabase } from '#storage/open';
import { applyRetention } from '#storage/retention';
import { sealStoredSecrets } from '#storage/sealed-settings';
import type { Closeable } from './close-all.ts';
import { databaseOptions, ledgerOptions } from './database-options.ts';
import { closeDataDir } from './private-data.ts';
import { ROLES, type Role } from './roles.ts';
import { openSecretBox } from './secret-key.ts';
import { type StoredData, watchStoredData } from './stored-data.ts';

/**
 * @param timed measures the durations of queries
 * @param opened called with each part as soon as it is open, also when what comes after it fails
 * @throws StorageError or ConfigError with what to do next
 */
export async function openStorage(
  config: Config,
  roles: readonly Role[],
  log: Logger,
  opened: (part: Closeable) => void,
  timed: (db: Database) => Database,
): Promise<StoredData> {
  const keepsFiles = config.CLICKHOUSE_URL === undefined || roles.includes('collector');
  if (keepsFiles) await closeDataDir(resolve(config.TELLTALE_DATA_DIR), log);
  const ledger = await ledgerOptions(config, keepsFiles);
  // Roles that share a server need the same key, so it has to come from the settings.
  const isAlone = config.CLICKHOUSE_URL === undefined || roles.length === ROLES.length;
  const secretBox = await openSecretBox(config, isAlone);
  if (secretBox === undefined) {
    log.warn('secrets of channels are stored unencrypted: set the same TELLTALE_SECRET_KEY for every role');
  }
  const opening = await openDatabase(databaseOptions(config));
  opened(opening);
  const engine = timed(secretBox === undefined ? opening : { ...opening, secretBox });
  // Before anything is inserted or removed.
  const storedData = await watchStoredData({ db: engine, ...ledger, now: Date.now, log });
  opened(storedData);
  const { db } = storedData;
  await migrate(db, config.CLICKHOUSE_CLUSTER);
  const sealed = await sealStoredSecrets(db, [CHANNELS]);
  if (sealed > 0)
    log.info({ rows: sealed }, 'encrypted the secrets of channels that an earlier version had stored in plain text');
  await applyRetention(db, config.TELLTALE_RETENTION_DAYS, config.CLICKHOUSE_CLUSTER);
  return storedData;
}
