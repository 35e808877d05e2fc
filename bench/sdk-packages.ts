// What the SDK and its peers cost to install and to import, each in a folder of its own, from npm.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { median } from './measure.ts';

interface Candidate {
  readonly name: string;
  readonly install: readonly string[];
  /** What an application imports to begin. */
  readonly load: string;
}

/** As their documentation says to install them, at versions that run on Node 20. */
const PEERS: readonly Candidate[] = [
  {
    name: 'Langfuse (@langfuse/tracing and otel 5.11.1, sdk-node 0.223.0)',
    install: ['@langfuse/tracing@5.11.1', '@langfuse/otel@5.11.1', '@opentelemetry/sdk-node@0.223.0'],
    load: "await import('@opentelemetry/sdk-node'); await import('@langfuse/otel'); await import('@langfuse/tracing');",
  },
  {
    name: 'Traceloop (@traceloop/node-server-sdk 0.27.0)',
    install: ['@traceloop/node-server-sdk@0.27.0'],
    load: "await import('@traceloop/node-server-sdk');",
  },
];

const IMPORT_ROUNDS = 10;

export interface PackageCost {
  readonly name: string;
  readonly installMib: number;
  readonly packages: number;
  /** Milliseconds of CPU. */
  readonly importCpuMs: number;
}

export interface Installed {
  readonly name: string;
  readonly load: string;
  readonly dir: string;
}

/** Packs the SDK and installs it and its peers below `folder`; what is there already stays. Needs npm's registry. */
export function installAll(folder: string): Installed[] {
  mkdirSync(folder, { recursive: true });
  const [packed] = JSON.parse(npm(['pack', '-w', 'sdk', '--json', '--pack-destination', folder], resolve('.'))) as {
    filename: string;
  }[];
  const own: Candidate = {
    name: '@telltale/sdk',
    install: [join(folder, packed?.filename ?? '')],
    load: "await import('@telltale/sdk');",
  };
  // Ours is packed afresh each time.
  rmSync(join(folder, 'p0'), { recursive: true, force: true });
  return [own, ...PEERS].map((candidate, i) => {
    const { name, load } = candidate;
    return { name, load, dir: install(folder, `p${i}`, candidate) };
  });
}

export function measurePackages(installed: readonly Installed[]): PackageCost[] {
  const times = importTimes(installed);
  return installed.map(({ name, dir }, i) => ({
    name,
    ...sizeOf(join(dir, 'node_modules')),
    importCpuMs: times[i] ?? 0,
  }));
}

function npm(args: readonly string[], cwd: string): string {
  return execFileSync('npm', [...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

function install(folder: string, name: string, { install: packages }: Candidate): string {
  const dir = join(folder, name);
  if (existsSync(join(dir, 'node_modules'))) return dir;
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'package.json'), '{"private":true,"type":"module"}');
  npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], dir);
  return dir;
}

/** CPU of a start, in turns, less that of a Node that imports nothing: steadier than the time on the wall. */
function importTimes(loads: readonly { dir: string; load: string }[]): number[] {
  const all = [...loads, { dir: loads[0]?.dir ?? '.', load: '' }];
  const times = all.map((): number[] => []);
  const printCpu = 'const { user, system } = process.cpuUsage(); console.log((user + system) / 1000); process.exit(0)';
  for (let round = 0; round < IMPORT_ROUNDS; round++) {
    all.forEach(({ dir, load }, i) => {
      const args = ['--input-type=module', '-e', `${load} ${printCpu}`];
      const cpuMs = execFileSync(process.execPath, args, { cwd: dir, encoding: 'utf8' });
      // The first start of each warms the file cache.
      if (round > 0) times[i]?.push(Number(cpuMs));
    });
  }
  const medians = times.map((one) => median(one, (ms) => ms));
  return medians.slice(0, -1).map((ms) => ms - (medians.at(-1) ?? 0));
}

function sizeOf(dir: string): { installMib: number; packages: number } {
  let bytes = 0;
  let packages = 0;
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    bytes += statSync(join(entry.parentPath, entry.name)).size;
    if (entry.name === 'package.json' && /node_modules\/(@[^/]+\/)?[^/]+$/.test(entry.parentPath)) packages++;
  }
  return { installMib: bytes / 2 ** 20, packages };
}
