// Foreign bytes: whatever comes, the decoder answers or refuses; it never crashes, never keeps half a request, and
// agrees with an independent decoder.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SpanBlock } from '#storage/span-block';
import { createRandom, createWorkload, makeBatch } from '../../bench/workload.ts';
import { ExportRequest, encodeRequest, type JsonRequest } from '../../test/support/otlp-proto.ts';
import { propertyRuns } from '../../test/support/tier.ts';
import { SpanWriter } from '../map/write-span.ts';
import { MalformedError } from '../wire/wire.ts';
import { ProtobufDecoder } from './decode-protobuf.ts';
import { jsonToProtobuf } from './json-to-protobuf.ts';

const batch = { projectId: 'default', receivedAtMs: 1_795_000_000_000 };
const decoder = new ProtobufDecoder(new SpanWriter());
const block = new SpanBlock();

/** Decodes into the shared block; returns accepted spans or 'malformed'. Anything else thrown is a bug. */
function decode(bytes: Buffer): number | 'malformed' {
  const before = block.rows;
  try {
    const { accepted } = decoder.decode(bytes, batch, block);
    expect(block.rows).toBe(before + accepted);
    return accepted;
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedError);
    expect(block.rows).toBe(before);
    return 'malformed';
  } finally {
    block.encode(); // every column must have the same number of rows, or this throws
    if (block.rows > 500) block.clear();
  }
}

const json: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 6 });
const key = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'gen_ai.operation.name',
    'gen_ai.usage.input_tokens',
    'telltale.decision.options',
    'llm.input_messages.0.message.role',
    'llm.input_messages.99999999999.x',
    'input.value',
    'error.type',
    'session.id',
  ),
);
const anyValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.record({ stringValue: fc.string({ unit: 'binary', maxLength: 20 }) }),
    fc.record({ intValue: fc.oneof(fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)) }),
    fc.record({ doubleValue: fc.double() }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ bytesValue: fc.base64String() }),
    fc.constant({}),
    fc.record({ arrayValue: fc.record({ values: fc.array(tie('value'), { maxLength: 3 }) }) }),
    fc.record({
      kvlistValue: fc.record({ values: fc.array(fc.record({ key, value: tie('value') }), { maxLength: 3 }) }),
    }),
  ),
})).value;
const attributes = fc.array(fc.record({ key, value: anyValue }), { maxLength: 6 });
const id = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((array) => Buffer.from(array).toString('hex'));
const nano = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const span = fc.record({
  traceId: fc.oneof({ weight: 9, arbitrary: id(16) }, id(3)),
  spanId: fc.oneof({ weight: 9, arbitrary: id(8) }, id(9)),
  parentSpanId: fc.oneof(fc.constant(''), id(8)),
  name: fc.string({ maxLength: 20 }),
  kind: fc.integer({ min: 0, max: 7 }),
  startTimeUnixNano: nano,
  endTimeUnixNano: nano,
  attributes,
  events: fc.array(fc.record({ timeUnixNano: nano, name: fc.constantFrom('exception', 'x'), attributes }), {
    maxLength: 2,
  }),
  links: fc.array(fc.record({ traceId: id(16), spanId: id(8), attributes }), { maxLength: 2 }),
  status: fc.record({ code: fc.integer({ min: 0, max: 3 }), message: fc.string({ maxLength: 10 }) }),
});
const request = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      scopeSpans: fc.array(
        fc.record({
          scope: fc.record({ name: fc.string(), version: fc.string(), attributes }),
          spans: fc.array(span, { maxLength: 4 }),
        }),
        { maxLength: 2 },
      ),
    }),
    { maxLength: 3 },
  ),
}) as fc.Arbitrary<JsonRequest>;

describe('the decoder', () => {
  it('takes exactly the valid spans of any request, and JSON and protobuf give the same block', () => {
    fc.assert(
      fc.property(request, (value) => {
        const fromProtobuf = new SpanBlock();
        const fromJson = new SpanBlock();
        const a = new ProtobufDecoder(new SpanWriter()).decode(encodeRequest(value), batch, fromProtobuf);
        const converted = jsonToProtobuf(Buffer.from(JSON.stringify(value)));
        const b = new ProtobufDecoder(new SpanWriter()).decode(converted.bytes, batch, fromJson);
        expect(b).toEqual(a);
        expect(Buffer.from(fromJson.encode()).equals(Buffer.from(fromProtobuf.encode()))).toBe(true);
      }),
      { numRuns: propertyRuns(40, 1000) },
    );
  });

  it('answers or refuses random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        decode(Buffer.from(bytes));
      }),
      { numRuns: propertyRuns(400, 10_000) },
    );
  });

  it('agrees with an independent decoder on which mutilated requests are no requests', () => {
    const random = createRandom(42);
    const { body } = makeBatch(createWorkload(3, 1_795_000_000_000), 4);
    const images = propertyRuns(600, 8000);
    let refused = 0;
    for (let i = 0; i < images; i++) {
      const bytes = Buffer.from(body.subarray(0, random() < 0.3 ? Math.floor(random() * body.length) : body.length));
      for (let flips = 0; flips < 3 && bytes.length > 0; flips++)
        bytes[Math.floor(random() * bytes.length)]! ^= 1 << Math.floor(random() * 8);
      const ours = decode(bytes);
      let theirs = true;
      try {
        ExportRequest.decode(bytes);
      } catch {
        theirs = false;
      }
      // We skip whole what is known under another wire type, and do not look into it; so we may take more, never less.
      if (theirs) expect(ours).not.toBe('malformed');
      if (ours === 'malformed') refused++;
    }
    expect(refused).toBeGreaterThan(images / 40);
  });

  it('refuses or takes any JSON, and leaves Object.prototype alone', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          json,
          fc.record({ resourceSpans: json }),
          fc.record({
            resourceSpans: fc.array(
              fc.record({
                resource: json,
                scopeSpans: fc.array(fc.record({ scope: json, spans: fc.array(fc.oneof(json, span)) })),
              }),
            ),
          }),
        ),
        (value) => {
          try {
            decode(jsonToProtobuf(Buffer.from(JSON.stringify(value))).bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedError);
          }
        },
      ),
      { numRuns: propertyRuns(100, 3000) },
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
