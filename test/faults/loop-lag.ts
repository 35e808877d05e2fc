// How long the program's event loop makes callers wait, seen from outside: a process of its own asks /healthz, which
// does nothing but answer, every 20 ms. What it measures is the answer's whole way, so the loop is never slower.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';

const EVERY_MS = 20;

export interface Lag {
  readonly asked: number;
  readonly unanswered: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Asks until `stop`. */
export function startLagProbe(apiUrl: string): { stop(): Promise<Lag> } {
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url), `${apiUrl}/healthz`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const printed = text(child.stdout);
  return {
    async stop() {
      child.stdin.end();
      await once(child, 'exit');
      return JSON.parse(await printed) as Lag;
    },
  };
}

/** The value below which the given share of the values lies; 0 for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const tookMs: number[] = [];
  let unanswered = 0;
  let running = true;
  const ask = () =>
    new Promise<void>((resolve) => {
      const startMs = performance.now();
      const call = get(process.argv[2] as string, { agent, timeout: 30_000 }, (reply) => {
        reply.resume();
        reply.on('end', () => {
          tookMs.push(performance.now() - startMs);
          resolve();
        });
      });
      call.on('timeout', () => call.destroy());
      call.on('error', () => {
        if (running) unanswered++;
        resolve();
      });
    });
  process.stdin.resume();
  process.stdin.on('end', () => {
    running = false;
  });
  while (running) {
    await ask();
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  const [p50Ms, p99Ms, maxMs] = [0.5, 0.99, 1].map((share) => quantile(tookMs, share));
  console.log(JSON.stringify({ asked: tookMs.length, unanswered, p50Ms, p99Ms, maxMs }));
  process.exit(0);
}
