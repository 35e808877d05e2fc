// Reads a request's body, with a limit before and after decompression.
import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** The limit the OTLP specification recommends, for the body as sent and as decompressed. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** The request cannot be taken; `status` and `message` go into the reply. */
export class RefusedError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'RefusedError';
    this.status = status;
  }
}

/** Bytes of all bodies that are being read, so that many slow senders together cannot fill the memory. */
export class BodyBudget {
  readonly #maxBytes: number;
  #usedBytes = 0;
  constructor(maxBytes = 4 * MAX_BODY_BYTES) {
    this.#maxBytes = maxBytes;
  }
  /** @throws RefusedError 503 when it is used up: try again when others are through */
  take(bytes: number): void {
    if (this.#usedBytes + bytes > this.#maxBytes)
      throw new RefusedError(503, 'Too many bodies at once; send again shortly.');
    this.#usedBytes += bytes;
  }
  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}

/** The whole body, decompressed. @throws RefusedError 400, 413, 415 or 503 */
export async function readBody(
  request: IncomingMessage,
  budget: BodyBudget,
  maxBytes = MAX_BODY_BYTES,
): Promise<Buffer> {
  const coding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const isGzip = coding === 'gzip' || coding === 'x-gzip';
  if (coding !== 'identity' && coding !== '' && !isGzip) {
    throw new RefusedError(
      415,
      `Content-Encoding ${coding.slice(0, 40)} is not supported; send gzip or no compression.`,
    );
  }
  const body = await collect(request, maxBytes, budget);
  return isGzip ? gunzip(body, maxBytes) : body;
}

async function collect(request: IncomingMessage, maxBytes: number, budget: BodyBudget): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      if (size + chunk.length > maxBytes) throw tooLarge(maxBytes);
      budget.take(chunk.length);
      size += chunk.length;
      chunks.push(chunk);
    }
  } finally {
    budget.give(size);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size);
}

function gunzip(body: Buffer, maxBytes: number): Buffer {
  try {
    // The last four bytes say how large the content is: one allocation of the right size is far cheaper than growing.
    // They are a stranger's word, so they only choose the size of the first chunk, within the limit.
    const promised = body.length >= 18 ? body.readUInt32LE(body.length - 4) : 0;
    const chunkSize = Math.min(Math.max(promised + 16, 1024), Math.min(maxBytes, body.length * 32 + 1024));
    return gunzipSync(body, { maxOutputLength: maxBytes, chunkSize });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new RefusedError(400, `The body is not valid gzip: ${(error as Error).message}.`);
  }
}

function tooLarge(maxBytes: number): RefusedError {
  return new RefusedError(413, `The body is larger than ${maxBytes} bytes; send smaller batches.`);
}
