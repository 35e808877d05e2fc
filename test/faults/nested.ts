// Requests whose values are nested as deep as asked, built without recursion: their makers must not be what breaks.
import { randomBytes } from 'node:crypto';
import { requestOf, span } from '../support/otlp-server.ts';

const place = '"HERE"';

/** JSON: lists, maps, an unknown field, and brackets that are no request. */
export function deepJson(depth: number): Record<string, Buffer> {
  const wrap = (open: string, inner: string, close: string) => open.repeat(depth) + inner + close.repeat(depth);
  const inAttribute = (value: string) =>
    Buffer.from(JSON.stringify(requestOf(spanWith([{ key: 'deep', value: 'HERE' }]))).replace(place, value));
  return {
    lists: inAttribute(wrap('{"arrayValue":{"values":[', '{"stringValue":"x"}', ']}}')),
    maps: inAttribute(wrap('{"kvlistValue":{"values":[{"key":"k","value":', '{"stringValue":"x"}', '}]}}')),
    'an unknown field': Buffer.from(
      JSON.stringify(requestOf({ ...spanWith([]), unheardOf: 'HERE' })).replace(place, wrap('[', '', ']')),
    ),
    'text that holds JSON': Buffer.from(
      JSON.stringify(
        requestOf(spanWith([{ key: 'gen_ai.input.messages', value: { stringValue: wrap('[', '', ']') } }])),
      ),
    ),
    'brackets alone': Buffer.from(wrap('[', '', ']')),
  };
}

const spanWith = (attributes: unknown[]) =>
  span({ traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex'), attributes });

const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);

/** Messages inside messages, outermost first: each a list of field numbers. The sizes are found from the inside out. */
function nest(fields: readonly number[], innermost: Buffer): Buffer {
  const heads: Buffer[] = [];
  let size = innermost.length;
  for (const field of [...fields].reverse()) {
    const head = Buffer.from([...varint(field * 8 + 2), ...varint(size)]);
    heads.push(head);
    size += head.length;
  }
  return Buffer.concat([...heads.reverse(), innermost]);
}

const repeated = (fields: readonly number[], depth: number) => Array.from({ length: depth }, () => fields).flat();

/** Protobuf: lists, maps, and an unknown field that is a message in a message. */
export function deepProtobuf(depth: number): Record<string, Buffer> {
  const text = Buffer.from([0x0a, 1, 0x78]);
  const key = Buffer.from([0x0a, 1, 0x6b]);
  const fixed = (field: number, nanoseconds: bigint) => {
    const bytes = Buffer.alloc(9);
    bytes[0] = field * 8 + 1;
    bytes.writeBigUInt64LE(nanoseconds, 1);
    return bytes;
  };
  // resourceSpans 1, scopeSpans 2, spans 2
  const inSpan = (part: Buffer) =>
    nest(
      [1, 2, 2],
      Buffer.concat([
        nest([1], randomBytes(16)),
        nest([2], randomBytes(8)),
        nest([5], Buffer.from('deep')),
        fixed(7, 1795386336183000001n),
        fixed(8, 1795386336184000003n),
        part,
      ]),
    );
  // AnyValue.arrayValue 5 of values 1; AnyValue.kvlistValue 6 of KeyValue 1 with a value 2
  const attribute = (value: Buffer) => nest([9], Buffer.concat([key, nest([2], value)]));
  return {
    lists: inSpan(attribute(nest(repeated([5, 1], depth), text))),
    maps: inSpan(attribute(nest(repeated([6, 1, 2], depth), text))),
    'an unknown field': inSpan(nest(repeated([99], depth), text)),
  };
}
