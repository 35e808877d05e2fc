// Foreign requests: whatever comes over HTTP, the answer is a 2xx, a 4xx or 503, and the next request is served.

import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DecodingServer, openDecodingServer } from '../../test/support/decoding-server.ts';
import { encodeRequest } from '../../test/support/otlp-proto.ts';
import { requestOf, span } from '../../test/support/otlp-server.ts';
import { propertyRuns } from '../../test/support/tier.ts';

let otlp: DecodingServer;
beforeAll(async () => {
  otlp = await openDecodingServer({ maxBodyBytes: 100_000 });
});
afterAll(() => otlp.close());

const GOOD_JSON = Buffer.from(
  JSON.stringify(requestOf(span({ attributes: [{ key: '__proto__', value: { intValue: 1 } }] }))),
);
const GOOD_PROTO = encodeRequest(requestOf(span()));
const hostile = fc.constantFrom(
  '{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"a","value":{"doubleValue":{"toString":1,"valueOf":1}}}]}]}]}]}',
  '{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"a","value":{"intValue":[{"toString":1}]}}]}]}]}]}',
  '{"__proto__":{"polluted":true},"resourceSpans":[{"__proto__":{"scopeSpans":[]}}]}',
  '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"\\ud800","traceId":"\\u0000"}]}]}]}',
  '{"resourceLogs":[{"scopeLogs":{"logRecords":1}}],"resourceMetrics":{}}',
  `${'['.repeat(40_000)}`,
  `{"resourceSpans":${'[{"scopeSpans":'.repeat(3000)}1${'}]'.repeat(3000)}}`,
);
/** A good body with some bits flipped, and perhaps cut. */
const mutilated = fc
  .tuple(fc.constantFrom(GOOD_JSON, GOOD_PROTO), fc.array(fc.nat(5000), { maxLength: 4 }), fc.nat(600))
  .map(([good, flips, cut]) => {
    const body = Buffer.from(cut < 300 ? good.subarray(0, cut) : good);
    for (const flip of flips) if (body.length > 0) body[flip % body.length]! ^= 1 << (flip % 8);
    return body;
  });
const body = fc.oneof(
  mutilated,
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  hostile.map((text) => Buffer.from(text)),
);
const packed = fc.oneof(
  { weight: 4, arbitrary: body.map((bytes) => ({ bytes, coding: 'identity' })) },
  body.map((bytes) => ({ bytes: gzipSync(bytes), coding: 'gzip' })),
  body.map((bytes) => ({ bytes: deflateSync(bytes), coding: 'deflate' })),
  fc.tuple(body, fc.constantFrom('gzip', 'deflate', 'br', 'zstd', 'x')).map(([bytes, coding]) => ({ bytes, coding })),
);
const type = fc.constantFrom('application/json', 'application/x-protobuf', 'application/json;;;', 'x/y', '');
const path = fc.constantFrom('/v1/traces', '/v1/traces', '/v1/logs', '/v1/metrics', '/v1/traces/..%00', '/');

it('answers any request with 2xx, 4xx or 503', async () => {
  await fc.assert(
    fc.asyncProperty(packed, type, path, async ({ bytes, coding }, contentType, where) => {
      const reply = await otlp.post(bytes, { 'content-type': contentType, 'content-encoding': coding }, where);
      await reply.arrayBuffer();
      expect(reply.status < 500 || reply.status === 503, String(reply.status)).toBe(true);
    }),
    { numRuns: propertyRuns(120, 3000) },
  );
  // 503 is for what may pass: nothing of the above may, so each would be a fault of ours.
  expect(otlp.lines).toEqual([]);
  expect(otlp.counters.requestsAnswered.get(503)).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

it('answers or closes any connection', async () => {
  const line = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      'POST /v1/traces HTTP/1.1',
      'Host: localhost',
      'Content-Length: 5',
      'Content-Length: -1',
      'Transfer-Encoding: chunked',
      '5',
      '{"a":',
      '',
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
      // The blank lines end whatever was begun; a request that waits for more is ended by its own length.
      const answer = await otlp.raw(`${lines.join('\r\n')}\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n\u0000\r\n\r\n`);
      expect(answer).not.toMatch(/^HTTP\/1\.1 5(?!03)/m);
    }),
    { numRuns: propertyRuns(40, 500) },
  );
  expect((await otlp.post(GOOD_JSON)).status).toBe(200);
});
