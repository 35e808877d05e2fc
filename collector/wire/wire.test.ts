import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { MalformedError, Wire } from './wire.ts';

const varint = (value: bigint): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
};

describe('the wire reader', () => {
  it('reads every 64-bit varint without losing a digit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const bytes = varint(value);
        const wire = new Wire(bytes);
        wire.varint64(bytes.length);
        expect((BigInt(wire.high) << 32n) | BigInt(wire.low)).toBe(value);
        expect(wire.at).toBe(bytes.length);
      }),
    );
  });

  it('reads padded varints, which protobuf allows', () => {
    const wire = new Wire(Buffer.from([0x0a, 0x83, 0x80, 0x80, 0x80, 0x00, 1, 2, 3]));
    expect(wire.field(9)).toBe(true);
    expect(wire.block(9)).toBe(9);
    expect(wire.at).toBe(6);
  });

  it('refuses lengths and varints that run past the end', () => {
    expect(() => new Wire(Buffer.from([0x0a, 0x05, 1])).field(3) && new Wire(Buffer.from([0x05, 1])).block(2)).toThrow(
      MalformedError,
    );
    expect(() => new Wire(Buffer.from([0x80, 0x80])).varint64(2)).toThrow(MalformedError);
    expect(() => new Wire(Buffer.alloc(11, 0xff)).varint64(11)).toThrow(MalformedError);
  });

  it('steps over every field that protobufjs can write, whatever its type', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.integer({ min: 1, max: 500_000 }), fc.constantFrom(0, 1, 2, 5), fc.uint8Array({ maxLength: 40 })),
        ),
        (fields) => {
          const writer = protobuf.Writer.create();
          for (const [number, type, payload] of fields) {
            writer.uint32(number * 8 + type);
            if (type === 0) writer.uint64(payload.length * 1_000_003);
            else if (type === 1) writer.fixed64(payload.length);
            else if (type === 2) writer.bytes(payload);
            else writer.fixed32(payload.length);
          }
          const bytes = Buffer.from(writer.finish());
          const wire = new Wire(bytes);
          const seen: number[] = [];
          while (wire.field(bytes.length)) {
            seen.push(wire.number);
            wire.skip(bytes.length);
          }
          expect(seen).toEqual(fields.map(([number]) => number));
        },
      ),
    );
  });
});
