// A trace by its id on a large table: through the trace index, and by a plain scan of the id, in turns.
import { setTimeout } from 'node:timers/promises';
import type { Database } from '#storage/database';
import { readTrace } from '#storage/read-trace';
import { ROW_COLUMNS, selectList } from '#storage/span-columns';
import { percentile } from './measure.ts';
import { createRandom } from './workload.ts';

export interface Latency {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

// The same columns, without knowing where to look.
const SCAN = `SELECT ${selectList(ROW_COLUMNS)} FROM spans WHERE trace_id = {traceId:Id16} LIMIT 1 BY span_id`;

export async function benchLookup(
  db: Database,
  lookups: number,
): Promise<{ spans: number; ours: Latency; scan: Latency }> {
  await mergesEnded(db);
  const [size] = await db.query<{ n: string }>('SELECT count() AS n FROM spans');
  const ids = await db.query<{ id: string }>(
    `SELECT lower(hex(trace_id)) AS id FROM trace_index WHERE cityHash64(trace_id) % 97 = 0 LIMIT 5000`,
  );
  const random = createRandom(9);
  const ours: number[] = [];
  const scan: number[] = [];
  for (let i = 0; i < lookups; i++) {
    const traceId = ids[Math.floor(random() * ids.length)]?.id as string;
    ours.push(await milliseconds(() => readTrace(db, 'default', traceId)));
    scan.push(await milliseconds(() => db.query(SCAN, { traceId })));
  }
  return { spans: Number(size?.n), ours: latency(ours), scan: latency(scan) };
}

/** The inserts just before leave merges running, which would be measured instead. At most a minute. */
async function mergesEnded(db: Database): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    const [running] = await db.query<{ n: string }>('SELECT count() AS n FROM system.merges');
    if (running?.n === '0') return;
    await setTimeout(1000);
  }
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  const found = await work();
  if (found === null || (Array.isArray(found) && found.length === 0)) throw new Error('a stored trace was not found');
  return performance.now() - start;
}

const latency = (values: number[]): Latency => ({
  p50Ms: percentile(values, 0.5),
  p95Ms: percentile(values, 0.95),
  p99Ms: percentile(values, 0.99),
});
