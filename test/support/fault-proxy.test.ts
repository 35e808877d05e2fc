// Every way of the fault proxy to misbehave, as a client and as the server behind it see it.
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FaultProxy, type ProxyMode, startFaultProxy } from './fault-proxy.ts';

let server: Server;
let proxy: FaultProxy;
/** Bodies of requests that arrived in full at the server behind. */
let done: number[];
/** Requests that reached the server behind, in full or not. */
let begun: number;

beforeEach(async () => {
  done = [];
  begun = 0;
  server = createServer((incoming, answer) => {
    let size = 0;
    begun++;
    incoming.on('error', () => {});
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
    });
    incoming.on('end', () => {
      done.push(size);
      answer.setHeader('x-server', 'real');
      answer.end('fine');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = await startFaultProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  await proxy.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** The status and text, or the code of the error. */
function send(query: string, bytes = 100_000, timeout = 20_000): Promise<string> {
  return new Promise((resolve) => {
    const url = `${proxy.url}/?query=${encodeURIComponent(query)}`;
    const call = request(url, { method: 'POST', agent: false, timeout }, (reply) => {
      let text = '';
      reply.on('data', (chunk) => {
        text += chunk;
      });
      reply.on('end', () => resolve(`${reply.statusCode} ${text.trim()}`));
      reply.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
    call.on('timeout', () => call.destroy(Object.assign(new Error('timeout'), { code: 'no answer' })));
    call.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    call.end(Buffer.alloc(bytes, 1));
  });
}

const INSERT = 'INSERT INTO spans FORMAT Native';

test('passes on requests without a mode, and all but inserts in any mode', async () => {
  expect(await send(INSERT)).toBe('200 fine');
  proxy.set({ kind: 'half-close' });
  expect(await send('SELECT 1')).toBe('200 fine');
  expect(done).toEqual([100_000, 100_000]);
  expect(proxy.seen.map(({ query, kind }) => [query, kind])).toEqual([[INSERT, 'pass']]);
});

test.each<[ProxyMode, string, number]>([
  [{ kind: 'reset after commit' }, 'ECONNRESET', 1],
  [{ kind: 'error after commit' }, '500 ', 1],
  [{ kind: 'reset within the answer' }, 'ECONNRESET', 1],
  [{ kind: 'half-close' }, 'ECONNRESET', 0],
  [{ kind: 'canned', code: 241, message: 'Memory limit' }, '500 Code: 241. DB::Exception: Memory limit', 0],
  [{ kind: 'drip', everyMs: 1 }, '200 fine', 1],
  [{ kind: 'latency', ms: 50 }, '200 fine', 1],
])('%o: the client sees %s, and the server did its work %i times', async (mode, seen, times) => {
  proxy.set(mode);
  const answer = await send(INSERT);
  // Before the client learns anything the server is through, where it is to be through.
  expect(done).toHaveLength(times);
  expect(answer.startsWith(seen.trim())).toBe(true);
});

test('a reset within the body reaches both sides: the server has a part', async () => {
  proxy.set({ kind: 'reset within the body' });
  expect(await send(INSERT)).toMatch(/ECONNRESET|EPIPE/);
  await expect.poll(() => begun).toBe(1);
  expect(done).toEqual([]);
});

test('hangs until the client gives up', async () => {
  proxy.set({ kind: 'hang' });
  expect(await send(INSERT, 10, 200)).toBe('no answer');
  expect(done).toEqual([]);
});

test('refuses connections, and takes them again on the same port', async () => {
  await proxy.refuse();
  expect(await send(INSERT)).toBe('ECONNREFUSED');
  await proxy.accept();
  expect(await send(INSERT)).toBe('200 fine');
});
