// The OTLP endpoint as clients see it: real HTTP and the real engine.
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ExportResponse, encodeRequest } from '../test/support/otlp-proto.ts';
import { type OtlpServer, openOtlpServer, PROTOBUF, requestOf, span } from '../test/support/otlp-server.ts';

const MAX_BODY_BYTES = 200_000;
let otlp: OtlpServer;
let { db, collector, post, postJson, stored } = {} as OtlpServer;

beforeAll(async () => {
  otlp = await openOtlpServer(MAX_BODY_BYTES);
  ({ db, collector, post, postJson, stored } = otlp);
});
afterAll(() => otlp.close());
beforeEach(() => db.command('TRUNCATE TABLE spans'));

describe('success', () => {
  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])(
    'stores what comes as %s and answers {}',
    async (type) => {
      const reply = await post(JSON.stringify(requestOf(span({ name: type }))), { 'content-type': type });
      expect(reply.status).toBe(200);
      expect(reply.headers.get('content-type')).toBe('application/json');
      expect(await reply.json()).toEqual({});
      expect(await stored()).toBe(1);
    },
  );

  it('stores protobuf and answers an empty protobuf message', async () => {
    const reply = await post(encodeRequest(requestOf(span())), PROTOBUF);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toBe('application/x-protobuf');
    expect((await reply.arrayBuffer()).byteLength).toBe(0);
    expect(await stored()).toBe(1);
  });

  it('takes gzip, in both encodings', async () => {
    expect(
      (await post(gzipSync(JSON.stringify(requestOf(span({ name: 'zipped' })))), { 'content-encoding': 'gzip' }))
        .status,
    ).toBe(200);
    expect(
      (
        await post(gzipSync(encodeRequest(requestOf(span({ spanId: 'aaaaaaaaaaaaaaaa' })))), {
          ...PROTOBUF,
          'content-encoding': 'gzip',
        })
      ).status,
    ).toBe(200);
    expect(await stored()).toBe(2);
  });

  it.each(['/base/v1/traces', '/api/public/otel/v1/traces', '/v1/traces?x=1'])('takes spans on %s', async (path) => {
    expect((await post(JSON.stringify(requestOf(span({ name: path }))), {}, path)).status).toBe(200);
    expect(await stored()).toBe(1);
  });

  it.each([
    '{}',
    '{"resourceSpans":[]}',
    '{"resourceSpans":null}',
    '{"resourceSpans":[{}]}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[]}]}]}',
  ])('answers 200 to the empty request %s', async (body) => {
    expect((await post(body)).status).toBe(200);
  });

  it('answers 200 to an empty protobuf body', async () => {
    expect((await post(Buffer.alloc(0), PROTOBUF)).status).toBe(200);
  });

  it('has every acknowledged span in storage once it has settled', async () => {
    for (let i = 0; i < 10; i++) {
      await postJson(span({ spanId: `00000000000000${(i + 16).toString(16)}` }));
      expect(await stored()).toBe(i + 1);
    }
  });

  it('stores the spans of many concurrent requests, each once', async () => {
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        post(encodeRequest(requestOf(span({ spanId: (i + 1).toString(16).padStart(16, '0') }))), PROTOBUF),
      ),
    );
    expect(replies.every(({ status }) => status === 200)).toBe(true);
    expect(await stored()).toBe(100);
  });
});

