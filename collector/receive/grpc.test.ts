// The gRPC endpoint under calls that never end, that are no calls, and that are too many. Times are small here; each test
// waits for what must happen, never for a time.
import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { connect } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { type DecodingServer, openDecodingServer } from '../../test/support/decoding-server.ts';
import { connectHttp2, ended, framed, openCall, prefixOf } from '../../test/support/grpc-calls.ts';
import { encodeRequest, RpcStatus } from '../../test/support/otlp-proto.ts';
import { requestOf, span } from '../../test/support/otlp-server.ts';
import { propertyRuns } from '../../test/support/tier.ts';
import { UnavailableError } from '../decode/codec.ts';
import { BodyBudget } from './body-budget.ts';
import { type OtlpGrpc, type OtlpGrpcOptions, startOtlpGrpc } from './grpc.ts';
import { SharedLimits } from './limits.ts';

const MIB = 1024 * 1024;
const BODY = encodeRequest(requestOf(span()));
let otlp: DecodingServer;
let grpc: OtlpGrpc;
let shared: SharedLimits;
let sessions: ClientHttp2Session[] = [];

/** Both endpoints with the same limits. */
async function open(over: Partial<OtlpGrpcOptions> = {}, budgetBytes = 8 * MIB): Promise<void> {
  shared = new SharedLimits(over.limits, new BodyBudget(budgetBytes));
  otlp = await openDecodingServer({ shared, limits: over.limits ?? {} });
  grpc = await startOtlpGrpc({
    host: '127.0.0.1',
    port: 0,
    ingest: otlp.ingest,
    counters: otlp.counters,
    now: Date.now,
    log: { warn: () => {}, error: (fields) => void otlp.lines.push(JSON.stringify(fields)) },
    shared,
    closeMs: 50,
    random: () => 0,
    ...over,
  });
}
afterEach(async () => {
  for (const session of sessions) session.destroy();
  sessions = [];
  await grpc.close();
  await otlp.close();
});

async function session(): Promise<ClientHttp2Session> {
  const made = await connectHttp2(grpc.port);
  sessions.push(made);
  return made;
}

/** A whole call. */
async function call(over: Record<string, string> = {}, body: Buffer = framed(BODY)) {
  const stream = openCall(await session(), over);
  stream.end(body);
  return ended(stream);
}

it('bounds what many calls that never end hold, refuses the surplus, and serves the others meanwhile', async () => {
  await open({ limits: { deadlineMs: 60_000 } });
  const streams = [];
  for (let i = 0; i < 4; i++) {
    const each = await session();
    for (let k = 0; k < 5; k++) streams.push(openCall(each));
  }
  const ends = streams.map(ended);
  for (const stream of streams) stream.write(prefixOf(60 * MIB));
  // 40 MiB are offered of which 8 may be held: some are refused, and what they held is given back.
  for (let sent = 0; sent < 2; sent++)
    for (const stream of streams) if (!stream.closed) stream.write(Buffer.alloc(MIB));
  const refused = await Promise.race(ends);
  expect(refused).toMatchObject({ status: 14, message: 'Too many bodies at once; send again shortly.' });
  expect(refused.headers['grpc-retry-pushback-ms']).toBe('1000');
  expect(shared.budget.usedBytes).toBeLessThanOrEqual(8 * MIB);
  expect((await call()).status).toBe(0);
  expect((await otlp.post(JSON.stringify(requestOf(span())))).status).toBe(200);
  for (const each of sessions) each.destroy();
  await expect.poll(() => [shared.budget.usedBytes, shared.requests]).toEqual([0, 0]);
});

it('holds no more for a message than has arrived, however long it is said to be', async () => {
  await open();
  const stream = openCall(await session());
  stream.write(Buffer.concat([prefixOf(60 * MIB), Buffer.alloc(100)]));
  await expect.poll(() => shared.budget.usedBytes).toBeGreaterThan(0);
  expect(shared.budget.usedBytes).toBeLessThan(64 * 1024);
});

