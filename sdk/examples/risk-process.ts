// Starts risk-api.ts as a child process and stops it again, with what became of its spans.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Delivery } from '@telltale/sdk';

export interface RiskProcess {
  url: string;
  /** Stops it; resolves to its span counts. */
  stop: () => Promise<Delivery>;
}

/** The child runs with this process's Node options, so that whatever lets us run TypeScript lets it too. */
export async function startRiskApi(otlpEndpoint: string, modelUrl: string): Promise<RiskProcess> {
  const file = fileURLToPath(new URL('./risk-api.ts', import.meta.url));
  const child = fork(file, [otlpEndpoint, modelUrl], { execPath: process.execPath, execArgv: process.execArgv });
  const { url } = await nextMessage<{ url: string }>(child);
  return {
    url,
    stop: async () => {
      const counts = nextMessage<{ delivery: Delivery }>(child);
      child.send('stop');
      return (await counts).delivery;
    },
  };
}

function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`risk-api ended too early, with code ${code}`));
    child.once('error', reject).once('exit', onExit);
    child.once('message', (message) => {
      child.off('error', reject).off('exit', onExit);
      resolve(message as T);
    });
  });
}
