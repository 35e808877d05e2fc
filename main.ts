// Composition: reads the settings, opens storage, opens the doors; closes the doors first and storage last. Knows every
// room; no room knows it.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { pino } from 'pino';
import { type Config, ConfigError, readConfig, unknownSettings } from '#config';
import { StorageError } from '#storage/database';
import { readIncident, readIncidents } from '#storage/journal';
import { migrate } from '#storage/migrate';
import { openDatabase } from '#storage/open';
import { applyRetention } from '#storage/retention';
import { startAlerting } from './alerting/schedule.ts';
import { startCollector } from './collector/collector.ts';
import { diagnose } from './deploy/doctor.ts';
import { type ProcessFacts, toStatus } from './query-api/process-status.ts';
import { startQueryApi } from './query-api/server.ts';

const ROLES = ['collector', 'query-api', 'alerting'] as const;
type Role = (typeof ROLES)[number];

const PROJECT_ID = 'default';
const UI_DIR = resolve(import.meta.dirname, 'ui/dist');
const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8')) as { version: string };

interface Closeable {
  close(): Promise<void>;
}

/** Starts the given roles. Returns how to stop them: doors first, storage last. */
async function start(config: Config, roles: readonly Role[]): Promise<Closeable> {
  const log = pino({ level: config.TELLTALE_LOG_LEVEL, base: null }, pino.destination({ dest: 2, sync: true }));
  for (const name of unknownSettings(process.env)) log.warn(`${name} is not a setting of Telltale; is it misspelt?`);
  const opened: Closeable[] = [];
  const close = async () => {
    for (const part of opened.splice(0).reverse()) await part.close();
  };
  try {
    const db = await openDatabase(databaseOptions(config));
    opened.push(db);
    await migrate(db, config.CLICKHOUSE_CLUSTER);
    await applyRetention(db, config.TELLTALE_RETENTION_DAYS, config.CLICKHOUSE_CLUSTER);

    const host = config.TELLTALE_HOST;
    const facts: ProcessFacts = { version, startedAtMs: Date.now(), db };
    let publicUrl = config.TELLTALE_PUBLIC_URL ?? `http://localhost:${config.TELLTALE_PORT}`;
    if (roles.includes('query-api')) {
      const api = await startQueryApi({
        db,
        projectId: PROJECT_ID,
        host,
        port: config.TELLTALE_PORT,
        publicUrl: config.TELLTALE_PUBLIC_URL,
        uiDir: UI_DIR,
        status: () => toStatus(facts),
        readIncidents,
        readIncident,
        log,
      });
      opened.push(api);
      publicUrl = config.TELLTALE_PUBLIC_URL ?? api.url;
      say(`  Look: ${publicUrl}`);
    }
    if (roles.includes('alerting')) {
      const alerting = startAlerting({
        db,
        projectId: PROJECT_ID,
        publicUrl: () => publicUrl,
        slackWebhookUrl: config.SLACK_WEBHOOK_URL,
        log,
        now: Date.now,
      });
      facts.detector = alerting.health;
      opened.push({ close: alerting.stop });
    }
    if (roles.includes('collector')) {
      const collector = await startCollector({ db, projectId: PROJECT_ID, host, httpPort: config.TELLTALE_OTLP_HTTP_PORT, log });
      facts.collector = collector.counters;
      opened.push(collector);
      say(`  Send: ${collector.url}  (OTLP over HTTP, protobuf or JSON)`);
    }
    say(`  Data: ${db.engine === 'chdb' ? resolve(config.TELLTALE_DATA_DIR) : config.CLICKHOUSE_URL} (${db.engine} ${db.version})`);
    say('Telltale is ready.');
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}

function databaseOptions(config: Config): Parameters<typeof openDatabase>[0] {
  if (config.CLICKHOUSE_URL === undefined) return { dataDir: config.TELLTALE_DATA_DIR };
  return {
    url: config.CLICKHOUSE_URL,
    user: config.CLICKHOUSE_USER,
    password: config.CLICKHOUSE_PASSWORD,
    database: config.CLICKHOUSE_DATABASE,
    cluster: config.CLICKHOUSE_CLUSTER,
  };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Runs until a signal comes; a second signal ends at once. */
async function serve(roles: readonly Role[]): Promise<void> {
  const config = readConfig(process.env);
  if (roles.length < ROLES.length && config.CLICKHOUSE_URL === undefined) {
    throw new ConfigError(['CLICKHOUSE_URL: one role alone needs a ClickHouse server that the other roles share. Use `telltale up` for everything in one process.']);
  }
  const running = await start(config, roles);
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(1);
    stopping = true;
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error('telltale: stopping failed:', error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

/** One clear error for what a user can mend; a stack for what only we can. */
function report(error: unknown): void {
  if (error instanceof ConfigError || error instanceof StorageError) console.error(`telltale: ${error.message}`);
  else if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    const { port } = error as { port?: number };
    console.error(`telltale: port ${port} is in use, perhaps by another Telltale. Stop it, or choose ports with TELLTALE_PORT and TELLTALE_OTLP_HTTP_PORT (0 takes a free one).`);
  } else console.error('telltale:', error);
  process.exitCode = 1;
}

const program = new Command('telltale').description('Tracing and observability for AI agents.').version(version);
program.command('up', { isDefault: true }).description('everything in one process').action(() => serve(ROLES));
for (const role of ROLES) program.command(role).description(`only the ${role}; needs CLICKHOUSE_URL`).action(() => serve([role]));
program
  .command('demo')
  .description('plays the demo agents against a running Telltale')
  .action(async () => {
    const config = readConfig(process.env);
    const { runDemo } = await import('./sdk/examples/demo.ts');
    await runDemo({
      otlpEndpoint: process.env.OTEL_EXPORTER_OTLP_ENDPOINT ?? `http://127.0.0.1:${config.TELLTALE_OTLP_HTTP_PORT}`,
      uiUrl: config.TELLTALE_PUBLIC_URL ?? `http://localhost:${config.TELLTALE_PORT}`,
      log: say,
    });
  });
program
  .command('doctor')
  .description('checks settings, storage, ports and channels, and says how to mend each')
  .action(async () => {
    const healthy = await diagnose({ env: process.env, say });
    process.exitCode = healthy ? 0 : 1;
  });

// A rejected promise nobody waits for is a bug, but not a reason to stop receiving.
process.on('unhandledRejection', (error) => console.error('telltale: a promise failed with nobody waiting:', error));
program.parseAsync().catch(report);
