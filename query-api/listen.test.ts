import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import express from 'express';
import { expect, test } from 'vitest';
import { listen } from './listen.ts';

test('port 0 takes a free port, and the URL names it', async () => {
  const server = await listen(
    express().get('/', (_request, response) => void response.send('here')),
    '127.0.0.1',
    0,
  );
  expect(await (await fetch(server.url)).text()).toBe('here');
  await server.close();
  await expect(fetch(server.url)).rejects.toThrow();
});

test('closing waits for the answer under way and for no idle connection', async () => {
  let finish: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    const app = express().get('/', (_request, response) => {
      finish = () => void response.send('done');
      resolve();
    });
    server = listen(app, '127.0.0.1', 0);
  });
  const { url, close } = await server;
  const answer = fetch(url);
  await reached;
  let closed = false;
  const closing = close().then(() => {
    closed = true;
  });
  await new Promise(setImmediate);
  expect(closed).toBe(false);
  finish();
  expect(await (await answer).text()).toBe('done');
  await closing;
});
let server: ReturnType<typeof listen>;

test('a port in use is an error that names the port', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expect(listen(express(), '127.0.0.1', port)).rejects.toMatchObject({ code: 'EADDRINUSE', port });
  other.close();
});

const here = () => express().use(express.json(), (_request, response) => void response.send('here'));

/** Sends bytes over a bare connection; resolves with all that came back when the server closed it. */
function raw(url: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (part: Buffer) => parts.push(part));
    socket.on('error', () => {});
    socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')));
  });
}

test.each([
  ['says nothing', ''],
  ['stops within the headers', 'GET /api/runs HTTP/1.1\r\nHost: loc'],
  [
    'stops within the body',
    'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
  ],
])('a connection that %s is closed', async (_what, bytes) => {
  const slow = { headersTimeoutMs: 60, requestTimeoutMs: 120, checkIntervalMs: 20 };
  const { url, close } = await listen(here(), '127.0.0.1', 0, slow);
  expect(await raw(url, bytes)).toMatch(/^HTTP\/1\.1 4\d\d /);
  await close();
});

test('a request whose bytes only trickle in is closed as well', async () => {
  const slow = { headersTimeoutMs: 60, requestTimeoutMs: 120, checkIntervalMs: 20 };
  const { url, close } = await listen(here(), '127.0.0.1', 0, slow);
  const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nX: '));
  socket.on('error', () => {}).resume();
  const trickle = setInterval(() => socket.write('a'), 10);
  await once(socket, 'close');
  clearInterval(trickle);
  await close();
});

test('connections above the limit are closed, and new ones are served when others are gone', async () => {
  const { url, close } = await listen(here(), '127.0.0.1', 0, { maxConnections: 2 });
  const held = Array.from({ length: 2 }, () => connect(Number(new URL(url).port), '127.0.0.1'));
  await Promise.all(held.map((socket) => once(socket, 'connect')));
  expect(await raw(url, '')).toBe('');
  for (const socket of held) socket.destroy();
  const served = () => fetch(url).then((reply) => reply.text(), String);
  await expect.poll(served, { timeout: 60_000 }).toBe('here');
  await close();
});

test('closing does not wait for requests that never arrive', async () => {
  const { url, close } = await listen(here(), '127.0.0.1', 0, { closeMs: 50 });
  const head = raw(url, 'GET / HTTP/1.1\r\nHost: x\r\n');
  const body = raw(url, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{');
  // Both are connected once a third one has its answer.
  expect(await (await fetch(url)).text()).toBe('here');
  await close();
  await Promise.all([head, body]);
});
