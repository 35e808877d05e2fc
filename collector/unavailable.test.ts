import { afterEach, expect, it } from 'vitest';
import { type Database, StorageError } from '#storage/database';
import { encodeRequest } from '../test/support/otlp-proto.ts';
import { type Collector, startCollector } from './collector.ts';

let collector: Collector | undefined;
afterEach(() => collector?.close());

const body = encodeRequest({
  resourceSpans: [
    {
      scopeSpans: [
        {
          spans: [
            {
              traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
              spanId: '00f067aa0ba902b7',
              name: 'a',
              startTimeUnixNano: '1795386336183000001',
            },
          ],
        },
      ],
    },
  ],
});

/** Storage whose inserts do what the test says; nothing else of it is used here. */
const storage = (insertNative: Database['insertNative']): Database =>
  ({ insertNative, engine: 'chdb', version: '0' }) as unknown as Database;

async function start(db: Database): Promise<() => Promise<Response>> {
  collector = await startCollector({
    db,
    projectId: 'default',
    host: '127.0.0.1',
    httpPort: 0,
    log: { warn: () => {}, error: () => {} },
  });
  const { url } = collector;
  return () =>
    fetch(`${url}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/x-protobuf' }, body });
}

it('answers 503 with a short Retry-After when storage fails, and takes the same request later', async () => {
  let failures = 1;
  const send = await start(
    storage(async () => {
      if (failures-- > 0) throw new StorageError('disk full', { retryable: true, engineCode: 243 });
    }),
  );
  const refused = await send();
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(5);
  expect(collector?.counters.spansRejected.get('storage_failed')).toBe(1);
  expect(collector?.counters.spansAcked).toBe(0);
  expect((await send()).status).toBe(200);
  expect(collector?.counters.spansAcked).toBe(1);
});

it('gathers what arrives during an insert into one next insert', async () => {
  const inserts: (() => void)[] = [];
  const send = await start(storage(() => new Promise((resolve) => inserts.push(resolve))));
  const first = send();
  await expect.poll(() => inserts.length).toBe(1);
  const rest = Array.from({ length: 20 }, send);
  await expect.poll(() => collector?.counters.spansReceived).toBe(21);
  expect(inserts).toHaveLength(1);
  inserts[0]?.();
  expect((await first).status).toBe(200);
  await expect.poll(() => inserts.length).toBe(2);
  inserts[1]?.();
  expect((await Promise.all(rest)).map(({ status }) => status)).toEqual(rest.map(() => 200));
  expect(inserts).toHaveLength(2);
});

it('finishes what it has taken before it closes', async () => {
  let finish = () => {};
  const send = await start(
    storage(
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    ),
  );
  const reply = send();
  await expect.poll(() => collector?.counters.spansReceived).toBe(1);
  const closed = collector?.close();
  finish();
  expect((await reply).status).toBe(200);
  await closed;
  collector = undefined;
});

it('stores the spans of others when the engine refuses a block for the rows of one', async () => {
  const refusal = new StorageError('Code: 27. Cannot parse input', { retryable: false, engineCode: 27 });
  const bodies: number[] = [];
  const send = await start(
    storage(async (_table, block) => {
      bodies.push(block.length);
      if (bodies.length === 1) throw refusal;
    }),
  );
  expect((await send()).status).toBe(200);
  expect(bodies).toHaveLength(2);
});

it('answers 400 to spans that the engine refuses also alone, so that they are not sent for ever', async () => {
  const send = await start(
    storage(async () => {
      throw new StorageError('Code: 27. Cannot parse input', { retryable: false, engineCode: 27 });
    }),
  );
  const reply = await send();
  expect(reply.status).toBe(400);
  expect(collector?.counters.spansRejected.get('refused_by_storage')).toBe(1);
});

it('answers 503 when the fault is ours, such as a missing table', async () => {
  const send = await start(
    storage(async () => {
      throw new StorageError('Code: 60. Table does not exist', { retryable: false, engineCode: 60 });
    }),
  );
  expect((await send()).status).toBe(503);
});

it('logs a lasting failure now and then, not once per request', async () => {
  const lines: string[] = [];
  collector = await startCollector({
    db: storage(async () => {
      throw new StorageError('disk full', { retryable: true, engineCode: 243 });
    }),
    projectId: 'default',
    host: '127.0.0.1',
    httpPort: 0,
    log: { warn: () => {}, error: (_fields, message) => lines.push(message) },
    now: () => 1_795_000_000_000,
  });
  const { url } = collector;
  for (let i = 0; i < 5; i++) {
    const headers = { 'content-type': 'application/x-protobuf' };
    expect((await fetch(`${url}/v1/traces`, { method: 'POST', headers, body })).status).toBe(503);
  }
  expect(lines).toEqual(['spans were not stored']);
});
