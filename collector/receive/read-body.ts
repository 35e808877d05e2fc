// Reads a request's body, with a limit before and after decompression.
import type { IncomingMessage } from 'node:http';
import type { BodyShare } from './body-budget.ts';
import { BodyBuffer } from './body-buffer.ts';
import { type Coding, codingOf, decompress, expectedBytes, tooLarge } from './decompress.ts';

/** The limit the OTLP specification recommends, for the body as sent and as decompressed. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * The whole body, decompressed. What it occupies is booked on `share`, which the caller releases.
 * @throws RefusedError 400, 413, 415 or 503
 */
export async function readBody(request: IncomingMessage, share: BodyShare, maxBytes = MAX_BODY_BYTES): Promise<Buffer> {
  const coding = codingOf(request.headers['content-encoding']);
  const body = await collect(request, maxBytes, share);
  return coding === null ? body : unpackBody(body, coding, share, maxBytes);
}

/** The content of a compressed body, booked on `share` as well. @throws RefusedError 400, 413 or 503 */
export async function unpackBody(body: Buffer, coding: Coding, share: BodyShare, maxBytes: number): Promise<Buffer> {
  share.resize(body.length + Math.min(expectedBytes(body, coding), maxBytes));
  const unpacked = decompress(body, coding, maxBytes);
  const content = Buffer.isBuffer(unpacked) ? unpacked : await unpacked;
  share.resize(content.length);
  return content;
}

async function collect(request: IncomingMessage, maxBytes: number, share: BodyShare): Promise<Buffer> {
  const announced = request.headers['content-length'];
  const expected = announced === undefined ? Number.POSITIVE_INFINITY : Number(announced);
  if (announced !== undefined && expected > maxBytes) throw tooLarge(maxBytes);
  const body = new BodyBuffer(share, expected);
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (body.length + chunk.length > maxBytes) throw tooLarge(maxBytes);
    body.append(chunk);
  }
  return body.take();
}
