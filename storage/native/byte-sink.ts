// A growing buffer that is filled from the front and used again: allocating a fresh one per block costs twice the CPU.

/** A native copy call, and the view that it needs, cost more than a few bytes moved here. */
const COPY_HERE_BELOW = 64;

export class ByteSink {
  bytes: Buffer;
  length = 0;

  constructor(capacity = 4096) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** Makes room for `extra` more bytes. */
  reserve(extra: number): void {
    const needed = this.length + extra;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  u16(value: number): void {
    this.reserve(2);
    this.length = this.bytes.writeUInt16LE(value, this.length);
  }

  // Byte by byte: Buffer's own writers check their arguments, which costs more than the four stores.
  u32(value: number): void {
    this.reserve(4);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = value;
    bytes[at++] = value >>> 8;
    bytes[at++] = value >>> 16;
    bytes[at++] = value >>> 24;
    this.length = at;
  }

  /** An unsigned 64-bit number below 2^53. */
  u64(value: number): void {
    const high = Math.floor(value / 4294967296);
    this.u64Halves(value - high * 4294967296, high);
  }

  /** A 64-bit number as its two halves, for values that a JS number cannot hold. */
  u64Halves(low: number, high: number): void {
    this.u32(low >>> 0);
    this.u32(high >>> 0);
  }

  /** The eight bytes of nothing: the most frequent number there is. */
  zeros8(): void {
    this.reserve(8);
    const { bytes } = this;
    const end = this.length + 8;
    for (let at = this.length; at < end; at++) bytes[at] = 0;
    this.length = end;
  }

  f64(value: number): void {
    this.reserve(8);
    this.length = this.bytes.writeDoubleLE(value, this.length);
  }

  /** LEB128, as protobuf and ClickHouse both use it for lengths. */
  varint(value: number): void {
    this.reserve(5);
    let rest = value;
    while (rest > 127) {
      this.bytes[this.length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  copy(source: Uint8Array, start: number, end: number): void {
    const size = end - start;
    this.reserve(size);
    if (size < COPY_HERE_BELOW) {
      const { bytes } = this;
      for (let i = start, at = this.length; i < end; i++, at++) bytes[at] = source[i] as number;
    } else {
      this.bytes.set(source.subarray(start, end), this.length);
    }
    this.length += size;
  }

  text(value: string): void {
    // UTF-8 needs at most three bytes for one UTF-16 unit.
    this.reserve(value.length * 3);
    if (value.length < 24) {
      // Numbers and names: a native call costs more than a few ASCII characters moved here.
      let at = this.length;
      let i = 0;
      for (let code = 0; i < value.length; i++) {
        code = value.charCodeAt(i);
        if (code > 127) break;
        this.bytes[at++] = code;
      }
      if (i === value.length) {
        this.length = at;
        return;
      }
    }
    this.length += this.bytes.write(value, this.length, 'utf8');
  }

  zeros(count: number): void {
    this.reserve(count);
    this.bytes.fill(0, this.length, this.length + count);
    this.length += count;
  }

  /** What was written. Valid until the next write. */
  written(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}
