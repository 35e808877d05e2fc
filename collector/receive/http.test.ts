// The HTTP endpoint under clients that are slow, silent or speak no HTTP, and under storage that does not answer. Times are
// small here; each test waits for what must happen, never for a time.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type DecodingServer, openDecodingServer } from '../../test/support/decoding-server.ts';
import { requestOf, span } from '../../test/support/otlp-server.ts';
import { UnavailableError } from '../decode/codec.ts';
import { BodyBudget } from './body-budget.ts';
import { SharedLimits } from './limits.ts';

let otlp: DecodingServer;
afterEach(() => otlp.close());

const HEAD = 'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
const BODY = JSON.stringify(requestOf(span()));
const slow = { headersTimeoutMs: 60, requestTimeoutMs: 120, checkIntervalMs: 20, deadlineMs: 60_000 };

it.each([
  ['says nothing', ''],
  ['stops within the headers', 'POST /v1/traces HTTP/1.1\r\nHost: loc'],
  ['stops within the body', `${HEAD}Content-Length: 1000\r\n\r\n{"res`],
])('closes a connection that %s', async (_what, bytes) => {
  otlp = await openDecodingServer({ limits: slow });
  expect(await otlp.raw(bytes)).toMatch(/^HTTP\/1\.1 408 [\s\S]*did not arrive in time/);
  // On a busy machine an honest sender may miss these short limits too, so it tries again, as senders do.
  await expect.poll(async () => (await otlp.post(BODY)).status, { timeout: 60_000 }).toBe(200);
});

it('answers 503 and closes when a body does not arrive before the deadline', async () => {
  otlp = await openDecodingServer({ limits: { deadlineMs: 60 } });
  const answer = await otlp.raw(`${HEAD}Content-Length: 1000\r\n\r\n{"res`);
  expect(answer).toMatch(/^HTTP\/1\.1 503 /);
  expect(answer).toMatch(/\r\nConnection: close\r\n/);
  expect(answer).toContain('The body did not arrive in time');
});

it('answers 503 with Retry-After when storage does not answer before the deadline', async () => {
  otlp = await openDecodingServer({ limits: { deadlineMs: 60 }, ingest: () => new Promise(() => {}) });
  const reply = await otlp.post(BODY);
  expect(reply.status).toBe(503);
  expect(await reply.text()).toContain('Storage did not answer in time');
  expect(reply.headers.get('retry-after')).toMatch(/^[123]$/);
});

it.each([
  [0, '1'],
  [0.5, '2'],
  [0.999, '3'],
  [1, '3'],
])('spreads Retry-After from 1 to 3 seconds: chance %d gives %s', async (chance, seconds) => {
  otlp = await openDecodingServer({ random: () => chance, ingest: () => Promise.reject(new UnavailableError('full')) });
  expect((await otlp.post(BODY)).headers.get('retry-after')).toBe(seconds);
});

it('answers what is no HTTP with a Status, and logs it once however often it comes', async () => {
  otlp = await openDecodingServer();
  for (let i = 0; i < 10; i++)
    expect(await otlp.raw('\u0016\u0003\u0001 hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*no HTTP request/);
  expect(await otlp.raw(`${HEAD}X: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  expect(otlp.lines).toHaveLength(1);
});

it('turns connections away above its bound, and takes new ones when others are gone', async () => {
  otlp = await openDecodingServer({ limits: { maxConnections: 3 } });
  const held = Array.from({ length: 3 }, () => connect(otlp.port, '127.0.0.1'));
  // Connections are accepted in the order they were made.
  await Promise.all(held.map((socket) => once(socket, 'connect')));
  expect(await Promise.all(Array.from({ length: 5 }, () => otlp.raw('')))).toEqual(['', '', '', '', '']);
  for (const socket of held) socket.destroy();
  const status = () => otlp.post(BODY).then((reply) => reply.status, String);
  await expect.poll(status, { timeout: 60_000 }).toBe(200);
});

it('refuses bodies beyond the budget as their bytes arrive, and takes small ones meanwhile', async () => {
  const shared = new SharedLimits({}, new BodyBudget(4 * 1024 * 1024));
  otlp = await openDecodingServer({ shared, limits: { deadlineMs: 60_000 } });
  const unfinished = Buffer.concat([Buffer.from(`${HEAD}Content-Length: 60000000\r\n\r\n`), Buffer.alloc(900_000)]);
  const held = Array.from({ length: 6 }, () => otlp.raw(unfinished));
  expect(await Promise.race(held)).toMatch(/^HTTP\/1\.1 503 [\s\S]*Too many bodies at once/);
  expect(shared.budget.usedBytes).toBeLessThanOrEqual(3 * 1024 * 1024);
  expect((await otlp.post(BODY)).status).toBe(200);
});

it('answers 503, not 500, to a fault of ours, and logs it once', async () => {
  otlp = await openDecodingServer({ ingest: () => Promise.reject(new TypeError('a bug')) });
  for (let i = 0; i < 3; i++) expect((await otlp.post(BODY)).status).toBe(503);
  expect(otlp.lines).toHaveLength(1);
});
