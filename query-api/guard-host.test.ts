// Which Host headers are answered, by what is listened on.

import { request } from 'node:http';
import express from 'express';
import { afterEach, expect, it } from 'vitest';
import { guardHost } from './guard-host.ts';
import { type Listening, listen } from './listen.ts';

let server: Listening | undefined;
afterEach(() => server?.close());

/** The status of a GET with this Host header. Refusals are thrown, which express answers with 421. */
async function statusOf(
  path: string,
  hostHeader: string,
  host: string,
  publicUrl?: string,
): Promise<number | undefined> {
  const app = express();
  app.use(guardHost({ host, publicUrl }));
  app.use((_request, response) => {
    response.send('ok');
  });
  server = await listen(app, '127.0.0.1', 0);
  const { port } = new URL(server.url);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers: { host: hostHeader } }, (reply) =>
      resolve(reply.resume().statusCode),
    )
      .on('error', reject)
      .end();
  });
  await server.close();
  return status;
}

it.each([
  ['127.0.0.1', undefined, '/api/runs', 'localhost:4319', 200],
  ['127.0.0.1', undefined, '/api/runs', 'evil.example', 421],
  ['127.0.0.1', undefined, '/metrics', 'evil.example', 421],
  ['127.0.0.1', 'https://traces.example.org', '/api/runs', 'traces.example.org', 200],
  ['0.0.0.0', undefined, '/api/runs', 'anything.example', 421],
  ['0.0.0.0', undefined, '/api/runs', '10.0.0.7:4319', 200],
  ['0.0.0.0', 'https://traces.example.org', '/api/runs', 'anything.example', 421],
  ['0.0.0.0', 'https://traces.example.org', '/metrics', 'anything.example', 421],
  ['0.0.0.0', 'https://traces.example.org', '/api/runs', 'traces.example.org', 200],
  ['0.0.0.0', 'https://traces.example.org', '/healthz', '10.0.0.7:4319', 200],
])(
  'listening on %s with the public address %s, %s for %s is answered with %d',
  async (host, publicUrl, path, header, status) => {
    expect(await statusOf(path, header, host, publicUrl)).toBe(status);
  },
);
