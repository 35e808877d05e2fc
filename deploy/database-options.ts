// Which engine the settings ask for.
import type { Config } from '#config';
import type { OpenOptions } from '#storage/open';

/** A server when there is a CLICKHOUSE_URL, else the embedded engine in the data directory. */
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
