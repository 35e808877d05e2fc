// An agent in a process of its own, which the test talks to, stops and kills.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface AgentProcess {
  readonly traceId: string;
  readonly pid: number;
  /** Types a line. */
  say(line: string): void;
  signal(signal: NodeJS.Signals): void;
  /** What it printed. */
  output(): string;
  /** Resolves when it has ended. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts sdk/examples/wait-for-a-person.ts; resolves when its run has begun. */
export async function startAgent(otlpUrl: string, env: Record<string, string> = {}): Promise<AgentProcess> {
  const example = fileURLToPath(new URL('../../sdk/examples/wait-for-a-person.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', example], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl, ANNOUNCE_EVERY: '0.5', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  const traceId = await new Promise<string>((resolve, reject) => {
    const take = (chunk: Buffer) => {
      output += String(chunk);
      const found = /Run ([0-9a-f]{32})/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    void ended.then(({ code }) => reject(new Error(`the agent ended with ${code}:\n${output}`)));
  });
  return {
    traceId,
    pid: child.pid as number,
    say: (line) => void child.stdin?.write(`${line}\n`),
    signal: (signal) => void child.kill(signal),
    output: () => output,
    ended,
  };
}