describe('values', () => {
  const one = async () =>
    (
      await db.query<Record<string, unknown>>(
        'SELECT toString(toUnixTimestamp64Nano(start_time)) AS start, duration_ns, mapKeys(attributes) AS keys, mapValues(attributes) AS texts, attribute_types AS types, events FROM spans',
      )
    )[0];

  it('keeps every digit of 64-bit times and integers, as text and as bare numbers', async () => {
    const body = JSON.stringify(
      requestOf(
        span({
          attributes: [
            { key: 'max', value: { intValue: '9223372036854775807' } },
            { key: 'min', value: { intValue: '-9223372036854775808' } },
          ],
        }),
      ),
    );
    await post(
      body
        .replace('"1795386336183000001"', '1795386336183000001')
        .replace('"9223372036854775807"', '9223372036854775807'),
    );
    expect(await one()).toMatchObject({
      start: '1795386336183000001',
      duration_ns: '1000002',
      texts: ['9223372036854775807', '-9223372036854775808'],
      types: 'ii',
    });
  });

  it('keeps every kind of attribute value, hostile keys and duplicate keys included', async () => {
    const attributes = [
      { key: '__proto__', value: { stringValue: 'polluted?' } },
      { key: 'constructor', value: { kvlistValue: { values: [{ key: '__proto__', value: { boolValue: true } }] } } },
      { key: 'double', value: { doubleValue: 0.1 } },
      { key: 'nan', value: { doubleValue: 'NaN' } },
      { key: 'list', value: { arrayValue: { values: [{ intValue: 1 }, { stringValue: 'a"b\n\n' }, {}] } } },
      { key: 'bytes', value: { bytesValue: 'AAEC' } },
      { key: 'none', value: {} },
      { key: 'missing' },
      { key: 'twice', value: { stringValue: 'one' } },
      { key: 'twice', value: { stringValue: 'two' } },
    ];
    expect((await postJson(span({ attributes }))).status).toBe(200);
    expect(await one()).toMatchObject({
      keys: attributes.map(({ key }) => key),
      texts: ['polluted?', '{"__proto__":true}', '0.1', 'NaN', '[1,"a\\"b\\n\\n",null]', 'AAEC', '', '', 'one', 'two'],
      types: 'skddaxnnss',
    });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('stores a text that looks like SQL after a blank line as text', async () => {
    const name = "x\n\nTRUNCATE TABLE spans;\n\n'); DROP TABLE spans; --";
    await postJson(span({ name }));
    expect(await db.query('SELECT name FROM spans')).toEqual([{ name }]);
  });

  it('cuts values nested deeper than 32 levels, without a crash', async () => {
    const depth = 5000;
    const value = `${'{"arrayValue":{"values":['.repeat(depth)}{"stringValue":"deep"}${']}}'.repeat(depth)}`;
    const body = JSON.stringify(requestOf(span({ attributes: [{ key: 'deep', value: 'HERE' }] }))).replace(
      '"HERE"',
      value,
    );
    expect((await post(body)).status).toBe(200);
    expect((await one())?.texts).toEqual([expect.stringContaining('nested deeper than 32')]);
  });

  it('ignores unknown fields', async () => {
    expect((await postJson({ ...span(), unheardOf: { a: 1 }, dropped_attributes_count: 'x' })).status).toBe(200);
    expect(await stored()).toBe(1);
  });
});

describe('partial success', () => {
  const bad = [
    span({ traceId: '0'.repeat(32), spanId: '1111111111111111' }),
    span({ traceId: 'abc', spanId: '2222222222222222' }),
    span({ spanId: '0'.repeat(16) }),
    span({ spanId: '33333333333333', name: 'short' }),
    span({ spanId: '4444444444444444', startTimeUnixNano: '0', endTimeUnixNano: '0' }),
  ];

  it('stores the good spans, counts the bad ones and says why, in JSON', async () => {
    const reply = await postJson(span(), ...bad);
    expect(reply.status).toBe(200);
    const { partialSuccess } = (await reply.json()) as {
      partialSuccess: { rejectedSpans: string; errorMessage: string };
    };
    expect(partialSuccess.rejectedSpans).toBe('5');
    expect(partialSuccess.errorMessage).toMatch(
      /5 of 6 spans were not stored .*2 × invalid_trace_id.*2 × invalid_span_id.*1 × invalid_time/,
    );
    expect(await stored()).toBe(1);
  });

  it('does the same in protobuf', async () => {
    const reply = await post(
      encodeRequest(requestOf(span(), ...bad.filter(({ traceId }) => traceId !== 'abc'))),
      PROTOBUF,
    );
    const decoded = ExportResponse.toObject(ExportResponse.decode(Buffer.from(await reply.arrayBuffer())), {
      longs: String,
    });
    expect(decoded).toEqual({
      partialSuccess: { rejectedSpans: '4', errorMessage: expect.stringContaining('invalid_trace_id') },
    });
    expect(await stored()).toBe(1);
  });

  it('rejects a span whose enum is a name, or whose id is base64, and keeps its neighbours', async () => {
    const reply = await postJson(
      span({ kind: 'SPAN_KIND_SERVER' }),
      span({ traceId: 'S/kvNXezTaajzpKdDg5HNg==' }),
      span(),
    );
    expect(await reply.json()).toMatchObject({ partialSuccess: { rejectedSpans: '2' } });
    expect(await stored()).toBe(1);
  });

  it('counts everything: received is acked plus rejected', async () => {
    const { counters } = collector;
    const { received, acked, inserted, spooled, quarantined, lost, deduplicated, rejected } = counters.spans;
    expect(received).toBe(acked + [...rejected.values()].reduce((sum, n) => sum + n, 0));
    expect(acked).toBe(inserted + spooled + quarantined + lost + deduplicated);
    expect(counters.spans.rejected.get('invalid_trace_id')).toBeGreaterThan(0);
  });
});
