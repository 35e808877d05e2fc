// Text with `%3D` and the like in it, decoded once, with the origin of each byte: the same rules find the same secrets
// in it. The text around the encoded text ends every secret.
import { isDigit } from './bytes.ts';

const PERCENT = 0x25;

export class Decoded {
  bytes = new Uint8Array(0);
  /** Where each decoded byte begins; one more for the end. */
  places = new Uint32Array(1);
  length = 0;

  /** Decodes `[start, end)`. @returns whether anything was encoded */
  decode(source: Uint8Array, start: number, end: number): boolean {
    this.reserve(end - start);
    const { bytes, places } = this;
    let length = 0;
    let isEncoded = false;
    for (let i = start; i < end; i++) {
      const byte = source[i] as number;
      places[length] = i;
      if (byte === PERCENT && i + 2 < end) {
        const value = hex(source[i + 1] as number) * 16 + hex(source[i + 2] as number);
        if (value >= 0) {
          bytes[length++] = value === 0 ? 1 : value;
          i += 2;
          isEncoded = true;
          continue;
        }
      }
      bytes[length++] = isAround(byte) ? 0 : byte;
    }
    places[length] = end;
    this.length = length;
    return isEncoded;
  }

  protected reserve(length: number): void {
    if (this.bytes.length >= length) return;
    this.bytes = new Uint8Array(length + 1024);
    this.places = new Uint32Array(length + 1025);
  }

  /** Gives back memory that one long text took. */
  release(): void {
    if (this.bytes.length <= 1 << 20) return;
    this.bytes = new Uint8Array(0);
    this.places = new Uint32Array(1);
  }
}

/** What is never part of encoded text: space, quotes, backslashes, angle brackets, and bytes beyond ASCII. */
const isAround = (byte: number) =>
  byte <= 0x20 || byte === 0x22 || byte === 0x5c || byte === 0x3c || byte === 0x3e || byte > 127;

/** The value of a hex digit; far below 0 for anything else. */
export function hex(byte: number): number {
  if (isDigit(byte)) return byte - 48;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 87 : -1000;
}
