// The command line: what `telltale <command>` does. Each command loads what it needs and no more: loading everything
// takes longer than most of them run.
import { Command } from 'commander';
import { readConfig } from '#config';
import { ROLES, version } from './app/roles.ts';
import { report } from './cli/report.ts';
import { serve } from './cli/serve.ts';

// Before any file is made, by this program, its engine or a child: nothing is for other users of the machine.
process.umask(0o077);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const program = new Command('telltale')
  .description('Tracing and observability for AI agents.')
  .version(version)
  // Inherited by every command. Exit code 2: invalid usage.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
program
  .command('up')
  .description('everything in one process')
  .action(() => serve(ROLES, say));
for (const role of ROLES)
  program
    .command(role)
    .description(`only the ${role}; needs CLICKHOUSE_URL`)
    .action(() => serve([role], say));
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
    const { saySummary } = await import('./cli/summarize.ts');
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
  .option('--again', 'counts it again although it was written already', false)
  .action(async (options) => {
    const { runDigest } = await import('./cli/digest.ts');
    await runDigest(readConfig(process.env), say, { to: undefined, timeZone: undefined, ...options });
  });
const quarantine = program
  .command('quarantine')
  .description('rows that storage refused for good, kept with the reason');
quarantine
  .command('list')
  .description('one line per entry')
  .action(async () => {
    const { sayQuarantine } = await import('./cli/quarantine.ts');
    await sayQuarantine({ dataDir: readConfig(process.env).TELLTALE_DATA_DIR, say });
  });
quarantine
  .command('retry [ids...]')
  .description('hands entries, or all that hold rows, back to the spool')
  .action(async (ids: string[]) => {
    const { retryFromQuarantine } = await import('./cli/quarantine.ts');
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
    const { diagnose } = await import('./cli/doctor.ts');
    const healthy = await diagnose({ env: process.env, say, ...options });
    process.exitCode = healthy ? 0 : 1;
  });

// An unhandled rejection is a bug, but no reason to stop receiving.
process.on('unhandledRejection', (error) => console.error('telltale: unhandled promise rejection:', error));
program.parseAsync().catch(report);
