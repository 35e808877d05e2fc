import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, test } from 'vitest';
import { listen } from './listen.ts';

test('port 0 takes a free port, and the URL names it', async () => {
  const door = await listen(
    express().get('/', (_request, response) => void response.send('here')),
    '127.0.0.1',
    0,
  );
  expect(await (await fetch(door.url)).text()).toBe('here');
  await door.close();
  await expect(fetch(door.url)).rejects.toThrow();
});

test('closing waits for the answer under way and for no idle connection', async () => {
  let finish: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    const app = express().get('/', (_request, response) => {
      finish = () => void response.send('done');
      resolve();
    });
    door = listen(app, '127.0.0.1', 0);
  });
  const { url, close } = await door;
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
let door: ReturnType<typeof listen>;

test('a port in use is an error that names the port', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expect(listen(express(), '127.0.0.1', port)).rejects.toMatchObject({ code: 'EADDRINUSE', port });
  other.close();
});
