// `telltale doctor`: whether everything is in place, and if not, what to do.
import { createServer } from 'node:net';
import { type Config, ConfigError, readConfig, unknownSettings } from '#config';
import { channelListSchema } from '#contracts/channel-view';
import { statusSchema } from '#contracts/status';
import type { Database } from '#storage/database';
import { openDatabase } from '#storage/open';
import { keepPrivate } from '#storage/private-directory';
import { givenChannels } from '../alerting/deliver/channels/environment.ts';
import { keptNotices } from '../alerting/deliver/channels/keep-earlier.ts';
import { checkChannels, environmentChannels } from '../app/check-channels.ts';
import { databaseOptions, ledgerOptions } from '../app/database-options.ts';
import { modelProblem } from '../app/model-writer.ts';
import { openBindProblem, ROLES } from '../app/roles.ts';
import { knownSecretBox } from '../app/secret-key.ts';
import { type AddCheck, asksForFiles, checkStoredData, type StoredDataOptions } from './check-stored-data.ts';

const PROJECT_ID = 'default';

export interface DoctorDeps extends StoredDataOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
}

/** Runs every check, prints each result, and returns whether all passed. */
export async function diagnose({ env, say, ...options }: DoctorDeps): Promise<boolean> {
  let isWell = true;
  const add: AddCheck = (name, problem) => {
    isWell &&= problem === null;
    say(problem === null ? `ok    ${name}` : `WRONG ${name}: ${problem}`);
  };
  let config: Config;
  try {
    config = readConfig(env);
    const unknown = unknownSettings(env);
    add('settings', unknown.length === 0 ? null : `${unknown.join(', ')}: no such setting; check the spelling.`);
    const open = openBindProblem(config, ROLES);
    if (open !== null) add('address', open);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) add('settings', problem);
    return false;
  }
  const running = await findRunning(config);
  if (running === null) {
    await checkStorage(config, options, add, say);
    for (const { name, setting, port } of portsOf(config)) {
      add(name, await checkPort(port, config.TELLTALE_HOST, setting));
    }
  } else {
    say(`      a Telltale ${running.version} runs here and takes spans at ${running.otlpUrl ?? 'no port of its own'}`);
    add(storageName(config), running.canStore ? null : 'the Telltale that runs cannot store now; its log says why.');
    add('stored data', running.damage);
    for (const notice of running.notices) say(`note  ${notice}`);
    // A server takes two; the embedded engine takes one process.
    if (asksForFiles(options)) {
      if (config.CLICKHOUSE_URL !== undefined) await checkStorage(config, options, add, say);
      else add('files of the database', 'the Telltale that runs has them open. Stop it and run this again.');
    }
  }
  for (const { name, problem } of await checkChannels(config)) add(name, problem);
  const worded =
    config.OPENAI_API_KEY === undefined ? 'by rule (no OPENAI_API_KEY)' : `by ${config.TELLTALE_SUMMARY_MODEL}`;
  add(`summaries ${worded}`, modelProblem(config));
  return isWell;
}

const portsOf = (config: Config) => [
  { name: `port ${config.TELLTALE_PORT} (UI and API)`, setting: 'TELLTALE_PORT', port: config.TELLTALE_PORT },
  {
    name: `port ${config.TELLTALE_OTLP_HTTP_PORT} (OTLP over HTTP)`,
    setting: 'TELLTALE_OTLP_HTTP_PORT',
    port: config.TELLTALE_OTLP_HTTP_PORT,
  },
  {
    name: `port ${config.TELLTALE_OTLP_GRPC_PORT} (OTLP over gRPC)`,
    setting: 'TELLTALE_OTLP_GRPC_PORT',
    port: config.TELLTALE_OTLP_GRPC_PORT,
  },
];

interface Running {
  readonly version: string;
  readonly otlpUrl: string | null;
  readonly canStore: boolean;
  readonly damage: string | null;
  /** What an upgrade left unchanged, and what to do about it. */
  readonly notices: readonly string[];
}

/** The Telltale that answers on the API port, or null. */
async function findRunning({ TELLTALE_HOST: host, TELLTALE_PORT: port }: Config): Promise<Running | null> {
  if (port === 0) return null;
  const base = `http://${['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host}:${port}`;
  try {
    const signal = AbortSignal.timeout(3000);
    const status = statusSchema.safeParse(await (await fetch(`${base}/api/status`, { signal })).json());
    if (!status.success) return null;
    const { version, otlpUrl, storedData } = status.data;
    const canStore = (await fetch(`${base}/readyz`, { signal })).ok;
    return { version, otlpUrl, canStore, damage: storedData?.warning ?? null, notices: await noticesOf(base) };
  } catch {
    return null;
  }
}

/** What an upgrade left unchanged, read from storage itself; a new store has none. */
async function storedNotices(db: Database, config: Config): Promise<readonly string[]> {
  const [table] = await db.query<{ n: string }>(
    "SELECT count() AS n FROM system.tables WHERE database = currentDatabase() AND name = 'settings'",
  );
  if (Number(table?.n) === 0) return [];
  const secretBox = await knownSecretBox(config);
  const given = givenChannels(environmentChannels(config));
  return keptNotices({ db: secretBox === undefined ? db : { ...db, secretBox }, projectId: PROJECT_ID, given });
}

/** Empty when that Telltale is busy or of another version. */
async function noticesOf(base: string): Promise<readonly string[]> {
  const answer = await fetch(`${base}/api/channels`, { signal: AbortSignal.timeout(3000) })
    .then((response) => response.json())
    .catch(() => null);
  const list = channelListSchema.pick({ notices: true }).safeParse(answer);
  return list.success ? list.data.notices : [];
}

const storageName = (config: Config): string =>
  config.CLICKHOUSE_URL === undefined
    ? `storage in ${config.TELLTALE_DATA_DIR}`
    : `storage at ${config.CLICKHOUSE_URL}`;

/** Opens storage, and checks what is stored. */
async function checkStorage(
  config: Config,
  options: StoredDataOptions,
  add: AddCheck,
  say: (line: string) => void,
): Promise<void> {
  let db: Database;
  const ledger = await ledgerOptions(config, true);
  try {
    if (config.CLICKHOUSE_URL === undefined) await keepPrivate(config.TELLTALE_DATA_DIR);
    db = await openDatabase(databaseOptions(config));
  } catch (error) {
    add(storageName(config), (error as Error).message);
    return;
  }
  try {
    add(storageName(config), null);
    await checkStoredData({ db, now: Date.now, ...ledger }, options, add, say);
    for (const notice of await storedNotices(db, config)) say(`note  ${notice}`);
  } catch (error) {
    add('stored data', (error as Error).message);
  } finally {
    await db.close();
  }
}

function checkPort(port: number, host: string, setting: string): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(
        error.code === 'EADDRINUSE'
          ? `in use, perhaps by a Telltale that runs already. Stop it or set ${setting}.`
          : `cannot be opened on ${host} (${error.code}). Check TELLTALE_HOST and ${setting}.`,
      );
    });
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}
