// Small measuring tools: CPU and wall time of a piece of work, percentiles, and where this ran.
import { cpus, totalmem } from 'node:os';

export interface Cost {
  readonly wallSeconds: number;
  /** User and system time of this process, all threads. */
  readonly cpuSeconds: number;
}

export async function cost(work: () => Promise<unknown> | unknown): Promise<Cost> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const wallSeconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  return { wallSeconds, cpuSeconds: (used.user + used.system) / 1e6 };
}

export interface Rate {
  readonly spansPerSecond: number;
  /** CPU seconds per million spans: the steadier figure where neighbours make noise. */
  readonly cpuPerMillion: number;
}

export const rate = (spans: number, { wallSeconds, cpuSeconds }: Cost): Rate => ({
  spansPerSecond: spans / wallSeconds,
  cpuPerMillion: (cpuSeconds / spans) * 1e6,
});

/** The middle one by `key`. */
export function median<T>(items: readonly T[], key: (item: T) => number): T {
  const sorted = [...items].sort((a, b) => key(a) - key(b));
  return sorted[Math.floor(sorted.length / 2)] as T;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
}

export function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
}
