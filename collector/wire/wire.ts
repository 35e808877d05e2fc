// Reads protobuf's wire format in place. No objects, no strings: positions into the request's bytes.
// https://protobuf.dev/programming-guides/encoding/

/** The bytes are not a protobuf message. Never retryable: the same bytes stay wrong. */
export class MalformedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MalformedError';
  }
}

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

/**
 * A cursor over one message. Nested messages are read with the same cursor up to their `end`. What it carries besides is
 * for who reads attributes (map/fields/field-wire.ts).
 */
export class Wire<Masks = unknown, Names = unknown> {
  bytes: Buffer;
  /** Masks secrets in the bytes as they are read; null where nothing is to be stored. */
  readonly redactor: Masks | null;
  /** Keys seen before; null where no attributes are read. */
  readonly keys: Names | null;
  at = 0;
  /** The number and wire type of the field that `field` read last. */
  number = 0;
  type = 0;
  /** The two halves of the last 64-bit value: a JS number would lose digits above 2^53. */
  low = 0;
  high = 0;

  constructor(bytes: Buffer, redactor: Masks | null = null, keys: Names | null = null) {
    this.bytes = bytes;
    this.redactor = redactor;
    this.keys = keys;
  }

  /** Reads the next field's tag; false at `end`. */
  field(end: number): boolean {
    if (this.at >= end) return false;
    const tag = this.#varint(end);
    this.number = Math.floor(tag / 8);
    this.type = tag & 7;
    if (this.number === 0) throw new MalformedError(`field number 0 at byte ${this.at}`);
    return true;
  }

  /** Reads a length and returns where its bytes end; they begin at `at`. */
  block(end: number): number {
    const length = this.#varint(end);
    const stop = this.at + length;
    if (stop > end) throw new MalformedError(`a length of ${length} at byte ${this.at} runs past the end`);
    return stop;
  }

  /** A varint that fits 32 bits: an enum, a bool, a small count. */
  small(end: number): number {
    return this.#varint(end) >>> 0;
  }

  /** A varint of 64 bits, into `low` and `high`. */
  varint64(end: number): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte(end);
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else if (shift < 63) high |= bits << (shift - 32);
      else high |= (bits & 1) << 31;
      if (byte < 128) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    throw new MalformedError(`a varint at byte ${this.at} is longer than 10 bytes`);
  }

  fixed64(end: number): void {
    if (this.at + 8 > end) throw new MalformedError(`8 bytes expected at byte ${this.at}`);
    this.low = this.bytes.readUInt32LE(this.at);
    this.high = this.bytes.readUInt32LE(this.at + 4);
    this.at += 8;
  }

  double(end: number): number {
    if (this.at + 8 > end) throw new MalformedError(`8 bytes expected at byte ${this.at}`);
    this.at += 8;
    return this.bytes.readDoubleLE(this.at - 8);
  }

  fixed32(end: number): number {
    if (this.at + 4 > end) throw new MalformedError(`4 bytes expected at byte ${this.at}`);
    this.at += 4;
    return this.bytes.readUInt32LE(this.at - 4);
  }

  /** Steps over a field that is not known, or is known under another wire type. */
  skip(end: number): void {
    switch (this.type) {
      case VARINT:
        this.varint64(end);
        return;
      case FIXED64:
        this.at += 8;
        break;
      case BYTES:
        this.at = this.block(end);
        return;
      case FIXED32:
        this.at += 4;
        break;
      default:
        throw new MalformedError(`wire type ${this.type} at byte ${this.at} is not supported`);
    }
    if (this.at > end) throw new MalformedError(`a field runs past the end at byte ${this.at}`);
  }

  #byte(end: number): number {
    if (this.at >= end) throw new MalformedError(`a varint runs past the end at byte ${this.at}`);
    return this.bytes[this.at++] as number;
  }

  /** A varint as a number; exact below 2^53, and nothing that is read this way may be larger. */
  #varint(end: number): number {
    let byte = this.#byte(end);
    if (byte < 128) return byte;
    let value = byte & 127;
    for (let scale = 128; scale <= 0x2000000000000; scale *= 128) {
      byte = this.#byte(end);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    // Negative enums and int32s are ten bytes long; their value means nothing here, their length does.
    for (let extra = 0; extra < 2; extra++) if (this.#byte(end) < 128) return value;
    throw new MalformedError(`a varint at byte ${this.at} is longer than 10 bytes`);
  }
}

/** Calls `read` for each sub-message with this field number; steps over everything else. */
export function eachBlock(wire: Wire, end: number, number: number, read: (stop: number) => void): void {
  while (wire.field(end)) {
    if (wire.number !== number || wire.type !== BYTES) {
      wire.skip(end);
      continue;
    }
    const stop = wire.block(end);
    read(stop);
    wire.at = stop;
  }
}