it.each([
  ['nothing', Buffer.alloc(0)],
  ['a part of the prefix', Buffer.alloc(3)],
  ['a part of the message', Buffer.concat([prefixOf(1000), Buffer.alloc(10)])],
  ['a whole message, and does not end', framed(BODY)],
])('closes a call that sends %s by the deadline', async (_what, bytes) => {
  await open({ limits: { deadlineMs: 80 } });
  const stream = openCall(await session());
  if (bytes.length > 0) stream.write(bytes);
  expect(await ended(stream)).toMatchObject({
    status: 14,
    message: 'The message did not arrive in time; send again shortly.',
  });
  await expect.poll(() => [shared.budget.usedBytes, shared.requests]).toEqual([0, 0]);
});

it('answers by the deadline when storage does not, and by the client’s own when that is shorter', async () => {
  await open({ limits: { deadlineMs: 80 }, ingest: () => new Promise(() => {}) });
  expect(await call()).toMatchObject({ status: 14, message: 'Storage did not answer in time; send again shortly.' });
  expect(await call({ 'grpc-timeout': '5m' })).toMatchObject({ status: 4 });
  expect(await call({ 'grpc-timeout': 'soon' })).toMatchObject({ status: 14 });
});

it('lets storage know when the caller has left', async () => {
  let isWaiting = (): boolean => true;
  await open({
    ingest: (_body, _encoding, sender) =>
      new Promise(() => {
        isWaiting = () => sender?.isWaiting() ?? true;
      }),
  });
  const stream = openCall(await session());
  stream.end(framed(BODY));
  await expect.poll(() => otlp.counters.requestsReceived).toBe(1);
  expect(isWaiting()).toBe(true);
  stream.close();
  await expect.poll(() => isWaiting()).toBe(false);
});

it('turns connections away above the bound of both endpoints, and takes new ones when others are gone', async () => {
  await open({ limits: { maxConnections: 3 } });
  const held = [connect(grpc.port, '127.0.0.1'), connect(otlp.port, '127.0.0.1'), connect(grpc.port, '127.0.0.1')];
  await Promise.all(held.map((socket) => once(socket, 'connect')));
  await expect.poll(() => shared.connections).toBe(3);
  const surplus = connect(grpc.port, '127.0.0.1').on('error', () => {});
  await once(surplus, 'close');
  expect(await otlp.raw('')).toBe('');
  for (const socket of held) socket.destroy();
  await expect.poll(() => shared.connections).toBe(0);
  expect((await call()).status).toBe(0);
});

it('refuses requests above the bound of both endpoints', async () => {
  await open({ limits: { maxRequests: 2 } });
  const each = await session();
  const [one, two] = [openCall(each), openCall(each)];
  one.write(prefixOf(10));
  two.write(prefixOf(10));
  await expect.poll(() => shared.requests).toBe(2);
  expect(await call()).toMatchObject({ status: 14, message: 'Too many requests at once; send again shortly.' });
  expect((await otlp.post('{}')).status).toBe(503);
  one.close();
  two.close();
  await expect.poll(() => shared.requests).toBe(0);
  expect((await otlp.post('{}')).status).toBe(200);
});

it('lets a connection have so many calls at once, and no more', async () => {
  await open({ limits: { maxStreams: 4 } });
  const each = await session();
  if (each.remoteSettings.maxConcurrentStreams !== 4) await once(each, 'remoteSettings');
  expect(each.remoteSettings.maxConcurrentStreams).toBe(4);
});

it('closes a connection that says nothing, no HTTP/2, or does not answer pings', async () => {
  await open({ limits: { headersTimeoutMs: 60, keepAliveMs: 30, keepAliveAnswerMs: 60 } });
  const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');
  for (const bytes of [Buffer.alloc(0), Buffer.from('POST /v1/traces HTTP/1.1\r\n\r\n'), PREFACE]) {
    const socket = connect(grpc.port, '127.0.0.1', () => socket.write(bytes));
    socket.on('error', () => {}).resume();
    await once(socket, 'close');
  }
  await expect.poll(() => shared.connections).toBe(0);
  expect((await call()).status).toBe(0);
});

it('asks a connection without calls to go', async () => {
  await open({ limits: { keepAliveMs: 30, idleMs: 30 } });
  const idle = await session();
  const [code] = await once(idle, 'goaway');
  expect(code).toBe(0);
});

