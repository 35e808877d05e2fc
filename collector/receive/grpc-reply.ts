// Answers to gRPC calls: a message and a status in the trailers, or a status alone.
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses
import { constants, type ServerHttp2Stream } from 'node:http2';
import { headOf } from '#domain/clip';
import { isRetryable, retryAfterSeconds } from './failure.ts';
import { rpcCodeOf, statusReply } from './reply.ts';

const HEADERS = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-accept-encoding': 'identity,gzip,deflate',
};

/** Headers are small: clients accept as little as 8 KiB of them. */
const MAX_MESSAGE_CHARS = 500;

/** Whether a reply can still be sent. */
export const isOpen = (stream: ServerHttp2Stream): boolean =>
  !stream.destroyed && !stream.closed && !stream.headersSent;

export function sendMessage(stream: ServerHttp2Stream, message: Buffer): void {
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.respond(HEADERS, { waitForTrailers: true });
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([prefix, message]));
}

/**
 * The error as gRPC's status, once more as google.rpc.Status, and when to come back for clients that retry by gRPC's
 * own rules. A call whose message has not arrived is ended.
 * @param random 0 to 1, for the spread of the time to wait
 */
export function sendFailure(stream: ServerHttp2Stream, status: number, message: string, random: number): void {
  const retryAfter = isRetryable(status) ? retryAfterSeconds(random) : null;
  const head = headOf(message, MAX_MESSAGE_CHARS);
  stream.respond(
    {
      ...HEADERS,
      'grpc-status': String(rpcCodeOf(status)),
      'grpc-message': percentEncoded(head),
      'grpc-status-details-bin': statusReply('protobuf', status, head, retryAfter).toString('base64'),
      ...(retryAfter === null ? {} : { 'grpc-retry-pushback-ms': String(retryAfter * 1000) }),
    },
    { endStream: true },
  );
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
}

/** Not a gRPC call at all: a status of HTTP, as the protocol asks for. */
export function sendHttpStatus(stream: ServerHttp2Stream, status: number): void {
  stream.respond({ ':status': status }, { endStream: true });
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
}

function percentEncoded(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text.toWellFormed())) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
