// Runs the same program with and without the SDK and compares what is visible of the process from outside: its exit code
// or signal, its output, and how long it took.
import { spawn } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { expect } from 'vitest';
import type { Project, ProjectPair } from './project.ts';

/** How much longer a process may take with the SDK. */
const MAX_DIFFERENCE_MS = 500;
/** Only the fastest run of each shows the cost of the SDK: the others waited for a CPU. */
const MOST_TRIES = 8;

export interface Command {
  /** The program; this Node when left out. */
  readonly file?: string;
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  /** Removes what differs from run to run, such as times. */
  readonly plain?: (text: string) => string;
  /** Called when it has printed `ready`: where it is to be stopped from outside. */
  readonly whenReady?: (pid: number) => void;
}

export interface Seen {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Both streams, without the folder's name, process ids, and lines in which the SDK says what is wrong. */
  readonly stdout: string;
  readonly stderr: string;
}

/** @param isTimed false where a test runs beside many others and only asks what happened */
export async function expectSame(
  pair: ProjectPair,
  command: (project: Project) => Command,
  isTimed: boolean,
): Promise<Seen> {
  const fastest = { withSdk: Number.POSITIVE_INFINITY, without: Number.POSITIVE_INFINITY };
  for (let tries = 1; ; tries++) {
    const without = await runIn(pair.without, command(pair.without));
    const withSdk = await runIn(pair.withSdk, command(pair.withSdk));
    expect(withSdk.seen).toEqual(without.seen);
    fastest.withSdk = Math.min(fastest.withSdk, withSdk.tookMs);
    fastest.without = Math.min(fastest.without, without.tookMs);
    const differenceMs = fastest.withSdk - fastest.without;
    // Where more work waits than there are processors, loading takes so much longer; waiting does not.
    const mostMs = MAX_DIFFERENCE_MS * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
    if (!isTimed || differenceMs <= mostMs) return withSdk.seen;
    if (tries === MOST_TRIES || (tries > 2 && differenceMs > 3_000 + mostMs))
      expect(differenceMs).toBeLessThanOrEqual(mostMs);
  }
}

/** @param mostMs what takes longer is killed */
export async function runIn(
  project: Project,
  command: Command,
  mostMs = 60_000,
): Promise<{ seen: Seen; tookMs: number }> {
  const begunMs = performance.now();
  const child = spawn(command.file ?? process.execPath, command.args, {
    cwd: project.folder,
    env: { ...inherited(), ...command.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => void child.kill('SIGKILL');
  const timer = setTimeout(kill, mostMs);
  process.once('exit', kill);
  const printed = { stdout: '', stderr: '' };
  let isReady = false;
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      printed[stream] += text;
      if (isReady || !/^ready$/m.test(printed.stdout)) return;
      isReady = true;
      command.whenReady?.(child.pid as number);
    });
  }
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject).on('close', (...ended) => resolve(ended));
  });
  clearTimeout(timer);
  process.off('exit', kill);
  const tookMs = performance.now() - begunMs;
  const plain = (text: string) =>
    (command.plain?.(text) ?? text)
      .replaceAll(project.folder, '/app')
      .replace(/\(node:\d+\)/g, '(node)')
      // Node's own frames say in which turn of the event loop it was, and a stub takes fewer turns.
      .replace(/^ +at .*\(?node:internal\/.*\n/gm, '')
      .replace(/^\[telltale\] .*\n/gm, '');
  return { seen: { code, signal, stdout: plain(printed.stdout), stderr: plain(printed.stderr) }, tookMs };
}

/** Settings of whoever runs the tests must not leak in. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(OTEL_|TELLTALE_|NODE_|VITEST|npm_|JEST_)/.test(name)),
  );
}
