// Content-Encoding, undone: bounded in size, and off the main thread when it would hold that for long.
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { RefusedError } from '../decode/refused.ts';

export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd';

interface Options {
  readonly maxOutputLength: number;
  readonly chunkSize?: number;
}
type Inflate = (body: Buffer, options: Options) => Promise<Buffer>;

const gunzip: Inflate = promisify(zlib.gunzip);
const inflate: Inflate = promisify(zlib.inflate);
const inflateRaw: Inflate = promisify(zlib.inflateRaw);
const brotliDecompress: Inflate = promisify(zlib.brotliDecompress);
/** Node has it since 22.15. */
const { zstdDecompress } = zlib as unknown as {
  zstdDecompress?: (body: Buffer, options: Options, done: (error: Error | null, result: Buffer) => void) => void;
};
const zstd: Inflate | null = zstdDecompress === undefined ? null : promisify(zstdDecompress);

const CODINGS = new Map<string, Coding>([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
  ['zstd', 'zstd'],
]);

/** The coding named by the header, or null for none. @throws RefusedError 415 when it is not known here */
export function codingOf(header: string | undefined): Coding | null {
  const name = (header ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return null;
  const coding = CODINGS.get(name);
  if (coding === undefined || (coding === 'zstd' && zstd === null)) {
    const why = coding === 'zstd' ? 'needs Node 22.15 here' : 'is not supported';
    throw new RefusedError(415, `Content-Encoding ${name.slice(0, 40)} ${why}; send gzip, or no compression.`);
  }
  return coding;
}

/** Up to here unpacking takes a few milliseconds, and handing it to another thread would cost more than it saves. */
const INLINE_BYTES = 2 * 1024 * 1024;

/** Deflate cannot pack more tightly than this. */
const MAX_RATIO = 1032;

/** How large the content is likely to be. The last four bytes of gzip say it: untrusted input, so only a hint. */
export function expectedBytes(body: Buffer, coding: Coding): number {
  const claimed = coding === 'gzip' && body.length >= 18 ? body.readUInt32LE(body.length - 4) : Infinity;
  return claimed <= body.length * MAX_RATIO ? claimed : body.length * 8;
}

/**
 * The content. Small gzip bodies, the most common case, are unpacked synchronously; everything else on a libuv thread.
 * @throws RefusedError 413 when it is larger than `maxBytes`, 400 when it is not valid
 */
export function decompress(body: Buffer, coding: Coding, maxBytes: number): Buffer | Promise<Buffer> {
  const expected = expectedBytes(body, coding);
  if (coding !== 'gzip') return unpack(body, coding, { maxOutputLength: maxBytes }, maxBytes);
  // A bomb that is honest about its size is not unpacked at all. (One that lies ends at the limit.)
  if (expected > maxBytes) throw tooLarge(maxBytes);
  // One allocation of the right size is far cheaper than growing; the claimed size is bounded by what deflate can do.
  const chunkSize = Math.min(Math.max(expected + 16, 1024), body.length * 32 + 1024, maxBytes + 16);
  if (expected <= INLINE_BYTES) {
    const maxOutputLength = Math.min(maxBytes, INLINE_BYTES);
    try {
      return zlib.gunzipSync(body, { maxOutputLength, chunkSize });
    } catch (error) {
      // It holds more than it says: several members, or a lie. Start again where that holds up nobody.
      if (!isTooLarge(error) || maxOutputLength === maxBytes) throw refusal(error, coding, maxBytes);
    }
  }
  return unpack(body, coding, { maxOutputLength: maxBytes, chunkSize }, maxBytes);
}

async function unpack(body: Buffer, coding: Coding, options: Options, maxBytes: number): Promise<Buffer> {
  try {
    return await codec(body, coding)(body, options);
  } catch (error) {
    throw refusal(error, coding, maxBytes);
  }
}

function codec(body: Buffer, coding: Coding): Inflate {
  if (coding === 'gzip') return gunzip;
  if (coding === 'br') return brotliDecompress;
  if (coding === 'zstd') return zstd as Inflate;
  return hasZlibHeader(body) ? inflate : inflateRaw;
}

/** "deflate" means zlib's format (RFC 1950); some clients send the bare stream (RFC 1951), so both are taken. */
function hasZlibHeader(body: Buffer): boolean {
  const first = body[0] ?? 0;
  return (first & 15) === 8 && (first * 256 + (body[1] ?? 0)) % 31 === 0;
}

const isTooLarge = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';

function refusal(error: unknown, coding: Coding, maxBytes: number): RefusedError {
  if (isTooLarge(error)) return tooLarge(maxBytes);
  return new RefusedError(400, `The body is not valid ${coding}: ${(error as Error).message}.`);
}

export function tooLarge(maxBytes: number): RefusedError {
  return new RefusedError(413, `The body is larger than ${maxBytes} bytes; send smaller batches.`);
}
