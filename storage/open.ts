// Opens an engine: a URL means a ClickHouse server over HTTP, a path means the embedded chDB. One client library, one
// SQL for both. The only file that names chdb.
import { mkdir, open, unlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { bindAsLiterals, bindForServer, quote } from './bind.ts';
import { explainCannotOpen, refuseIfInUse } from './cannot-open.ts';
import { type Database, type Params, type QueryLimits, StorageError, toStorageError } from './database.ts';
import { embeddedLife, onceInLife, serverLife } from './engine-life.ts';
import { engineMemory } from './engine-memory.ts';
import { createPool, type Pool } from './pool.ts';
import { readRows } from './read-rows.ts';

export type OpenOptions =
  | { readonly dataDir: string; readonly readers?: number }
  | {
      readonly url: string;
      readonly user: string;
      readonly password: string;
      readonly database: string;
      readonly cluster?: string | undefined;
    };

/** Rows wait for nobody and numbers keep all their digits; these go into the SQL because chDB would keep them for good. */
const READ_SETTINGS = 'output_format_json_quote_64bit_integers = 1';

/**
 * A statement is as long as the names and ids that it asks for: with the engine's defaults (256 KiB, 50,000 elements)
 * one trace of long names would end every list that holds it. On an embedded connection settings stay; a server gets
 * them with each read, since it keeps that much of an insert's body in memory.
 */
const STATEMENT_LIMITS = {
  max_query_size: '67108864',
  max_ast_elements: '20000000',
  max_expanded_ast_elements: '20000000',
} as const;

/**
 * Opens storage. The embedded engine takes one process per data directory.
 * @throws StorageError with what to do next when the directory is in use or the server does not answer
 */
export async function openDatabase(options: OpenOptions): Promise<Database> {
  return 'url' in options ? openServer(options) : openEmbedded(options);
}

async function openEmbedded({ dataDir, readers = 3 }: { dataDir: string; readers?: number }): Promise<Database> {
  const root = resolve(dataDir);
  // The engine reads files by pattern: these would stand for other names.
  if (/[*?{}]/.test(root)) {
    throw new StorageError(
      `The data directory ${root} must not have * ? { or } in its path. Choose another with TELLTALE_DATA_DIR.`,
      { retryable: false },
    );
  }
  await mkdir(root, { recursive: true, mode: 0o700 });
  const pidFile = join(root, 'telltale.pid');
  await refuseIfInUse(root, pidFile);
  const { createChdbConnection } = await import('chdb/connection').catch((cause: unknown) => {
    throw new StorageError(
      'The embedded engine does not load on this platform (it runs on Linux x64/arm64 with glibc, and macOS). Set CLICKHOUSE_URL to use a ClickHouse server instead.',
      { retryable: false, cause },
    );
  });
  // chdb declares the client's connection types from its own copy of them; the two are the same at run time.
  type Connection = NonNullable<NonNullable<Parameters<typeof createClient>[0]>['connection']>;
  const connect = () =>
    createClient({ connection: createChdbConnection({ path: join(root, 'engine') }) as unknown as Connection });
  // One statement at a time per connection, so writes have their own and reads share a few.
  const clients: ClickHouseClient[] = [];
  try {
    for (let i = 0; i < readers + 2; i++) clients.push(connect());
    await Promise.all(clients.map((client) => prepare(client)));
  } catch (error) {
    await Promise.allSettled(clients.map((client) => client.close()));
    throw await explainCannotOpen(root, pidFile, error);
  }
  await writeFile(pidFile, String(process.pid));
  const writers = createPool(clients.slice(0, 2));
  const pool = createPool(clients.slice(2));
  const life = embeddedLife();
  const memory = engineMemory(() => pool.use((client) => client.command({ query: 'SYSTEM JEMALLOC PURGE' })));
  return {
    ...common(pool, writers, (sql, params) => ({ query: bindAsLiterals(sql, params) }), memory.afterStatement),
    engine: 'chdb',
    version: await readVersion(clients[0] as ClickHouseClient),
    // Inline bodies are unsafe here: after a blank line in the data the engine runs the rest as SQL. A file is not parsed.
    insertFile: onceInLife(life, (table, path, settings) =>
      writers.use(async (client) => {
        await client.command({
          query: `INSERT INTO ${table} FROM INFILE ${quote(path)} SETTINGS ${settings} FORMAT Native`,
        });
      }),
    ),
    async close() {
      await Promise.all([pool.close(), writers.close()]);
      await unlink(pidFile).catch(() => undefined);
    },
  };
}

async function openServer(options: Extract<OpenOptions, { url: string }>): Promise<Database> {
  const { url, user: username, password, database, cluster } = options;
  // Whoever calls us logs a failure, once; the client's own log would repeat it with the SQL.
  const log = { level: ClickHouseLogLevel.OFF };
  const base = { url, username, password, application: 'telltale', request_timeout: 60_000, log };
  const admin = createClient(base);
  try {
    const onCluster = cluster === undefined ? '' : ` ON CLUSTER ${quote(cluster)}`;
    await admin.command({ query: `CREATE DATABASE IF NOT EXISTS \`${database}\`${onCluster}` });
  } catch (cause) {
    throw new StorageError(
      `ClickHouse at ${url} did not let us in: ${(cause as Error).message}. Check CLICKHOUSE_URL, CLICKHOUSE_USER and CLICKHOUSE_PASSWORD.`,
      { retryable: true, cause },
    );
  } finally {
    await admin.close();
  }
  const client = createClient({
    ...base,
    database,
    max_open_connections: 10,
    compression: { request: true, response: true },
  });
  const pool = createPool([client], 10, 1000);
  const life = serverLife(client, cluster);
  return {
    ...common(pool, pool, (sql, params) => {
      const bound = bindForServer(sql, params);
      return { query: bound.sql, query_params: bound.values, clickhouse_settings: STATEMENT_LIMITS };
    }),
    engine: 'clickhouse',
    version: await readVersion(client),
    insertFile: onceInLife(life, (table, path, settings) =>
      pool.use(async () => {
        // Opened first, so that a file that cannot be read is a failure of this insert.
        const file = await open(path);
        try {
          const { stream } = await client.exec({
            query: `INSERT INTO ${table} SETTINGS ${settings}, async_insert = 0 FORMAT Native`,
            values: file.createReadStream({ highWaterMark: 1 << 20 }),
          });
          await finished(stream.resume());
        } finally {
          await file.close();
        }
      }),
    ),
    close: () => pool.close(),
  };
}

type Bind = (
  sql: string,
  params: Params,
) => { query: string; query_params?: Record<string, unknown>; clickhouse_settings?: typeof STATEMENT_LIMITS };

/** What both engines do alike. */
function common(
  readers: Pool,
  writers: Pool,
  bind: Bind,
  afterRead: () => void = () => undefined,
): Pick<Database, 'query' | 'queryTuples' | 'command' | 'insertRows'> {
  const read = async (
    sql: string,
    params: Params,
    limits: QueryLimits,
    format: 'JSONEachRow' | 'JSONCompactEachRow',
  ) => {
    const bound = bind(sql, params);
    const threads = limits.maxThreads === undefined ? '' : `, max_threads = ${Number(limits.maxThreads)}`;
    const query = `${bound.query}\nSETTINGS ${READ_SETTINGS}, max_execution_time = ${Number(limits.maxSeconds ?? 15)}${threads}`;
    try {
      return await readers.use(async (client) => readRows(await client.query({ ...bound, query, format })));
    } catch (error) {
      throw toStorageError(error);
    } finally {
      afterRead();
    }
  };
  return {
    query: async <Row>(sql: string, params: Params = {}, limits: QueryLimits = {}) =>
      (await read(sql, params, limits, 'JSONEachRow')) as Row[],
    queryTuples: async <Row extends readonly unknown[]>(sql: string, params: Params = {}, limits: QueryLimits = {}) =>
      (await read(sql, params, limits, 'JSONCompactEachRow')) as unknown as Row[],
    async command(sql) {
      await writers
        .use((client) => client.command({ query: sql }))
        .catch((error: unknown) => {
          throw toStorageError(error);
        });
    },
    async insertRows(table, rows) {
      if (rows.length === 0) return;
      await writers
        .use((client) => client.insert({ table, values: rows as unknown[], format: 'JSONEachRow' }))
        .catch((error: unknown) => {
          throw toStorageError(error);
        });
    },
  };
}

/** The first statement on an embedded connection. */
async function prepare(client: ClickHouseClient): Promise<void> {
  const limits = Object.entries(STATEMENT_LIMITS).map(([name, value]) => `${name} = ${value}`);
  await client.command({ query: `SET ${limits.join(', ')}` });
}

async function readVersion(client: ClickHouseClient): Promise<string> {
  const rows = await (await client.query({ query: 'SELECT version() AS version', format: 'JSONEachRow' })).json<{
    version: string;
  }>();
  return rows[0]?.version ?? 'unknown';
}
