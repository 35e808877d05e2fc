// What senders receive while storage or the disk fails, and what becomes of acknowledged data.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Database, StorageError } from '#storage/database';
import { encodeRequest } from '../../test/support/otlp-proto.ts';
import { type Collector, type CollectorOptions, startCollector } from '../collector.ts';
import type { SignalCounters } from '../count/counters.ts';

let dataDir: string;
let collector: Collector;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'telltale-unavailable-'));
});
afterEach(async () => {
  await collector.close();
  await rm(dataDir, { recursive: true, force: true });
});

let lastSpan = 0;
/** A request of one new span. */
const request = () =>
  encodeRequest({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
                spanId: (++lastSpan).toString(16).padStart(16, '0'),
                name: 'a',
                startTimeUnixNano: '1795386336183000001',
              },
            ],
          },
        ],
      },
    ],
  });

type Insert = Database['insertFile'];
/** Storage whose inserts do what the test says; nothing else of it is used here. */
const storage = (insertFile: Insert): Database => ({ insertFile, engine: 'chdb', version: '0' }) as unknown as Database;
const down: Insert = async () => {
  throw new StorageError('nobody answers', { retryable: true });
};

async function start(
  insert: Insert,
  over: Partial<CollectorOptions> = {},
): Promise<(body?: Buffer) => Promise<Response>> {
  collector = await startCollector({
    db: storage(insert),
    projectId: 'default',
    host: '127.0.0.1',
    httpPort: 0,
    dataDir,
    spool: { flushMs: 2, minFreeBytes: 0 },
    log: { warn: () => {}, error: () => {} },
    ...over,
  });
  const { url } = collector;
  const headers = { 'content-type': 'application/x-protobuf' };
  return (body = request()) => fetch(`${url}/v1/traces`, { method: 'POST', headers, body: new Uint8Array(body) });
}

/** The two equations of counters.ts. */
function expectBalance({
  received,
  acked,
  rejected,
  inserted,
  spooled,
  quarantined,
  lost,
  deduplicated,
}: SignalCounters): void {
  expect(received).toBe(acked + [...rejected.values()].reduce((sum, rows) => sum + rows, 0));
  expect(acked).toBe(inserted + spooled + quarantined + lost + deduplicated);
}

it('takes spans while storage does not answer, and inserts them when it does', async () => {
  let isDown = true;
  const send = await start(async (...args) => {
    if (isDown) await down(...args);
  });
  for (let i = 0; i < 5; i++) expect((await send()).status).toBe(200);
  const { spans } = collector.counters;
  expect(spans).toMatchObject({ acked: 5, inserted: 0, spooled: 5 });
  expectBalance(spans);
  isDown = false;
  await collector.settled();
  expect(spans).toMatchObject({ acked: 5, inserted: 5, spooled: 0 });
  expectBalance(spans);
});

it('keeps what storage never took for the next start', async () => {
  const send = await start(down);
  for (let i = 0; i < 3; i++) expect((await send()).status).toBe(200);
  await collector.close();
  const tables: string[] = [];
  await start(async (table) => void tables.push(table));
  await collector.settled();
  expect(tables.length).toBeGreaterThan(0);
  expect(collector.counters.spans).toMatchObject({ recovered: 3, acked: 3, inserted: 3, spooled: 0 });
  expectBalance(collector.counters.spans);
});

it('answers 503 with a short Retry-After when the spool is full, and takes the same request later', async () => {
  let isDown = true;
  const send = await start(
    async (...args) => {
      if (isDown) await down(...args);
    },
    { spool: { flushMs: 2, minFreeBytes: 0, maxBytes: 1 } },
  );
  expect((await send()).status).toBe(200);
  const body = request();
  const refused = await send(body);
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(5);
  isDown = false;
  await collector.settled();
  expect((await send(body)).status).toBe(200);
  await collector.settled();
  expect(collector.counters.spans).toMatchObject({ acked: 2, inserted: 2 });
  expectBalance(collector.counters.spans);
});

it('answers 503 below the floor of free disk space', async () => {
  const send = await start(async () => {}, { spool: { minFreeBytes: Number.MAX_SAFE_INTEGER } });
  expect((await send()).status).toBe(503);
  expectBalance(collector.counters.spans);
});

it('stores a request once that is sent five times, also at the same moment', async () => {
  let rows = 0;
  const send = await start(async () => void rows++);
  const body = request();
  const replies = await Promise.all(Array.from({ length: 5 }, () => send(body)));
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  await collector.settled();
  expect(rows).toBe(1);
  expect(collector.counters.spans).toMatchObject({ received: 5, acked: 5, inserted: 1, deduplicated: 4 });
  expectBalance(collector.counters.spans);
});

it('tries an insert again with the same token when its reply was lost', async () => {
  const tokens: string[] = [];
  const send = await start(async (_table, _path, token) => {
    tokens.push(token);
    if (tokens.length === 1) throw new StorageError('socket hang up', { retryable: true });
  });
  expect((await send()).status).toBe(200);
  await collector.settled();
  expect(tokens).toHaveLength(2);
  expect(tokens[1]).toBe(tokens[0]);
  expect(collector.counters.spans).toMatchObject({ acked: 1, inserted: 1, spooled: 0 });
});

it('waits, and loses nothing, when the fault is ours, such as a missing table', async () => {
  let failures = 2;
  const send = await start(async () => {
    if (failures-- > 0) throw new StorageError('Code: 60. Table does not exist', { retryable: false, engineCode: 60 });
  });
  expect((await send()).status).toBe(200);
  await collector.settled();
  expect(collector.counters.spans).toMatchObject({ inserted: 1, quarantined: 0 });
});

it('logs a lasting failure now and then, not once per try', async () => {
  const lines: string[] = [];
  let failures = 3;
  const send = await start(
    async (...args) => {
      if (failures-- > 0) await down(...args);
    },
    { log: { warn: () => {}, error: (_fields, message) => lines.push(message) }, now: () => 1_795_000_000_000 },
  );
  expect((await send()).status).toBe(200);
  await collector.settled();
  expect(lines).toEqual(['storage did not take rows; they stay in the spool']);
});
