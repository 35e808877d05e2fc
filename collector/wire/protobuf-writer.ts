// Writes protobuf fields from JSON values.
import { ByteSink } from '#storage/native/byte-sink';

/** A span that JSON spells wrongly and protobuf could not even express. It is rejected, its neighbours are not. */
export class FieldError extends Error {}

export class ProtobufWriter {
  readonly out = new ByteSink(1 << 16);

  message(field: number, write: () => void): void {
    this.out.varint(field * 8 + 2);
    // The length is not known yet: five bytes are kept for it, filled as a padded varint, which protobuf allows.
    const at = this.out.length;
    this.out.zeros(5);
    write();
    let length = this.out.length - at - 5;
    for (let i = 0; i < 4; i++, length = Math.floor(length / 128)) this.out.bytes[at + i] = (length % 128) | 128;
    this.out.bytes[at + 4] = length;
  }

  raw(field: number, type: number, write: () => void): void {
    this.out.varint(field * 8 + type);
    write();
  }

  bytes(field: number, bytes: Buffer): void {
    this.out.varint(field * 8 + 2);
    this.out.varint(bytes.length);
    this.out.copy(bytes, 0, bytes.length);
  }

  string(field: number, value: unknown): void {
    if (typeof value === 'string' && value !== '') this.bytes(field, Buffer.from(value));
  }

  /** Hex, either case. Anything else becomes an id of the wrong length, which the decoder rejects by name. */
  id(field: number, value: unknown): void {
    const isHex = typeof value === 'string' && /^(?:[0-9a-f]{2}){1,32}$/i.test(value);
    this.bytes(field, isHex ? Buffer.from(value, 'hex') : Buffer.of(0));
  }

  varint(field: number, value: unknown): void {
    if (value === undefined || value === null) return;
    const number = integer(value);
    if (number < 0n || number > 0xffffffffn) throw new FieldError();
    if (number > 0n) this.raw(field, 0, () => this.out.varint(Number(number)));
  }

  varint64(value: bigint): void {
    let rest = value;
    while (rest > 127n) {
      this.out.u8(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    this.out.u8(Number(rest));
  }

  fixed64(field: number, value: unknown): void {
    if (value === undefined || value === null) return;
    const number = integer(value);
    if (number !== BigInt.asUintN(64, number)) throw new FieldError();
    this.raw(field, 1, () => this.out.u64Halves(Number(number & 0xffffffffn), Number(number >> 32n)));
  }

  fixed32(field: number, value: unknown): void {
    const number = integerOf(value);
    if (number !== null && number > 0n && number <= 0xffffffffn) this.raw(field, 5, () => this.out.u32(Number(number)));
  }
}

/** An integer sent as a number or as text; null when it is neither. */
export function integerOf(value: unknown): bigint | null {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : null;
}

/** @throws FieldError when it is no integer */
function integer(value: unknown): bigint {
  const number = integerOf(value);
  if (number === null) throw new FieldError();
  return number;
}
