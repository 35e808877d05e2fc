// The command line: what `telltale <command>` does. Each command loads what it needs and no more: loading everything
// takes longer than most of them run.
import { Command } from 'commander';
import { ConfigError, readConfig } from '#config';
import { StorageError } from '#storage/database';
import { openBindProblem } from './deploy/open-bind.ts';
import { ROLES, type Role, version } from './deploy/roles.ts';

// Before any file is made, by this program, its engine or a child: nothing is for other users of the machine.
process.umask(0o077);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Supervisors kill after ten seconds or more. */
const STOP_WITHIN_MS = 9000;

/** Runs until a signal comes; a second one a while later ends at once. */
async function serve(roles: readonly Role[]): Promise<void> {
  const config = readConfig(process.env);
  if (roles.length < ROLES.length && config.CLICKHOUSE_URL === undefined) {
    throw new ConfigError([
      'CLICKHOUSE_URL: one role alone needs a ClickHouse server that the other roles share. Use `telltale up` for everything in one process.',
    ]);
  }
  const problem = openBindProblem(config, roles);
  if (problem !== null) throw new ConfigError([problem]);
  const hasParent = process.connected;
  const { startRoles } = await import('./deploy/run-roles.ts');
  const running = await startRoles(config, roles, say);
  let stoppingSinceMs: number | null = null;
  const stop = () => {
    if (stoppingSinceMs !== null) {
      // Ctrl-C reaches the whole process group and is passed on to us as well: the same wish twice is one wish.
      if (Date.now() - stoppingSinceMs > 1000) process.exit(1);
      return;
    }
    stoppingSinceMs = Date.now();
    // Whatever still waits, for storage or for a reader, has had its time. What was acknowledged is on disk.
    setTimeout(() => {
      console.error(
        'telltale: stopping takes too long; ending now. What is in the spool is inserted at the next start.',
      );
      // With the embedded engine open, leaving in the usual way may wait for it for ever.
      if (config.CLICKHOUSE_URL === undefined) process.kill(process.pid, 'SIGKILL');
      process.exit(0);
    }, STOP_WITHIN_MS).unref();
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
  // Whoever started us (deploy/start.mjs) is gone, killed perhaps: nobody could stop us any more.
  process.on('disconnect', stop);
  if (hasParent && !process.connected) stop();
}

// What opening a port may fail with, and what to do about it.
const LISTEN_FAILURES: Record<string, string> = {
  EADDRINUSE: 'is in use, perhaps by another Telltale. Stop it, or choose another port with',
  EACCES: 'may not be opened by this user. Choose a port above 1023 with',
  EADDRNOTAVAIL: 'cannot be opened: this machine does not have that address. Check TELLTALE_HOST, and',
  ENOTFOUND: 'cannot be opened: the host is not known. Check TELLTALE_HOST, and',
};

const PORT_SETTINGS = ['TELLTALE_PORT', 'TELLTALE_OTLP_HTTP_PORT', 'TELLTALE_OTLP_GRPC_PORT'] as const;

/** The settings that ask for a port; all of them when it is not known which. */
function settingsOf(port: number | undefined): readonly string[] {
  const config = readConfig(process.env);
  const asking = PORT_SETTINGS.filter((name) => config[name] === port);
  return asking.length > 0 ? asking : PORT_SETTINGS;
}

/** One clear error for what a user can mend; a stack for what only we can. */
function report(error: unknown): void {
  const { code, port, name, message } = error as NodeJS.ErrnoException & { port?: number };
  const failure = LISTEN_FAILURES[code ?? ''];
  if (
    error instanceof ConfigError ||
    error instanceof StorageError ||
    name === 'DemoError' ||
    name === 'CommandError' ||
    name === 'DigestCommandError'
  ) {
    console.error(`telltale: ${message}`);
  } else if (failure !== undefined) {
    const which = port === undefined ? 'a port' : `port ${port}`;
    console.error(`telltale: ${which} ${failure} ${settingsOf(port).join(' or ')} (0 takes a free one).`);
  } else console.error('telltale:', error);
  process.exitCode = 1;
}

const program = new Command('telltale')
  .description('Tracing and observability for AI agents.')
  .version(version)
  // Inherited by every command. 2: it was called in a way that it does not understand.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
program
  .command('up')
  .description('everything in one process')
  .action(() => serve(ROLES));
for (const role of ROLES)
  program
    .command(role)
    .description(`only the ${role}; needs CLICKHOUSE_URL`)
    .action(() => serve([role]));
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
  .command('summarize')
  .description('prints the summary of a run, asked of a running Telltale or, with CLICKHOUSE_URL, of the database')
  .argument('<trace>', 'a trace id, or the address of a run')
  .option('--url <address>', 'where Telltale answers; default: TELLTALE_PUBLIC_URL, else this machine')
  .option('--json', 'the summary and its facts as JSON')
  .option('--redo', 'writes the summary again first')
  .action(async (trace: string, options: { url?: string; json?: true; redo?: true }) => {
    const { saySummary } = await import('./deploy/summarize-command.ts');
    await saySummary({ config: readConfig(process.env), say, ...options }, trace);
  });
program
  .command('digest')
  .description('the digest of a day, from the Telltale that runs: printed, or a copy by mail')
  .requiredOption('--date <date>', 'YYYY-MM-DD; of a week its last day')
  .option('--to <address>', 'mails a copy to this address')
  .option('--print', 'prints it', false)
  .option('--weekly', 'of the seven days that end with the date', false)
  .option('--time-zone <zone>', 'whose day; default TELLTALE_TIMEZONE of the Telltale that runs')
  .option('--again', 'counts anew although it was written already', false)
  .action(async (options) => {
    const { runDigest } = await import('./deploy/digest-command.ts');
    await runDigest(readConfig(process.env), say, { to: undefined, timeZone: undefined, ...options });
  });
const quarantine = program
  .command('quarantine')
  .description('rows that storage refused for good, kept with the reason');
quarantine
  .command('list')
  .description('one line per entry')
  .action(async () => {
    const { sayQuarantine } = await import('./deploy/quarantine-command.ts');
    await sayQuarantine({ dataDir: readConfig(process.env).TELLTALE_DATA_DIR, say });
  });
quarantine
  .command('retry [ids...]')
  .description('hands entries, or all that hold rows, back to the spool')
  .action(async (ids: string[]) => {
    const { retryFromQuarantine } = await import('./deploy/quarantine-command.ts');
    await retryFromQuarantine({ dataDir: readConfig(process.env).TELLTALE_DATA_DIR, say }, ids);
  });
program
  .command('doctor')
  .description('checks settings, storage, ports and channels, and says how to fix each')
  .option('--deep', 'also reads every file of the database; the embedded engine must be stopped')
  .option('--set-aside <table/part>', 'takes a damaged part out of its table, so that the rest is answered')
  .option('--accept-loss', 'says no more of what is missing now')
  .option('--yes', 'does what --set-aside and --accept-loss otherwise only describe')
  .action(async (options: { deep?: true; setAside?: string; acceptLoss?: true; yes?: true }) => {
    const { diagnose } = await import('./deploy/doctor.ts');
    const healthy = await diagnose({ env: process.env, say, ...options });
    process.exitCode = healthy ? 0 : 1;
  });

// A rejected promise nobody waits for is a bug, but not a reason to stop receiving.
process.on('unhandledRejection', (error) => console.error('telltale: a promise failed with nobody waiting:', error));
program.parseAsync().catch(report);
