// What the OTLP endpoint refuses, and that it goes on serving: real HTTP and the real engine.
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeRequest, RpcStatus } from '../../test/support/otlp-proto.ts';
import { type OtlpServer, openOtlpServer, PROTOBUF, requestOf, span, TRACE } from '../../test/support/otlp-server.ts';
import { startCollector } from '../collector.ts';

const MAX_BODY_BYTES = 200_000;
let otlp: OtlpServer;
let { db, collector, post, postJson, stored } = {} as OtlpServer;

beforeAll(async () => {
  otlp = await openOtlpServer(MAX_BODY_BYTES);
  ({ db, collector, post, postJson, stored } = otlp);
});
afterAll(() => otlp.close());
beforeEach(() => db.command('TRUNCATE TABLE spans'));

/** One protobuf field of bytes. */
const field = (number: number, bytes: Buffer): Buffer => {
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), bytes]);
};

describe('refusals', () => {
  it.each([
    ['broken JSON', '{"resourceSpans":[', 'application/json', 400],
    ['JSON that is no object', '[1]', 'application/json', 400],
    ['bytes that are no protobuf', Buffer.from([0x0a, 0xff, 0xff]), 'application/x-protobuf', 400],
    ['an unknown type', 'x', 'text/plain', 415],
    ['a body over the limit', 'x'.repeat(MAX_BODY_BYTES + 1), 'application/json', 413],
  ])('answers %s with a Status', async (_what, body, type, status) => {
    const reply = await post(body, { 'content-type': type });
    expect(reply.status).toBe(status);
    expect(reply.headers.get('content-type')).toBe(type === 'application/x-protobuf' ? type : 'application/json');
    const bytes = Buffer.from(await reply.arrayBuffer());
    const message =
      type === 'application/x-protobuf'
        ? (RpcStatus.toObject(RpcStatus.decode(bytes)).message as string)
        : (JSON.parse(bytes.toString()) as { message: string }).message;
    expect(message.length).toBeGreaterThan(20);
    expect(await stored()).toBe(0);
  });

  it('refuses a gzip bomb without unpacking it', async () => {
    const reply = await post(gzipSync(Buffer.alloc(50_000_000)), { 'content-encoding': 'gzip' });
    expect(reply.status).toBe(413);
  });

  it.each([
    ['corrupt gzip', Buffer.from('no gzip at all'), 'gzip', 400],
    ['cut gzip', gzipSync(JSON.stringify({ a: 'x'.repeat(500) })).subarray(0, 30), 'gzip', 400],
    ['another encoding', Buffer.from('x'), 'snappy', 415],
  ])('answers %s', async (_what, body, encoding, status) => {
    expect((await post(body, { 'content-encoding': encoding })).status).toBe(status);
  });

  it('leaves nothing behind of a request that breaks after good spans', async () => {
    const good = encodeRequest(requestOf(span()));
    const reply = await post(Buffer.concat([good, good, Buffer.from([0x0a, 0x7f, 0x01])]), PROTOBUF);
    expect(reply.status).toBe(400);
    expect(await stored()).toBe(0);
    expect((await post(good, PROTOBUF)).status).toBe(200);
    expect(await stored()).toBe(1);
  });

  it('leaves nothing behind of a request whose first span breaks half-way, in no column', async () => {
    const cut = (attribute: string, bytes: number[]) => {
      // An attribute whose value is a list: one whole text, then an item that runs past its end.
      const item = Buffer.concat([Buffer.from([0x0a, 0x08, 0x0a, 0x06]), Buffer.from('LEAKED'), Buffer.from(bytes)]);
      const list = field(5, item);
      const pair = Buffer.concat([field(1, Buffer.from(attribute)), field(2, list)]);
      const ids = Buffer.concat([
        field(1, Buffer.from(TRACE, 'hex')),
        field(2, Buffer.from('00f067aa0ba902b7', 'hex')),
      ]);
      const time = Buffer.from('3901000000000000f0', 'hex').fill(0x17, 2, 9);
      return field(1, field(2, field(2, Buffer.concat([ids, time, field(9, pair)]))));
    };
    for (const attribute of ['telltale.decision.options', 'anything.else']) {
      const broken = await post(cut(attribute, [0x0a, 0x7f, 0x01]), PROTOBUF);
      expect(broken.status, attribute).toBe(400);
      const options = { key: 'telltale.decision.options', value: { arrayValue: { values: [{ stringValue: 'a' }] } } };
      const good = await postJson(
        span({ name: attribute, attributes: [options, { key: 'k', value: { stringValue: 'v' } }] }),
      );
      expect(good.status, attribute).toBe(200);
    }
    const rows = await db.query(
      'SELECT decision_options AS o, mapKeys(attributes) AS k, mapValues(attributes) AS v FROM spans',
    );
    const expected = { o: ['a'], k: ['telltale.decision.options', 'k'], v: ['["a"]', 'v'] };
    expect(rows).toEqual([expected, expected]);
  });

  it('refuses more objects or spans than any real batch holds, at once', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'telltale-refusals-'));
    const server = await startCollector({
      db,
      projectId: 'default',
      host: '127.0.0.1',
      httpPort: 0,
      dataDir,
      spool: { minFreeBytes: 0 },
      log: { warn: () => {}, error: () => {} },
    });
    const send = (body: Buffer, type: string) =>
      fetch(`${server.url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': type, 'content-encoding': 'gzip' },
        body: new Uint8Array(gzipSync(body)),
      });
    const objects = Buffer.from(`{"resourceSpans":[${'{},'.repeat(3_100_000)}{}]}`);
    expect((await send(objects, 'application/json')).status).toBe(413);
    const long = Buffer.from(`{"x":"${'y'.repeat(33 * 1024 * 1024)}"}`);
    expect((await send(long, 'application/json')).status).toBe(413);
    const spans = field(1, field(2, Buffer.concat(Array.from({ length: 100_001 }, () => Buffer.from([0x12, 0x00])))));
    expect((await send(spans, 'application/x-protobuf')).status).toBe(413);
    await server.close();
    await rm(dataDir, { recursive: true });
  });

  it('answers other methods and paths with what to do', async () => {
    expect((await fetch(`${collector.url}/v1/traces`)).status).toBe(405);
    expect((await fetch(`${collector.url}/`)).status).toBe(404);
    const logs = await post('{}', {}, '/v1/logs');
    expect(logs.status).toBe(200);
    expect((await fetch(`${collector.url}/v1/logs`)).status).toBe(405);
  });

  it('takes nothing under a name that is not this machine’s, as a rebound web page would use', async () => {
    const { port } = new URL(collector.url);
    const statusFor = (host: string, from: Record<string, string> = {}) =>
      new Promise<number | undefined>((resolve, reject) => {
        const request = httpRequest(
          {
            port,
            host: '127.0.0.1',
            path: '/v1/traces',
            method: 'POST',
            headers: { host, 'content-type': 'application/json', ...from },
          },
          (reply) => resolve(reply.resume().statusCode),
        );
        request.on('error', reject);
        request.end(JSON.stringify(requestOf(span())));
      });
    expect(await statusFor('evil.example')).toBe(421);
    expect(await statusFor('127.0.0.1.evil.example:4318')).toBe(421);
    // Nor from a page of another site, which a browser names.
    expect(await statusFor('localhost', { origin: 'http://evil.example' })).toBe(403);
    expect(await (await post('{}', { origin: 'http://shop:3000' })).text()).toContain('TELLTALE_ALLOWED_HOSTS');
    expect(await statusFor('localhost', { origin: 'null' })).toBe(403);
    expect(await statusFor('localhost', { 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await stored()).toBe(0);
    expect(await statusFor('localhost', { origin: 'http://localhost:5173' })).toBe(200);
    expect(await statusFor(`localhost:${port}`)).toBe(200);
    expect(await statusFor(`[::1]:${port}`)).toBe(200);
  });

  it('survives clients that go away in the middle of a body', async () => {
    const { port } = new URL(collector.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(
          'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"res',
        );
        setImmediate(() => socket.destroy());
      });
      socket.on('close', () => resolve());
      socket.on('error', () => resolve());
    });
    expect((await postJson(span())).status).toBe(200);
  });

  it('keeps the connection for the next request', async () => {
    const { port } = new URL(collector.url);
    const { Agent } = await import('node:http');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let i = 0; i < 3; i++) {
      await new Promise<void>((resolve, reject) => {
        const request = httpRequest(
          {
            port,
            host: '127.0.0.1',
            path: '/v1/traces',
            method: 'POST',
            agent,
            headers: { 'content-type': 'application/json' },
          },
          (reply) => {
            ports.add(reply.socket.localPort);
            reply.resume().on('end', resolve);
          },
        );
        request.on('error', reject);
        request.end('{}');
      });
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });
});
