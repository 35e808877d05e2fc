// An agent in a process of its own, which the test talks to, stops and kills.
import { startExample } from '../../sdk/test-support/run-example.ts';

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
  const { pid, say, signal, output, printed, ended, endedBy } = await startExample('wait-for-a-person.ts', {
    OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl,
    ANNOUNCE_EVERY: '0.5',
    ...env,
  });
  await printed('Collecting evidence.');
  const traceId = /Run ([0-9a-f]{32})/.exec(output())?.[1] as string;
  return {
    traceId,
    pid,
    say,
    signal,
    output,
    ended: Promise.all([ended, endedBy]).then(([{ exitCode }, by]) => ({ code: exitCode, signal: by })),
  };
}
