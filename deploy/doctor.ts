// `telltale doctor`: is everything in place, and if not, what to do.
import { createServer } from 'node:net';
import { type Config, ConfigError, readConfig, unknownSettings } from '#config';
import { statusSchema } from '#schema/status';
import { openDatabase } from '#storage/open';
import { checkChannels } from './check-channels.ts';
import { databaseOptions } from './database-options.ts';
import { modelProblem } from './model-writer.ts';

interface Check {
  readonly name: string;
  /** What is wrong and how to mend it; null when all is well. */
  readonly problem: string | null;
}

export interface DoctorDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
}

/** Runs every check, says each result, and returns whether all passed. */
export async function diagnose({ env, say }: DoctorDeps): Promise<boolean> {
  const checks: Check[] = [];
  const add = (name: string, problem: string | null) => {
    checks.push({ name, problem });
    say(problem === null ? `ok    ${name}` : `WRONG ${name}: ${problem}`);
  };
  let config: Config;
  try {
    config = readConfig(env);
    const unknown = unknownSettings(env);
    add('settings', unknown.length === 0 ? null : `${unknown.join(', ')}: no such setting; check the spelling.`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) add('settings', problem);
    return false;
  }
  const running = await findRunning(config);
  if (running === null) {
    add(storageName(config), await checkStorage(config));
    for (const { name, setting, port } of portsOf(config)) {
      add(name, await checkPort(port, config.TELLTALE_HOST, setting));
    }
  } else {
    say(`      a Telltale ${running.version} runs here and takes spans at ${running.otlpUrl ?? 'no port of its own'}`);
    add(storageName(config), running.canStore ? null : 'the Telltale that runs cannot store now; its log says why.');
  }
  for (const { name, problem } of await checkChannels(config)) add(name, problem);
  const worded =
    config.OPENAI_API_KEY === undefined ? 'by rule (no OPENAI_API_KEY)' : `by ${config.TELLTALE_SUMMARY_MODEL}`;
  add(`summaries ${worded}`, modelProblem(config));
  return checks.every(({ problem }) => problem === null);
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
}

/** The Telltale that answers on the API port, or null. */
async function findRunning({ TELLTALE_HOST: host, TELLTALE_PORT: port }: Config): Promise<Running | null> {
  if (port === 0) return null;
  const base = `http://${['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host}:${port}`;
  try {
    const signal = AbortSignal.timeout(3000);
    const status = statusSchema.safeParse(await (await fetch(`${base}/api/status`, { signal })).json());
    if (!status.success) return null;
    const { version, otlpUrl } = status.data;
    return { version, otlpUrl, canStore: (await fetch(`${base}/readyz`, { signal })).ok };
  } catch {
    return null;
  }
}

const storageName = (config: Config): string =>
  config.CLICKHOUSE_URL === undefined
    ? `storage in ${config.TELLTALE_DATA_DIR}`
    : `storage at ${config.CLICKHOUSE_URL}`;

async function checkStorage(config: Config): Promise<string | null> {
  try {
    const db = await openDatabase(databaseOptions(config));
    await db.close();
    return null;
  } catch (error) {
    return (error as Error).message;
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
