// The OTLP receiver's checklist, lines 25 to 48: replies, limits, other signals. Real HTTP and real decoders; that 200
// means stored (36) and that copies count once (31) is shown where storage is: collector/collector.test.ts, test/kit.
import { request as httpRequest } from 'node:http';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DecodingServer, openDecodingServer } from './support/decoding-server.ts';
import { ExportResponse, encodeRequest, RpcStatus } from './support/otlp-proto.ts';
import { PROTOBUF, requestOf, span } from './support/otlp-server.ts';
import { block, fixed64, int } from './support/protobuf-fields.ts';

const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** What a bomb unpacks to. */
const ZEROS = Buffer.alloc(2.5 * MAX_BODY_BYTES);
let server: DecodingServer;
beforeAll(async () => {
  server = await openDecodingServer({ maxBodyBytes: MAX_BODY_BYTES });
});
afterAll(() => server.close());

const JSON_BODY = JSON.stringify(requestOf(span()));
const PROTO_BODY = encodeRequest(requestOf(span()));

/** Posts, and returns how many of its spans were accepted. */
async function send(body: Buffer | string, headers: Record<string, string> = {}, path?: string) {
  const before = server.accepted();
  const reply = await server.post(body, headers, path);
  const bytes = Buffer.from(await reply.arrayBuffer());
  return { status: reply.status, headers: reply.headers, bytes, accepted: server.accepted() - before };
}
const sendSpans = (...spans: unknown[]) => send(JSON.stringify(requestOf(...spans)));
const partial = (bytes: Buffer) =>
  (JSON.parse(bytes.toString()) as { partialSuccess?: Record<string, string> }).partialSuccess;
const attribute = (value: unknown) => span({ attributes: [{ key: 'k', value }] });

describe('success', () => {
  it('25 answers {} or nothing at all', async () => {
    expect((await send(JSON_BODY)).bytes.toString()).toBe('{}');
    expect((await send(PROTO_BODY, PROTOBUF)).bytes).toHaveLength(0);
  });
  it.each(['{}', '{"resourceSpans":[]}', '{"resourceSpans":[{"scopeSpans":[{}]}]}'])(
    '26 answers 200 to %s',
    async (body) => {
      expect(await send(body)).toMatchObject({ status: 200, accepted: 0 });
      expect(await send(Buffer.alloc(0), PROTOBUF)).toMatchObject({ status: 200 });
    },
  );
  it('27 and 29 rejects span by span, with the exact number as text and a message', async () => {
    const { bytes, accepted } = await sendSpans(span(), span({ traceId: '0'.repeat(32) }), span({ spanId: 'abc' }));
    expect(accepted).toBe(1);
    expect(partial(bytes)).toEqual({ rejectedSpans: '2', errorMessage: expect.stringMatching(/./) });
    const body = encodeRequest(requestOf(span({ traceId: '0'.repeat(32) })));
    const reply = ExportResponse.toObject(ExportResponse.decode((await send(body, PROTOBUF)).bytes), { longs: String });
    expect(reply).toEqual({ partialSuccess: { rejectedSpans: '1', errorMessage: expect.stringMatching(/./) } });
  });
  it('29 takes a span that ends before it begins', async () => {
    expect(await sendSpans(span({ endTimeUnixNano: '1795386336182000000' }))).toMatchObject({ accepted: 1 });
  });
  it.each(['[]', '1', '"x"', 'null', '{"resourceSpans":1}', '{"a":', '\u0000'])(
    '30 answers 400, not 500, to %s',
    async (body) => {
      expect((await send(body)).status).toBe(400);
    },
  );
});

