// Large JSON bodies are converted on another thread, with the same result, and a thread that dies harms one request.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, expect, it } from 'vitest';
import { requestOf, span } from '../../test/support/otlp-server.ts';
import { MalformedError } from '../wire/wire.ts';
import { jsonToProtobuf } from './json-to-protobuf.ts';
import { createJsonWorker, INLINE_JSON_BYTES, type JsonWorker, type JsonWorkerOptions } from './json-worker.ts';
import { MisdirectedError, RefusedError } from './refused.ts';

let worker: JsonWorker;
const lines: string[] = [];
const open = (options: Partial<JsonWorkerOptions> = {}) => {
  lines.length = 0;
  worker = createJsonWorker({
    log: { error: (fields, message) => lines.push(message, JSON.stringify(fields)) },
    ...options,
  });
  return worker;
};
afterEach(() => worker.close());

/** Spans with 2 kB of text each, one of them spelt wrongly. */
const bodyOf = (bytes: number): Buffer => {
  const attributes = [{ key: 'text', value: { stringValue: 'word '.repeat(400) } }];
  const spans = Array.from({ length: Math.ceil(bytes / 2200) }, (_, i) => span({ attributes, name: `step ${i}` }));
  return Buffer.from(JSON.stringify(requestOf(span({ kind: 'WRONG' }), ...spans)));
};
const thread = (code: string) => new URL(`data:text/javascript,${encodeURIComponent(code)}`);
const large = bodyOf(INLINE_JSON_BYTES * 2);

it('parses small bodies in place and starts no thread', () => {
  const result = open().convertSpans(bodyOf(1000));
  expect(result).not.toBeInstanceOf(Promise);
  expect(worker.threadsStarted).toBe(0);
});

it('parses a body of 20 MB on its thread, with the same result', async () => {
  const body = bodyOf(20_000_000);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const converted = await open().convertSpans(body);
  delay.disable();
  expect(worker.threadsStarted).toBe(1);
  expect(converted.rejected).toEqual({ invalid_field: 1 });
  expect(converted.bytes.equals(jsonToProtobuf(body).bytes)).toBe(true);
  // Printed, not asserted: how long the main thread was held at most depends on the machine.
  console.info(`20 MB of JSON: main thread held for at most ${Math.round(delay.max / 1e6)} ms`);
});

it('gives each of many bodies its own answer, from one thread', async () => {
  const sizes = [2, 3, 4, 5].map((times) => INLINE_JSON_BYTES * times);
  open();
  const results = await Promise.all(sizes.map((size) => worker.convertSpans(bodyOf(size))));
  expect(results.map(({ bytes }) => bytes.length)).toEqual(
    sizes.map((size) => jsonToProtobuf(bodyOf(size)).bytes.length),
  );
  expect(worker.threadsStarted).toBe(1);
});

it('reports errors in the body as the parser on the main thread does', async () => {
  open();
  const broken = large.subarray(0, large.length - 9);
  await expect(worker.convertSpans(broken)).rejects.toBeInstanceOf(MalformedError);
  const records = Array.from({ length: 50_000 }, () => ({ body: {} }));
  const logs = Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] }));
  await expect(worker.convertSpans(logs)).rejects.toMatchObject({ records: 50_000, signal: 'logs' });
  await expect(worker.convertSpans(logs)).rejects.toBeInstanceOf(MisdirectedError);
  expect(await worker.countLogRecords(logs)).toBe(50_000);
  const tooMuch = Buffer.from(`{"x":[${'{},'.repeat(3_100_000)}{}]}`);
  await expect(worker.countDataPoints(tooMuch)).rejects.toMatchObject({ status: 413 });
  expect(worker.threadsStarted).toBe(1);
});

it('answers 503 when the thread dies, says so in the log, and starts another', async () => {
  open({
    thread: thread(
      'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => { throw new Error("died"); });',
    ),
  });
  const both = await Promise.allSettled([worker.convertSpans(large), worker.convertSpans(large)]);
  for (const result of both) {
    expect(result).toMatchObject({ status: 'rejected', reason: { status: 503 } });
  }
  expect(lines[0]).toContain('the thread that parses JSON ended');
  await expect(worker.convertSpans(large)).rejects.toBeInstanceOf(RefusedError);
  expect(worker.threadsStarted).toBe(2);
});

it('answers 503 when more waits than it may hold, and when it is closed', async () => {
  const silent = thread('import { parentPort } from "node:worker_threads"; parentPort.on("message", () => {});');
  open({ thread: silent, maxQueuedBytes: large.length + 10 });
  const first = Promise.resolve(worker.convertSpans(large)).catch((error: unknown) => error);
  await expect(worker.convertSpans(large)).rejects.toMatchObject({ status: 503 });
  await worker.close();
  expect(await first).toMatchObject({ status: 503 });
});
