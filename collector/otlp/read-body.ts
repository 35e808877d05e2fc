// Reads a request's body, with a limit before and after decompression.
import type { IncomingMessage } from 'node:http';
import type { BodyShare } from './body-budget.ts';
import { codingOf, decompress, expectedBytes, tooLarge } from './decompress.ts';

// The refusals of a body are thrown by several files, and were always imported from here.
export { RefusedError } from './refused.ts';

/** The limit the OTLP specification recommends, for the body as sent and as decompressed. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * The whole body, decompressed. What it occupies is booked on `share`, which the caller releases.
 * @throws RefusedError 400, 413, 415 or 503
 */
export async function readBody(request: IncomingMessage, share: BodyShare, maxBytes = MAX_BODY_BYTES): Promise<Buffer> {
  const coding = codingOf(request.headers['content-encoding']);
  const body = await collect(request, maxBytes, share);
  if (coding === null) return body;
  share.resize(body.length + Math.min(expectedBytes(body, coding), maxBytes));
  const unpacked = decompress(body, coding, maxBytes);
  const content = Buffer.isBuffer(unpacked) ? unpacked : await unpacked;
  share.resize(content.length);
  return content;
}

async function collect(request: IncomingMessage, maxBytes: number, share: BodyShare): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    share.resize(size);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size);
}
