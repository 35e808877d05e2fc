import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rawRequest } from '../test/support/query-api.ts';
import { createQueryApi, type QueryApiDeps } from './app.ts';
import { type Listening, listen } from './listen.ts';
import { serveUi } from './serve-ui.ts';

let folder: string;
let server: Listening;
let bare: Listening;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telltale-ui-'));
  const dist = join(folder, 'dist');
  await mkdir(join(dist, 'assets'), { recursive: true });
  await writeFile(join(dist, 'index.html'), '<!doctype html><title>Telltale</title>');
  await writeFile(join(dist, 'theme.js'), 'theme');
  await writeFile(join(dist, '.hidden'), 'hidden');
  await writeFile(join(dist, 'assets/index-a1b2c3.js'), 'script');
  await writeFile(join(folder, 'secret.txt'), 'secret');
  // The paths under test need nothing of storage.
  const deps = { host: '127.0.0.1', uiDir: dist, status: () => ({ version: '1' }), log: console };
  server = await listen(createQueryApi(deps as unknown as QueryApiDeps), '127.0.0.1', 0);
  bare = await listen(express().use(serveUi(join(folder, 'missing'))), '127.0.0.1', 0);
});
afterAll(async () => {
  await server.close();
  await bare.close();
  await rm(folder, { recursive: true });
});
const get = (path: string) => rawRequest(server.url, { path });

test('every page is index.html, never cached, under a strict content security policy', async () => {
  for (const path of ['/', '/runs?status=error', '/traces/0af7651916cd43dd8448eb211c80319c', '/settings']) {
    const { status, headers, body } = await get(path);
    expect(status, path).toBe(200);
    expect(body).toContain('<title>Telltale</title>');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['cache-control']).toBe('no-cache');
    expect(String(headers['content-security-policy']).split(';').sort()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "img-src 'self' data:",
      "require-trusted-types-for 'script'",
      "script-src 'self'",
      "style-src 'self'",
      'trusted-types svelte-trusted-html',
    ]);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'x-frame-options': 'DENY',
    });
    expect(headers['x-powered-by']).toBeUndefined();
  }
});

test('a path that is no page shows the UI with status 404', async () => {
  for (const path of ['/nowhere', '/decisions', '/run']) {
    const { status, headers, body } = await get(path);
    expect(status, path).toBe(404);
    expect(body).toContain('<title>Telltale</title>');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  }
});

test('hashed assets are kept for a year, other files are asked for again', async () => {
  const asset = await get('/assets/index-a1b2c3.js');
  expect(asset.body).toBe('script');
  expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect((await get('/theme.js')).headers['cache-control']).toBe('no-cache');
});

test('an asset of an older build is a 404 and not a page', async () => {
  const { status, body } = await get('/assets/index-old.js');
  expect(status).toBe(404);
  expect(JSON.parse(body)).toMatchObject({ error: { code: 'route_not_found' } });
});

test('nothing outside the build is served, however the path is written', async () => {
  const paths = [
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/.hidden',
    '/runs/../../secret.txt',
    '/secret.txt%00.js',
  ];
  for (const path of paths) {
    const { body } = await get(path);
    expect(body, path).not.toBe('secret');
    expect(body, path).not.toBe('hidden');
    expect(body, path).toMatch(/^<!doctype html>|^\{"error"/);
  }
});

test('a missing build is said in one sentence', async () => {
  const { status, body } = await rawRequest(bare.url, { path: '/runs' });
  expect(status).toBe(503);
  expect(body).toContain('npm start');
});
