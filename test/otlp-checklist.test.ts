// The OTLP receiver's checklist, lines 1 to 24, one test per line, named by its number: media and the JSON mapping. Real
// HTTP and real decoders. Line 17, no digit of a time is lost, is shown where it is stored: collector/collector.test.ts.
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DecodingServer, openDecodingServer } from './support/decoding-server.ts';
import { encodeRequest } from './support/otlp-proto.ts';
import { PROTOBUF, requestOf, span } from './support/otlp-server.ts';
import { block, fixed64, int } from './support/protobuf-fields.ts';

let server: DecodingServer;
beforeAll(async () => {
  server = await openDecodingServer();
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

describe('endpoints and media', () => {
  it('1 takes an ExportTraceServiceRequest on /v1/traces', async () => {
    expect(await send(PROTO_BODY, PROTOBUF)).toMatchObject({ status: 200, accepted: 1 });
  });
  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('2 answers %s with 405', async (method) => {
    const reply = await fetch(`${server.url}/v1/traces`, { method });
    expect(reply.status).toBe(405);
    expect(reply.headers.get('allow')).toBe('POST');
  });
  it('3 takes protobuf and JSON on one port', async () => {
    expect(await send(PROTO_BODY, PROTOBUF)).toMatchObject({ accepted: 1 });
    expect(await send(JSON_BODY)).toMatchObject({ accepted: 1 });
  });
  it.each(['application/json; charset=utf-8', 'APPLICATION/json', ' application/json ;x=y'])(
    '4 tolerates %s',
    async (type) => {
      expect(await send(JSON_BODY, { 'content-type': type })).toMatchObject({ status: 200, accepted: 1 });
    },
  );
  it('5 answers 415 to an unknown type and to none', async () => {
    expect((await send('x', { 'content-type': 'text/plain' })).status).toBe(415);
    const none = await server.raw(
      'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    );
    expect(none).toMatch(/^HTTP\/1\.1 415 /);
  });
  it.each([
    ['success', PROTO_BODY, JSON_BODY, '/v1/traces'],
    ['a body that is broken', Buffer.from([0x0a, 0xff]), '{', '/v1/traces'],
    ['a wrong path', PROTO_BODY, JSON_BODY, '/v1/nothing'],
  ])('6 answers %s in the encoding of the request', async (_what, proto, json, path) => {
    expect((await send(proto, PROTOBUF, path)).headers.get('content-type')).toBe('application/x-protobuf');
    expect((await send(json, {}, path)).headers.get('content-type')).toBe('application/json');
  });
  it('7 and 8 takes gzip and plain bodies', async () => {
    expect(await send(gzipSync(PROTO_BODY), { ...PROTOBUF, 'content-encoding': 'gzip' })).toMatchObject({
      accepted: 1,
    });
    expect(await send(gzipSync(JSON_BODY), { 'content-encoding': 'GZIP' })).toMatchObject({ accepted: 1 });
    expect(await send(JSON_BODY, { 'content-encoding': 'identity' })).toMatchObject({ accepted: 1 });
  });
  it.each([
    ['deflate', deflateSync(JSON_BODY)],
    ['deflate', deflateRawSync(JSON_BODY)],
    ['br', brotliCompressSync(JSON_BODY)],
  ])('9 takes %s', async (coding, body) => {
    expect(await send(body, { 'content-encoding': coding })).toMatchObject({ status: 200, accepted: 1 });
  });
  it('9 takes zstd where Node can, and says 415 where it cannot', async () => {
    const zlib = (await import('node:zlib')) as unknown as { zstdCompressSync?: (body: string) => Buffer };
    const { status, bytes } = await send(zlib.zstdCompressSync?.(JSON_BODY) ?? Buffer.from('x'), {
      'content-encoding': 'zstd',
    });
    expect(status).toBe(zlib.zstdCompressSync === undefined ? 415 : 200);
    if (status === 415) expect(bytes.toString()).toContain('22.15');
  });
  it.each(['compress', 'gzip, gzip', 'snappy'])('9 answers 415 to %s', async (coding) => {
    expect((await send(gzipSync(JSON_BODY), { 'content-encoding': coding })).status).toBe(415);
  });
  it.each(['gzip', 'deflate', 'br'])('10 answers 400 to corrupt and to cut %s', async (coding) => {
    const good = (coding === 'gzip' ? gzipSync : coding === 'br' ? brotliCompressSync : deflateSync)(JSON_BODY);
    expect((await send(Buffer.from('no such thing'), { 'content-encoding': coding })).status).toBe(400);
    expect((await send(good.subarray(0, good.length >> 1), { 'content-encoding': coding })).status).toBe(400);
  });
  it('11 answers small replies plain, whatever the client accepts', async () => {
    expect((await send(JSON_BODY, { 'accept-encoding': 'gzip' })).headers.get('content-encoding')).toBeNull();
  });
  it.each(['/base/v1/traces', '/api/public/otel/v1/traces', '/v1/traces/', '/v1/traces?a=b'])(
    '12 takes %s',
    async (path) => {
      expect(await send(JSON_BODY, {}, path)).toMatchObject({ status: 200, accepted: 1 });
    },
  );
  it('13 answers several requests on one connection', async () => {
    const one = `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n`;
    const all = await server.raw(`${one}\r\n{}${one}\r\n{}${one}Connection: close\r\n\r\n{}`);
    expect(all.match(/HTTP\/1\.1 200 /g)).toHaveLength(3);
  });
});

describe('the JSON mapping', () => {
  it('14 takes hex ids in either case, in links too, and never base64', async () => {
    const ids = {
      traceId: '4BF92F3577b34da6a3ce929d0e0e4736',
      spanId: '00F067AA0BA902B7',
      parentSpanId: '00F067aa0ba902b8',
    };
    expect(await sendSpans(span({ ...ids, links: [ids] }))).toMatchObject({ accepted: 1 });
    expect(await sendSpans(span({ traceId: 'S/kvNXezTaajzpKdDg5HNg==' }))).toMatchObject({ status: 200, accepted: 0 });
  });
  it.each([{ kind: 'SPAN_KIND_SERVER' }, { status: { code: 'STATUS_CODE_ERROR' } }])(
    '15 rejects a span with %o, not its neighbour',
    async (field) => {
      const { bytes, accepted } = await sendSpans(span(field), span());
      expect(accepted).toBe(1);
      expect(partial(bytes)?.rejectedSpans).toBe('1');
    },
  );
  it.each(['1795386336183000001', 1795386336183000])(
    '16 takes 64-bit values as text and as number: %s',
    async (value) => {
      expect(await sendSpans(span({ startTimeUnixNano: value }), attribute({ intValue: value }))).toMatchObject({
        accepted: 2,
      });
    },
  );
  it('16 rejects times that are no unsigned 64-bit integers', async () => {
    const bad = ['99999999999999999999', '-1', '1.5', 'now'].map((time) => span({ startTimeUnixNano: time }));
    expect(await sendSpans(...bad)).toMatchObject({ status: 200, accepted: 0 });
  });
  it('18 and 19 ignores unknown fields, snake case among them', async () => {
    expect(await sendSpans({ ...span(), dropped_attributes_count: 'x', new_field: { a: [1] } })).toMatchObject({
      accepted: 1,
    });
  });
  it.each([
    span({ attributes: null, events: null, links: null, status: null }),
    attribute({}),
    attribute(null),
    { traceId: span().traceId, spanId: span().spanId, startTimeUnixNano: span().startTimeUnixNano },
  ])('20 takes missing and empty parts: %o', async (bare) => {
    expect(await sendSpans(bare)).toMatchObject({ accepted: 1 });
    const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [bare] }] }] });
    expect(await send(body)).toMatchObject({ accepted: 1 });
  });
  it('21 skips unknown protobuf fields', async () => {
    // field 99, of each wire type
    const unknown = Buffer.from([
      0x98, 0x06, 1, 0x99, 0x06, 0, 0, 0, 0, 0, 0, 0, 0, 0x9a, 0x06, 1, 65, 0x9d, 0x06, 0, 0, 0, 0,
    ]);
    expect(await send(Buffer.concat([unknown, PROTO_BODY, unknown]), PROTOBUF)).toMatchObject({ accepted: 1 });
  });
  it('22 takes string table references as absent values', async () => {
    const body = JSON.stringify(
      requestOf(attribute({ stringValueStrindex: 3 }), span({ attributes: [{ keyStrindex: 1 }] })),
    );
    expect(await send(body)).toMatchObject({ accepted: 2 });
    const pair = block(9, block(2, int(8, 3)), int(3, 1));
    const ids = Buffer.concat([block(1, Buffer.alloc(16, 1)), block(2, Buffer.alloc(8, 1))]);
    const bytes = block(1, block(2, block(2, ids, fixed64(7, 1795386336183000001n), pair)));
    expect(await send(bytes, PROTOBUF)).toMatchObject({ status: 200, accepted: 1 });
  });
  it('23 keeps bytes and nested values', async () => {
    const nested = {
      kvlistValue: { values: [{ key: 'a', value: { arrayValue: { values: [{ bytesValue: 'AAEC' }, {}] } } }] },
    };
    expect(await sendSpans(attribute(nested))).toMatchObject({ accepted: 1 });
  });
  it('24 takes a key twice', async () => {
    const pair = { key: 'k', value: { stringValue: 'v' } };
    expect(await sendSpans(span({ attributes: [pair, pair] }))).toMatchObject({ accepted: 1 });
  });
});
