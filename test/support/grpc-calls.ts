// OTLP/gRPC calls over bare HTTP/2, for what no client library would send: calls that never end, wrong prefixes.
import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2';

export const TRACES_EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

/** How a call ended: the status of HTTP and of gRPC, the latter null when there was none. */
export interface Ended {
  readonly http: number | undefined;
  readonly status: number | null;
  readonly message: string;
  readonly headers: Record<string, unknown>;
}

/** A connection that is ready for calls. */
export async function connectHttp2(port: number): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  await once(session, 'connect');
  return session;
}

/** A call without a message yet. */
export function openCall(session: ClientHttp2Session, over: OutgoingHttpHeaders = {}): ClientHttp2Stream {
  const headers = { ':method': 'POST', ':path': TRACES_EXPORT, 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request({ ...headers, ...over });
  stream.on('error', () => {});
  return stream;
}

/** The prefix of a message. */
export function prefixOf(length: number, flag = 0): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return prefix;
}

export const framed = (message: Buffer, flag = 0): Buffer => Buffer.concat([prefixOf(message.length, flag), message]);

/** Resolves when the call is closed, with whatever came back. */
export function ended(stream: ClientHttp2Stream): Promise<Ended> {
  let headers: Record<string, unknown> = {};
  stream.on('response', (response) => {
    headers = { ...headers, ...response };
  });
  stream.on('trailers', (trailers) => {
    headers = { ...headers, ...trailers };
  });
  stream.resume();
  return new Promise((resolve) => {
    stream.once('close', () =>
      resolve({
        http: headers[':status'] as number | undefined,
        status: headers['grpc-status'] === undefined ? null : Number(headers['grpc-status']),
        message: decodeURIComponent(String(headers['grpc-message'] ?? '')),
        headers,
      }),
    );
  });
}