describe('errors and limits', () => {
  it.each([
    [400, '{', {}, '/v1/traces'],
    [404, '{}', {}, '/v1/nothing'],
    [413, 'x'.repeat(MAX_BODY_BYTES + 1), {}, '/v1/traces'],
    [415, '{}', { 'content-encoding': 'snappy' }, '/v1/traces'],
  ])('32 answers %i with a Status in either encoding', async (status, body, headers, path) => {
    const json = await send(body, headers, path);
    expect(json.status).toBe(status);
    expect(JSON.parse(json.bytes.toString())).toMatchObject({
      code: expect.any(Number),
      message: expect.stringMatching(/.{15}/),
    });
    const proto = await send(status === 400 ? Buffer.from([0x0a, 0xff]) : body, { ...headers, ...PROTOBUF }, path);
    expect(proto.status).toBe(status);
    expect((RpcStatus.toObject(RpcStatus.decode(proto.bytes)).message as string).length).toBeGreaterThan(15);
  });
  it('33 gives BadRequest details with 400', async () => {
    const { details } = JSON.parse((await send('{')).bytes.toString()) as { details: Record<string, unknown>[] };
    expect(details[0]).toMatchObject({ '@type': 'type.googleapis.com/google.rpc.BadRequest' });
    expect((await send(Buffer.from([0x0a, 0xff]), PROTOBUF)).bytes.toString('latin1')).toContain(
      'google.rpc.BadRequest',
    );
  });
  it.each([
    ['gzip', gzipSync(ZEROS)],
    ['deflate', deflateSync(ZEROS)],
    ['br', brotliCompressSync(ZEROS, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ])('37 answers 413 to a %s bomb', async (coding, bomb) => {
    expect((await send(bomb, { 'content-encoding': coding })).status).toBe(413);
  });
  it('37 answers 413 to a gzip bomb that lies about its size, and to one in two members', async () => {
    const lying = gzipSync(ZEROS);
    lying.writeUInt32LE(10, lying.length - 4);
    expect((await send(lying, { 'content-encoding': 'gzip' })).status).toBe(413);
    const members = Buffer.concat([gzipSync(ZEROS), gzipSync('{}')]);
    expect((await send(members, { 'content-encoding': 'gzip' })).status).toBe(413);
  });
  it('37 takes a body of several gzip members that is large but within the limit', async () => {
    const large = JSON.stringify(requestOf(attribute({ stringValue: 'x'.repeat(3_000_000) })));
    const members = Buffer.concat([gzipSync(large.slice(0, -5)), gzipSync(large.slice(-5))]);
    expect(await send(members, { 'content-encoding': 'gzip' })).toMatchObject({ status: 200, accepted: 1 });
  });
  it('38 keeps messages short', async () => {
    const { bytes } = await send('{}', { 'content-encoding': 'x'.repeat(9000) });
    expect(bytes.length).toBeLessThan(2500);
  });
  it('39 is not shaken by clients that leave in the middle', async () => {
    await Promise.all(
      Array.from({ length: 20 }, () => {
        const request = httpRequest(`${server.url}/v1/traces`, {
          method: 'POST',
          headers: { ...PROTOBUF, 'content-length': 1000 },
        });
        request.on('error', () => {});
        return new Promise((resolve) => {
          request.on('close', resolve);
          request.write('x', () => request.destroy());
        });
      }),
    );
    expect(await send(JSON_BODY)).toMatchObject({ status: 200 });
  });
  it('40 takes spans whatever keys a client sends along, until there are keys', async () => {
    const headers = { authorization: 'Basic cGs6c2s=', 'x-api-key': 'abc def' };
    expect(await send(JSON_BODY, headers)).toMatchObject({ status: 200, accepted: 1 });
  });
  it('41 takes many requests at once', async () => {
    const replies = await Promise.all(Array.from({ length: 60 }, () => server.post(PROTO_BODY, PROTOBUF)));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
  });
  it('42 gives other origins no permission', async () => {
    const reply = await fetch(`${server.url}/v1/traces`, {
      method: 'OPTIONS',
      headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' },
    });
    expect([...reply.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('other signals', () => {
  // ExportLogsServiceRequest of two records, with and without a trace id.
  const record = [fixed64(1, 1795386336183000001n), int(2, 9), block(5, block(1, 'hello'))];
  const logs = block(
    1,
    block(2, block(2, ...record), block(2, ...record, block(9, Buffer.alloc(16, 7)), block(10, Buffer.alloc(8, 7)))),
  );
  const jsonLogs = JSON.stringify({
    resourceLogs: [{ scopeLogs: [{ logRecords: [{}, { body: { stringValue: 'x' } }] }] }],
  });
  const points = block(1, '');
  const metrics = block(1, block(2, block(2, block(1, 'a'), block(7, points, points)), block(2, block(5, points))));
  const jsonMetrics = JSON.stringify({
    resourceMetrics: [
      { scopeMetrics: [{ metrics: [{ sum: { dataPoints: [{}, {}] } }, { gauge: { dataPoints: [{}] } }] }] },
    ],
  });
  const parsed = (bytes: Buffer) =>
    ExportResponse.toObject(ExportResponse.decode(bytes), { longs: String }).partialSuccess as Record<string, string>;

  it('43 refuses metrics with 200, their number and what to set', async () => {
    const json = await send(jsonMetrics, {}, '/v1/metrics');
    expect(json.status).toBe(200);
    expect(partial(json.bytes)).toEqual({
      rejectedDataPoints: '3',
      errorMessage: expect.stringContaining('Telltale stores traces and logs; set OTEL_METRICS_EXPORTER=none'),
    });
    const proto = await send(metrics, PROTOBUF, '/v1/metrics');
    expect(parsed(proto.bytes)).toMatchObject({ rejectedSpans: '3', errorMessage: expect.stringContaining('METRICS') });
    expect((await send('{}', {}, '/v1/metrics')).bytes.toString()).toBe('{}');
    expect((await send(Buffer.from([0x0a, 0xff]), PROTOBUF, '/v1/metrics')).status).toBe(400);
  });
  it('43 counts log records where they are not stored, and hands them over where they are', async () => {
    expect(partial((await send(jsonLogs, {}, '/v1/logs')).bytes)?.rejectedLogRecords).toBe('2');
    expect(parsed((await send(logs, PROTOBUF, '/v1/logs')).bytes).rejectedSpans).toBe('2');
    const taken: string[] = [];
    const other = await openDecodingServer({
      ingestLogs: async (body, encoding) => {
        taken.push(`${encoding} ${body.length}`);
        return { rejected: 1, message: 'one is odd' };
      },
    });
    const reply = await other.post(jsonLogs, {}, '/v1/logs');
    expect(await reply.json()).toEqual({ partialSuccess: { rejectedLogRecords: '1', errorMessage: 'one is odd' } });
    expect(taken).toEqual([`json ${jsonLogs.length}`]);
    await other.close();
  });
  it('44 says so when log records are sent to /v1/traces, in either encoding', async () => {
    const json = await send(jsonLogs);
    expect(json).toMatchObject({ status: 200, accepted: 0 });
    expect(partial(json.bytes)).toEqual({ rejectedSpans: '2', errorMessage: expect.stringContaining('/v1/logs') });
    for (const body of [logs, block(1, block(2, block(2, ...record)))]) {
      const proto = await send(body, PROTOBUF);
      expect(proto).toMatchObject({ status: 200, accepted: 0 });
      expect(parsed(proto.bytes).errorMessage).toContain('These are log records');
    }
  });
  it('44 says so when metrics are sent to /v1/traces as JSON', async () => {
    expect(partial((await send(jsonMetrics)).bytes)?.errorMessage).toContain('/v1/metrics');
  });
  it('45 answers 404 to profiles', async () => {
    expect((await send('{}', {}, '/v1development/profiles')).status).toBe(404);
  });
  it('48 takes a resource without a service name', async () => {
    const body = JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans: [{ spans: [span()] }] }] });
    expect(await send(body)).toMatchObject({ status: 200, accepted: 1 });
  });
});
