// Which engine the settings ask for, and where the ledger of its parts is.
import { resolve } from 'node:path';
import type { Config } from '#config';
import { readPartsOnDisk } from '#storage/ledger-file';
import type { OpenOptions } from '#storage/open';
import type { LookOptions } from './stored-data.ts';

/** A server when CLICKHOUSE_URL is set, else the embedded engine in the data directory. */
export function databaseOptions(config: Config): OpenOptions {
  if (config.CLICKHOUSE_URL === undefined) return { dataDir: config.TELLTALE_DATA_DIR };
  return {
    url: config.CLICKHOUSE_URL,
    user: config.CLICKHOUSE_USER,
    password: config.CLICKHOUSE_PASSWORD,
    database: config.CLICKHOUSE_DATABASE,
    cluster: config.CLICKHOUSE_CLUSTER,
  };
}

/**
 * Call it before the engine is opened. A server ran before this process, so its merges are expected. On a cluster parts
 * move between replicas, so there is no ledger.
 * @param keepsFiles whether this process has a data directory
 */
export async function ledgerOptions(
  config: Config,
  keepsFiles: boolean,
): Promise<Pick<LookOptions, 'dataDir' | 'onDisk' | 'retentionDays'>> {
  const dataDir = resolve(config.TELLTALE_DATA_DIR);
  return {
    dataDir: keepsFiles && config.CLICKHOUSE_CLUSTER === undefined ? dataDir : null,
    onDisk: config.CLICKHOUSE_URL === undefined ? await readPartsOnDisk(dataDir) : null,
    retentionDays: config.TELLTALE_RETENTION_DAYS,
  };
}
