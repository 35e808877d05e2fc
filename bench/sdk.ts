// What the SDK costs the agent: per decision span beside a bare OpenTelemetry span in the same process, at 1,000 spans a
// second, to install and to import beside its peers. Adds a section to RESULTS.md. Takes about two minutes, and a few more
// for npm: `npm run bench:sdk -- FOLDER` keeps what was installed in FOLDER for the next time; with `install` after it,
// that is all it does.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArguments } from '../deploy/scripts.mjs';
import { machine, median } from './measure.ts';
import { installAll, measurePackages } from './sdk-packages.ts';

const RESULTS = new URL('./RESULTS.md', import.meta.url);
const file = (name: string): string => new URL(name, import.meta.url).pathname;
const ARGS = ['--import', 'tsx'];

interface Each {
  readonly rounds: Record<'telltale' | 'otel', number[]>;
  readonly drains: Record<'telltale' | 'otel', number[]>;
  readonly delivery: { sent: number; failed: number; dropped: number };
}
interface Pace {
  readonly cpuShare: number;
  readonly peakMib: number;
  readonly spans: number;
  readonly seconds: number;
}

const [kept, only] = readArguments('bench/sdk.ts').words;
const folder = kept ?? mkdtempSync(join(tmpdir(), 'telltale-packages-'));
const installed = installAll(folder);
if (only === 'install') process.exit(0);

const sink = fork(file('./sdk-sink.ts'), [], { execArgv: ARGS, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
const [address] = (await once(sink.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
const url = String(address).trim();

function load<T>(...args: string[]): T {
  return JSON.parse(
    execFileSync(process.execPath, [...ARGS, file('./sdk-load.ts'), ...args, url], { encoding: 'utf8' }),
  ) as T;
}

try {
  const each = load<Each>('each', 'both');
  if (each.delivery.failed + each.delivery.dropped > 0) throw new Error('spans were lost, so the figures mean nothing');
  const paces = ['nothing', 'otel', 'telltale'].map((maker) => load<Pace>('pace', maker));
  const text = section(each, paces, measurePackages(installed));
  appendFileSync(RESULTS, text);
  process.stdout.write(text);
} finally {
  sink.disconnect();
  if (kept === undefined) rmSync(folder, { recursive: true, force: true });
}

function section(
  { rounds, drains }: Each,
  [nothing, otel, telltale]: Pace[],
  packages: ReturnType<typeof measurePackages>,
): string {
  const mid = (values: number[]) => median(values, (value) => value);
  const micro = (values: number[]) => mid(values).toFixed(1);
  const rows = (['otel', 'telltale'] as const).map(
    (name) =>
      `| ${name === 'otel' ? 'bare OpenTelemetry span' : '`decide()`'} | ${micro(rounds[name])} | ${micro(drains[name])} |`,
  );
  const ratio = (mid(rounds.telltale) / mid(rounds.otel)).toFixed(1);
  const paced = (name: string, pace: Pace | undefined) =>
    pace === undefined
      ? ''
      : `| ${name} | ${(pace.spans / pace.seconds).toFixed(0)} | ${(pace.cpuShare * 100).toFixed(1)} % | ${pace.peakMib.toFixed(0)} |`;
  return `
## ${new Date().toISOString().slice(0, 10)}, the SDK, ${machine()}

Command: \`npm run bench:sdk\`. The same ten attributes, each with its own exporter and batches, a receiver in another process.

| one decision span, median of 15 rounds of 1,500 in turns | CPU µs until it has ended | CPU µs to send it |
|---|---|---|
${rows.join('\n')}
| \`decide()\` against bare | ${ratio} × | |

| 1,000 decision spans a second, one process, sending included | spans/s made | CPU of one core | peak resident MiB |
|---|---|---|---|
${[paced('no spans, same loop', nothing), paced('bare OpenTelemetry', otel), paced('`decide()`', telltale)].join('\n')}

| package | installed MiB | packages | CPU ms to import (over a bare Node) |
|---|---|---|---|
${packages.map(({ name, installMib, packages: count, importCpuMs }) => `| ${name} | ${installMib.toFixed(1)} | ${count} | ${importCpuMs.toFixed(0)} |`).join('\n')}
`;
}
