// The OTLP/HTTP door: POST …/v1/traces, protobuf or JSON. https://opentelemetry.io/docs/specs/otlp/#otlphttp
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Counters } from '../counters.ts';
import { type Outcome, UnavailableError } from '../ingest.ts';
import { BodyBudget, MAX_BODY_BYTES, RefusedError, readBody } from './read-body.ts';
import { CONTENT_TYPES, type Encoding, statusReply, successReply } from './reply.ts';
import { MalformedError } from './wire.ts';

export interface OtlpHttpDeps {
  readonly ingest: (body: Buffer, encoding: Encoding) => Promise<Outcome>;
  readonly counters: Counters;
  readonly now: () => number;
  readonly log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
  readonly maxBodyBytes?: number;
  /** The address listened on: on a loopback address, only requests that name this machine are taken. */
  readonly host: string;
}

/** Seconds a client should wait after a 503. More than 5 makes common exporters drop the batch. */
const RETRY_AFTER_SECONDS = 1;

/** An HTTP server that is not listening yet. */
export function createOtlpHttpServer(deps: OtlpHttpDeps): Server {
  const budget = new BodyBudget();
  const server = createServer((request, response) => {
    handle(request, response, deps, budget).catch((error: unknown) => {
      deps.log.error({ err: error }, 'a request failed in a way that should not happen');
      response.destroy();
    });
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 65_000;
  return server;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  deps: OtlpHttpDeps,
  budget: BodyBudget,
): Promise<void> {
  deps.counters.requestsReceived++;
  const encoding = encodingOf(request);
  try {
    checkHost(request, deps.host);
    checkRoute(request);
    if (encoding === null) {
      throw new RefusedError(415, 'Content-Type must be application/x-protobuf or application/json.');
    }
    const body = await readBody(request, budget, deps.maxBodyBytes ?? MAX_BODY_BYTES);
    const { rejected, message } = await deps.ingest(body, encoding);
    send(response, deps, 200, encoding, successReply(encoding, rejected, message), message);
  } catch (error) {
    const { status, message } = describe(error, deps);
    if (response.destroyed || response.headersSent) return;
    if (status === 405) response.setHeader('Allow', 'POST');
    if (status === 503) response.setHeader('Retry-After', String(RETRY_AFTER_SECONDS));
    // What is left of the body will not be read, so this connection cannot carry another request.
    if (!request.complete) response.setHeader('Connection', 'close');
    send(response, deps, status, encoding ?? 'json', statusReply(encoding ?? 'json', status, message), message);
  }
}

function send(
  response: ServerResponse,
  deps: OtlpHttpDeps,
  status: number,
  encoding: Encoding,
  body: Buffer,
  message: string,
): void {
  deps.counters.answer(status, message, deps.now());
  response.writeHead(status, { 'Content-Type': CONTENT_TYPES[encoding], 'Content-Length': body.length });
  response.end(body);
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;

/** A web page can point its own name at 127.0.0.1 and post here, but it cannot choose the Host header. */
function checkHost(request: IncomingMessage, host: string): void {
  const name = (request.headers.host ?? '').replace(/:\d{1,5}$/, '');
  if (LOOPBACK.test(host) && !LOOPBACK.test(name)) {
    throw new RefusedError(
      421,
      'This address answers to localhost and 127.0.0.1 only. Set TELLTALE_HOST to be reached under another name.',
    );
  }
}

/** Clients put a base path before the fixed part (OTEL_EXPORTER_OTLP_ENDPOINT=http://host/base), so any is taken. */
function checkRoute(request: IncomingMessage): void {
  const path = (request.url ?? '').split('?', 1)[0] as string;
  if (/\/v1\/(logs|metrics)$/.test(path)) {
    throw new RefusedError(
      404,
      'Telltale takes traces only for now; set OTEL_LOGS_EXPORTER=none and OTEL_METRICS_EXPORTER=none.',
    );
  }
  if (!path.endsWith('/v1/traces')) throw new RefusedError(404, 'Send spans with POST to /v1/traces.');
  if (request.method !== 'POST') throw new RefusedError(405, 'Send spans with POST to /v1/traces.');
}

function encodingOf(request: IncomingMessage): Encoding | null {
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/x-protobuf' || type === 'application/protobuf') return 'protobuf';
  return type === 'application/json' ? 'json' : null;
}

function describe(error: unknown, deps: OtlpHttpDeps): { status: number; message: string } {
  if (error instanceof RefusedError) return { status: error.status, message: error.message };
  if (error instanceof MalformedError)
    return { status: 400, message: `The body could not be decoded: ${error.message}.` };
  if (error instanceof UnavailableError) {
    return { status: 503, message: error.message };
  }
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE')
    return { status: 400, message: 'The connection ended early.' };
  deps.log.error({ err: error }, 'a request failed in a way that should not happen');
  return { status: 503, message: 'Something went wrong here; the log says what. Send again shortly.' };
}
