// Runs an example, or a few lines of code, in a process of its own, as a user would: plain Node and the built package.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import PQueue from 'p-queue';
import { builtExamples } from './built-examples.ts';

export interface ExampleRun {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** A process that goes on while the test looks at it. */
export interface RunningExample {
  pid: number;
  /** What it printed so far, on both streams. */
  output: () => string;
  /** Resolves when it has printed `text`. @throws with its output when it ends before that */
  printed: (text: string) => Promise<void>;
  /** Types a line. */
  say: (line: string) => void;
  signal: (signal: NodeJS.Signals) => void;
  ended: Promise<ExampleRun>;
  /** What ended it, if a signal did. */
  endedBy: Promise<NodeJS.Signals | null>;
  /** Ends it now, if it has not ended: for a test that failed while it ran. */
  kill: () => Promise<void>;
}

/** `name` is a file of sdk/examples; `env` is added to the environment. */
export async function runExample(name: string, env: Record<string, string>): Promise<ExampleRun> {
  return (await startExample(name, env)).ended;
}

/** The SDK gives its last spans half a second: so many processes at once that each of them gets its share of a core. */
const turns = new PQueue({ concurrency: 3 });

/** Waits until few others of this file run. `work` lasts as long as its process. */
export const inTurn = <T>(work: () => Promise<T>): Promise<T> => turns.add(work);

/** `code` is an ES module in plain JavaScript that may import `@telltale/sdk`. */
export function runCode(code: string, env: Record<string, string>): Promise<ExampleRun> {
  return inTurn(() => startCode(code, env).ended);
}

export async function startExample(name: string, env: Record<string, string>): Promise<RunningExample> {
  return begin([`${await builtExamples()}/${name.replace(/\.ts$/, '.js')}`], env);
}

export function startCode(code: string, env: Record<string, string>): RunningExample {
  return begin(['--input-type=module', '--eval', code], env);
}

function begin(args: string[], env: Record<string, string>): RunningExample {
  const child = spawn(process.execPath, args, {
    // Here `@telltale/sdk` is this very package.
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...inherited(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '', all: '' };
  const watchers = new Set<() => void>();
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      printed[stream] += chunk;
      printed.all += chunk;
      for (const look of watchers) look();
    });
  }
  // It may end before it has read what was typed.
  child.stdin.on('error', () => undefined);
  const closed = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => resolve([code, signal]));
  });
  // A test that ends itself (a failed one too, where it does not get to kill) must leave no child behind.
  const onExit = (): void => void child.kill('SIGKILL');
  process.once('exit', onExit);
  child.once('close', () => process.off('exit', onExit));
  return {
    pid: child.pid as number,
    output: () => printed.all,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!printed.all.includes(text)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
        closed.then(
          ([code]) => reject(new Error(`it ended with ${code} before it printed ${text}:\n${printed.all}`)),
          reject,
        );
      }),
    say: (line) => void child.stdin.write(`${line}\n`),
    signal: (signal) => void child.kill(signal),
    ended: closed.then(([exitCode]) => ({ exitCode, stdout: printed.stdout, stderr: printed.stderr })),
    endedBy: closed.then(([, signal]) => signal),
    kill: async () => {
      child.kill('SIGKILL');
      await closed.catch(() => undefined);
    },
  };
}

/** Settings of whoever runs the tests must not leak in. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(OTEL_|TELLTALE_|NODE_OPTIONS)/.test(name)),
  );
}
