// OTLP servers with real decoders and without storage: accepted spans are counted. For tests of the servers themselves.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { SpanBlock } from '#storage/span-block';
import { Counters } from '../../collector/count/counters.ts';
import { ProtobufDecoder } from '../../collector/decode/decode-protobuf.ts';
import { createJsonWorker, type JsonWorker } from '../../collector/decode/json-worker.ts';
import { SpanWriter } from '../../collector/map/write-span.ts';
import { createOtlpHttpServer, type OtlpHttpDeps } from '../../collector/receive/http.ts';
import type { Ingest } from '../../collector/receive/ingest.ts';

export interface DecodingServer {
  readonly url: string;
  readonly port: number;
  readonly counters: Counters;
  readonly json: JsonWorker;
  /** Lines that were logged. */
  readonly lines: string[];
  /** Spans that the decoder accepted so far. */
  accepted(): number;
  readonly ingest: Ingest;
  /** JSON unless the headers say otherwise. */
  post(body: Buffer | string, headers?: Record<string, string>, path?: string): Promise<Response>;
  /** Sends bytes over a bare connection; resolves with all that came back when the server closed it. */
  raw(bytes: string | Buffer): Promise<string>;
  close(): Promise<void>;
}

/** An ingest that decodes, counts and stores nothing. */
function decodingIngest(json: JsonWorker, accepted: (spans: number) => void): Ingest {
  const decoder = new ProtobufDecoder(new SpanWriter());
  return async (body, encoding) => {
    const request = encoding === 'json' ? await json.convertSpans(body) : { bytes: body, rejected: {} };
    const decoded = decoder.decode(
      request.bytes,
      { projectId: 'default', receivedAtMs: 1_795_000_000_000 },
      new SpanBlock(),
    );
    accepted(decoded.accepted);
    const reasons = [...Object.entries(request.rejected), ...Object.entries(decoded.rejected)];
    return {
      rejected: reasons.reduce((sum, [, spans]) => sum + (spans ?? 0), 0),
      message: reasons.map(([reason, spans]) => `${spans} × ${reason}`).join(', '),
    };
  };
}

export async function openDecodingServer(over: Partial<OtlpHttpDeps> = {}): Promise<DecodingServer> {
  const lines: string[] = [];
  const line = (_fields: object, message: string) => void lines.push(message);
  const log = { warn: line, error: line };
  const json = createJsonWorker({ log });
  const counters = new Counters();
  let accepted = 0;
  const ingest = decodingIngest(json, (spans) => {
    accepted += spans;
  });
  const server = createOtlpHttpServer({
    ingest,
    counters,
    now: Date.now,
    log,
    names: { host: '127.0.0.1' },
    json,
    ...over,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    counters,
    json,
    lines,
    ingest,
    accepted: () => accepted,
    post: (body, headers = {}, path = '/v1/traces') =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : new Uint8Array(body),
      }),
    raw: (bytes) =>
      new Promise((resolve) => {
        const parts: Buffer[] = [];
        const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
        socket.on('data', (part: Buffer) => parts.push(part));
        socket.on('error', () => {});
        socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')));
      }),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await json.close();
    },
  };
}
