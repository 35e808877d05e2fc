// Runs an example, or a few lines of code, in a process of its own, as a user would.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ExampleRun {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** `name` is a file of sdk/examples; `env` is added to the environment. */
export async function runExample(name: string, env: Record<string, string>): Promise<ExampleRun> {
  return run([fileURLToPath(new URL(`../examples/${name}`, import.meta.url))], env);
}

/** `code` is an ES module in plain JavaScript that may import `@telltale/sdk`. */
export async function runCode(code: string, env: Record<string, string>): Promise<ExampleRun> {
  return run(['--input-type=module', '--eval', code], env);
}

/** An example that goes on while the test looks at it. */
export interface RunningExample {
  /** What it printed so far. */
  stderr: () => string;
  ended: Promise<ExampleRun>;
  /** Ends it now, if it has not ended: for a test that failed while it ran. */
  kill: () => Promise<void>;
}

export function startExample(name: string, env: Record<string, string>): RunningExample {
  return begin([fileURLToPath(new URL(`../examples/${name}`, import.meta.url))], env);
}

function run(args: string[], env: Record<string, string>): Promise<ExampleRun> {
  return begin(args, env).ended;
}

function begin(args: string[], env: Record<string, string>): RunningExample {
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=source', ...args], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  // A test that ends itself (a failed one too, where it does not get to kill) must leave no child behind.
  const onExit = (): void => void child.kill('SIGKILL');
  process.once('exit', onExit);
  child.once('close', () => process.off('exit', onExit));
  return {
    stderr: () => stderr,
    ended: ended.then((exitCode) => ({ exitCode, stdout, stderr })),
    kill: async () => {
      child.kill('SIGKILL');
      await ended.catch(() => undefined);
    },
  };
}
