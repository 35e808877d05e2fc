// From HTTP to a committed insert: our collector, and the plain way behind the same HTTP server, in turns.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Database } from '#storage/database';
import { startCollector } from '../collector/collector.ts';
import { cost, percentile, type Rate, rate } from './measure.ts';
import { serveNaive } from './naive-server.ts';

export interface IngestResult extends Rate {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Load {
  readonly spans: number;
  readonly batchSpans: number;
  readonly connections: number;
  readonly startMs: number;
}

/** Until everything is committed: the spool is empty at the end. */
export async function benchIngest(db: Database, dataDir: string, load: Load, seed: number): Promise<IngestResult> {
  const collector = await startCollector({
    db,
    projectId: 'default',
    host: '127.0.0.1',
    httpPort: 0,
    dataDir,
    log: console,
  });
  try {
    return await drive(collector.url, load, seed, () => collector.settled());
  } finally {
    await collector.close();
  }
}

/** One insert per request, as a first version would do it. */
export async function benchNaiveIngest(db: Database, load: Load, seed: number): Promise<IngestResult> {
  const server = await serveNaive(db);
  try {
    return await drive(server.url, load, seed);
  } finally {
    server.close();
  }
}

async function drive(
  url: string,
  load: Load,
  seed: number,
  settled: () => Promise<void> = async () => {},
): Promise<IngestResult> {
  const args = [url, '/v1/traces', load.spans, load.batchSpans, load.connections, seed, load.startMs].map(String);
  const sender = fork(new URL('./sender.ts', import.meta.url), args, { execArgv: process.execArgv });
  await once(sender, 'message');
  let result: { latenciesMs: number[]; spans: number } | undefined;
  const used = await cost(async () => {
    const answered = once(sender, 'message');
    sender.send('go');
    [result] = (await answered) as [{ latenciesMs: number[]; spans: number }];
    await settled();
  });
  if (result === undefined) throw new Error('the sender gave no result');
  const { latenciesMs, spans } = result;
  return { ...rate(spans, used), p50Ms: percentile(latenciesMs, 0.5), p99Ms: percentile(latenciesMs, 0.99) };
}
