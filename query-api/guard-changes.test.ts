// Who may change something, by what browsers and programs say of themselves.

import { request } from 'node:http';
import express from 'express';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { contract, nothing } from '#contracts/contract';
import { answerFailures } from './failures.ts';
import { guardChanges } from './guard-changes.ts';
import { type Listening, listen } from './listen.ts';
import { route } from './route.ts';

let server: Listening | undefined;
afterEach(() => server?.close());

const SILENT = { error: () => undefined } as never;
const ECHO = contract({
  method: 'post',
  path: '/api/echo',
  summary: 'Says it again',
  params: nothing,
  query: nothing,
  body: z.strictObject({ word: z.string().max(10) }),
  reply: z.object({ word: z.string() }),
  errors: [],
});

async function post(headers: Record<string, string>, body: string | null, method = 'POST') {
  const app = express();
  app.use(guardChanges('https://telltale.example'));
  app.use(express.json({ limit: '64kb' }));
  app.all('/api/echo', route(ECHO, (_params, _query, { word }) => ({ word })).handler);
  app.use(answerFailures(SILENT));
  server = await listen(app, '127.0.0.1', 0);
  const { port } = new URL(server.url);
  const reply = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path: '/api/echo', method, headers: { host: 'localhost:4319', ...headers } },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.on('end', () => resolve({ status: answer.statusCode, text }));
      },
    ).on('error', reject);
    sent.end(body ?? undefined);
  });
  await server.close();
  return reply;
}

const JSON_BODY = { 'content-type': 'application/json' };
it.each([
  ['a program that names no origin', {}, 200],
  ['a page of the same address', { origin: 'http://localhost:4319', 'sec-fetch-site': 'same-origin' }, 200],
  ['a page of the public address', { origin: 'https://telltale.example' }, 200],
  ['a page of another site', { origin: 'https://evil.example' }, 403],
  ['a page of another port', { origin: 'http://localhost:9999' }, 403],
  ['a sandboxed frame', { origin: 'null' }, 403],
  ['a browser that says cross-site', { 'sec-fetch-site': 'cross-site' }, 403],
  ['a browser that says same-site', { 'sec-fetch-site': 'same-site' }, 403],
])('a change by %s', async (_who, headers, status) => {
  expect((await post({ ...JSON_BODY, ...headers } as Record<string, string>, '{"word":"hi"}')).status).toBe(status);
});

it('reads are not its business', async () => {
  expect((await post({ 'sec-fetch-site': 'cross-site' }, null, 'HEAD')).status).not.toBe(403);
});

it.each([
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'word=hi', 415, 'not_json'],
  ['plain text', { 'content-type': 'text/plain' }, '{"word":"hi"}', 415, 'not_json'],
  ['half a body', JSON_BODY, '{"word":', 400, 'bad_request'],
  ['no body', JSON_BODY, null, 400, 'bad_request'],
  ['a body that is too large', JSON_BODY, JSON.stringify({ word: 'x'.repeat(70_000) }), 413, 'body_too_large'],
  ['a field too much', JSON_BODY, '{"word":"hi","more":1}', 400, 'bad_request'],
])('%s is refused with a word of what to do', async (_what, headers, body, status, code) => {
  const reply = await post(headers as Record<string, string>, body);
  expect(reply.status).toBe(status);
  expect(JSON.parse(reply.text).error).toMatchObject({ code, hint: expect.stringMatching(/./) });
});

it('names the wrong field of a body', async () => {
  const { text } = await post(JSON_BODY, '{"word":"much too long a word"}');
  expect(JSON.parse(text).error.message).toContain('body.word');
});