it('says goodbye when it closes, and answers the call under way', async () => {
  let answer = () => {};
  await open({
    closeMs: 60_000,
    ingest: () =>
      new Promise((resolve) => {
        answer = () => resolve({ rejected: 0, message: '' });
      }),
  });
  const each = await session();
  const stream = openCall(each);
  stream.end(framed(BODY));
  const end = ended(stream);
  await expect.poll(() => otlp.counters.requestsReceived).toBe(1);
  const goodbye = once(each, 'goaway');
  const closed = grpc.close();
  await goodbye;
  answer();
  expect(await end).toMatchObject({ status: 0 });
  await closed;
});

it.each([
  ['a method that is not there', { ':path': '/x.Y/Z' }, framed(BODY), 12],
  [
    'profiles',
    { ':path': '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export' },
    framed(BODY),
    12,
  ],
  ['no message', {}, Buffer.alloc(0), 3],
  ['half a message', {}, framed(BODY).subarray(0, 20), 3],
  ['two messages', {}, Buffer.concat([framed(BODY), framed(BODY)]), 3],
  ['a flag that is none', {}, framed(BODY, 7), 3],
  ['a message that is no request', {}, framed(Buffer.from([0x0a, 0xff])), 3],
  ['a message too large', {}, prefixOf(65 * MIB), 8],
  ['a coding that is not known', { 'grpc-encoding': 'snappy' }, framed(BODY, 1), 12],
  ['a compressed message without a coding', {}, framed(gzipSync(BODY), 1), 3],
  ['gzip that is none', { 'grpc-encoding': 'gzip' }, framed(BODY, 1), 3],
])('answers %s with a status and a sentence', async (_what, headers, body, status) => {
  await open();
  const end = await call(headers as Record<string, string>, body);
  expect(end).toMatchObject({ http: 200, status });
  expect(end.message.length).toBeGreaterThan(10);
  const details = Buffer.from(String(end.headers['grpc-status-details-bin']), 'base64');
  expect(RpcStatus.toObject(RpcStatus.decode(details))).toMatchObject({ code: status, message: end.message });
  expect(otlp.lines).toEqual([]);
});

it('refuses a gzip bomb', async () => {
  await open({ maxBodyBytes: MIB });
  const bomb = gzipSync(Buffer.alloc(20 * MIB));
  expect(await call({ 'grpc-encoding': 'gzip' }, framed(bomb, 1))).toMatchObject({ status: 8 });
});

it.each([
  ['gzip', gzipSync(BODY)],
  ['deflate', deflateSync(BODY)],
])('takes %s', async (coding, body) => {
  await open();
  expect(await call({ 'grpc-encoding': coding }, framed(body, 1))).toMatchObject({ status: 0 });
  expect(otlp.accepted()).toBe(1);
});

it.each([
  ['another type', { 'content-type': 'application/json' }, 415],
  ['another form of message', { 'content-type': 'application/grpc+json' }, 415],
  ['another method', { ':method': 'PUT' }, 405],
])('answers %s with a status of HTTP', async (_what, headers, http) => {
  await open();
  expect(await call(headers as Record<string, string>)).toMatchObject({ http, status: null });
});

it('reads a message whatever the chunks it comes in', async () => {
  await open();
  const each = await session();
  const bytes = framed(BODY);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 6 }), async (cuts) => {
      const stream = openCall(each);
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      for (let i = 1; i < places.length; i++) {
        const chunk = bytes.subarray(places[i - 1], places[i]);
        if (chunk.length > 0) await new Promise((resolve) => stream.write(chunk, resolve));
      }
      stream.end();
      expect(await ended(stream)).toMatchObject({ status: 0 });
    }),
    { numRuns: propertyRuns(40, 400) },
  );
});

it('encodes what is no ASCII in a message', async () => {
  await open({ ingest: () => Promise.reject(new UnavailableError('50 % voll, später noch einmal')) });
  expect(await call()).toMatchObject({ status: 14, message: '50 % voll, später noch einmal' });
});

it('answers UNAVAILABLE to a fault of ours, and logs it once', async () => {
  await open({ ingest: () => Promise.reject(new TypeError('a bug')) });
  for (let i = 0; i < 3; i++) expect((await call()).status).toBe(14);
  expect(otlp.lines).toHaveLength(1);
});
