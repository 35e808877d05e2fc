// Starts the whole of Telltale as a user does: one process, free ports, a fresh data directory.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyTemplate, TEMPLATE_VARIABLE } from './store-template.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface RunningTelltale {
  /** UI and API. */
  readonly apiUrl: string;
  /** OTLP over HTTP. */
  readonly otlpUrl: string;
  readonly dataDir: string;
  readonly pid: number;
  /** Whether the process is gone. */
  hasEnded(): boolean;
  /** Everything it printed so far. */
  output(): string;
  /** Stops it and removes the data. @returns the exit code */
  close(): Promise<number | null>;
}

export interface StartOptions {
  readonly env?: Record<string, string>;
  /** Keep using this directory; it is not removed. */
  readonly dataDir?: string;
  /** Start with an empty data directory, as after installing, instead of one that was used before. */
  readonly isFirstStart?: boolean;
  /** The most files and sockets it may have open. */
  readonly maxDescriptors?: number;
}

/** A data directory of its own, where nothing is stored yet: the schema is there unless it is the first start. */
async function newDataDir(isFirstStart: boolean): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'telltale-'));
  // Where there are no templates, the program makes the schema itself.
  if (!isFirstStart && TEMPLATE_VARIABLE in process.env) await copyTemplate('program', folder);
  return folder;
}

/** Resolves when it is ready to take spans. @throws with its output when it ends before that */
export async function startTelltale({
  env = {},
  dataDir,
  isFirstStart = false,
  maxDescriptors,
}: StartOptions = {}): Promise<RunningTelltale> {
  const folder = dataDir ?? (await newDataDir(isFirstStart));
  const child = spawnTelltale(['up'], { TELLTALE_DATA_DIR: folder, ...env }, maxDescriptors);
  const ended = once(child, 'close');
  let output = '';
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        output += chunk;
        if (output.includes('Telltale is ready.')) resolve();
      });
    }
  });
  const remove = async () => {
    if (dataDir === undefined) await rm(folder, { recursive: true, force: true });
  };
  const isReady = await Promise.race([ready.then(() => true), ended.then(() => false)]);
  if (!isReady) {
    await remove();
    throw new Error(`Telltale ended with ${child.exitCode ?? child.signalCode} before it was ready:\n${output}`);
  }
  return {
    apiUrl: /UI: (\S+)/.exec(output)?.[1] as string,
    otlpUrl: /OTLP: (\S+)/.exec(output)?.[1] as string,
    dataDir: folder,
    pid: child.pid as number,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    output: () => output,
    async close() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
      await remove();
      return child.exitCode;
    },
  };
}

/** Runs `telltale <args>` to its end. */
export async function runTelltale(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  const child = spawnTelltale(args, env);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

function spawnTelltale(args: string[], env: Record<string, string>, maxDescriptors?: number): ChildProcess {
  // Settings of the user who runs the tests must not leak in.
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(TELLTALE_|CLICKHOUSE_|SLACK_|OTEL_|VITEST|NODE_OPTIONS)/.test(name),
    ),
  );
  const command = [process.execPath, 'dist/telltale.js', ...args];
  // The shell lowers its own limit and becomes the program.
  const limited = ['/bin/sh', '-c', `ulimit -n ${maxDescriptors} && exec "$@"`, 'sh', ...command];
  const [file, ...rest] = (maxDescriptors === undefined ? command : limited) as [string, ...string[]];
  return spawn(file, rest, {
    cwd: ROOT,
    env: {
      ...inherited,
      UV_THREADPOOL_SIZE: '16',
      TELLTALE_PORT: '0',
      TELLTALE_OTLP_HTTP_PORT: '0',
      TELLTALE_OTLP_GRPC_PORT: '0',
      TELLTALE_SPOOL_FLUSH_MS: '20',
      TELLTALE_SPOOL_MIN_FREE_MIB: '50',
      ...env,
    },
    // Over the channel it learns that a test process was killed, and ends as well.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}
