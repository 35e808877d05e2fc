// The one message of a unary gRPC call: five bytes that say how long it is and whether it is compressed, then the bytes.
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { RefusedError } from '../decode/refused.ts';
import type { BodyShare } from './body-budget.ts';
import { BodyBuffer } from './body-buffer.ts';
import { type Coding, codingOf, tooLarge } from './decompress.ts';
import { unpackBody } from './read-body.ts';

const PREFIX_BYTES = 5;

/**
 * The message, decompressed. Its bytes are booked on `share` as they arrive; the caller releases it.
 * @throws RefusedError 400, 413, 501 or 503; an error with the code ERR_STREAM_PREMATURE_CLOSE when the sender left
 */
export async function readMessage(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  share: BodyShare,
  maxBytes: number,
): Promise<Buffer> {
  const { body, isCompressed } = await collect(stream, share, maxBytes);
  return isCompressed ? unpackBody(body, codingOfMessage(headers), share, maxBytes) : body;
}

function collect(
  stream: ServerHttp2Stream,
  share: BodyShare,
  maxBytes: number,
): Promise<{ body: Buffer; isCompressed: boolean }> {
  const message = new Message(share, maxBytes);
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      // What else arrives is not read: the sender's window closes, and the answer ends the call.
      stream.pause();
      stream.removeAllListeners('data');
      reject(error);
    };
    stream.on('data', (chunk: Buffer) => {
      try {
        message.append(chunk);
      } catch (error) {
        fail(error);
      }
    });
    stream.once('end', () => {
      try {
        resolve(message.take());
      } catch (error) {
        reject(error);
      }
    });
    stream.once('close', () => fail(Object.assign(new Error('closed'), { code: 'ERR_STREAM_PREMATURE_CLOSE' })));
  });
}

/** A message whose bytes arrive in chunks that know nothing of its borders. */
class Message {
  readonly #share: BodyShare;
  readonly #maxBytes: number;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #prefixLength = 0;
  #length = 0;
  #body: BodyBuffer | null = null;

  constructor(share: BodyShare, maxBytes: number) {
    this.#share = share;
    this.#maxBytes = maxBytes;
  }

  append(chunk: Buffer): void {
    let at = 0;
    while (this.#prefixLength < PREFIX_BYTES && at < chunk.length)
      this.#prefix[this.#prefixLength++] = chunk[at++] as number;
    if (this.#prefixLength < PREFIX_BYTES) return;
    const body = this.#body ?? this.#begin();
    const rest = at === 0 ? chunk : chunk.subarray(at);
    if (body.length + rest.length > this.#length)
      throw new RefusedError(400, 'The call holds more bytes than its one message.');
    if (rest.length > 0) body.append(rest);
  }

  take(): { body: Buffer; isCompressed: boolean } {
    const body = this.#body;
    if (body === null || body.length < this.#length)
      throw new RefusedError(400, 'The call ended before its message was complete.');
    return { body: body.take(), isCompressed: this.#prefix[0] === 1 };
  }

  #begin(): BodyBuffer {
    if ((this.#prefix[0] as number) > 1) throw new RefusedError(400, 'This is no gRPC message.');
    this.#length = this.#prefix.readUInt32BE(1);
    if (this.#length > this.#maxBytes) throw tooLarge(this.#maxBytes);
    this.#body = new BodyBuffer(this.#share, this.#length);
    return this.#body;
  }
}

function codingOfMessage(headers: IncomingHttpHeaders): Coding {
  const name = String(headers['grpc-encoding'] ?? 'identity').slice(0, 40);
  let coding: Coding | null;
  try {
    coding = codingOf(name);
  } catch {
    throw new RefusedError(501, `grpc-encoding ${name} is not supported here; send gzip, or no compression.`);
  }
  if (coding === null)
    throw new RefusedError(400, 'The message is marked as compressed, but grpc-encoding names none.');
  return coding;
}
