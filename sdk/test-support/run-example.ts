// Runs an example in a process of its own, as a user would.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ExampleRun {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** `name` is a file of sdk/examples; `env` is added to the environment. */
export async function runExample(name: string, env: Record<string, string>): Promise<ExampleRun> {
  const file = fileURLToPath(new URL(`../examples/${name}`, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=source', file], {
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
  const exitCode = await new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  return { exitCode, stdout, stderr };
}
