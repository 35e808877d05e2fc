// The OTLP/HTTP endpoint: POST …/v1/{traces,logs,metrics}, protobuf or JSON. https://opentelemetry.io/docs/specs/otlp/#otlphttp
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answersUnder, foreignPage, isOwnPage, type ServerNames } from '#domain/server-names';
import { ACCEPTS_HEADER, ACCEPTS_OPEN_STEPS } from '#vocabulary';
import type { Counters } from '../count/counters.ts';
import { createJsonWorker, type JsonWorker } from '../decode/json-worker.ts';
import { RefusedError } from '../decode/refused.ts';
import { type Log, sampledLog } from '../decode/sampled-log.ts';
import { type Signal, signalOfPath } from '../decode/signals.ts';
import type { BodyShare } from './body-budget.ts';
import { withDeadline } from './deadline.ts';
import { failureOf, isRetryable, retryAfterSeconds, UNFORESEEN } from './failure.ts';
import type { Ingest, Sender } from './ingest.ts';
import { LIMITS, type Limits, SharedLimits } from './limits.ts';
import { MAX_BODY_BYTES, readBody } from './read-body.ts';
import { refuseSocket } from './refuse-socket.ts';
import { CONTENT_TYPES, type Encoding, statusReply, successReply } from './reply.ts';
import { createTakeExport, type TakeExport } from './take-export.ts';

export interface OtlpHttpDeps {
  readonly ingest: Ingest;
  /** Without it log records are refused, counted. */
  readonly ingestLogs?: Ingest;
  readonly counters: Counters;
  readonly now: () => number;
  readonly log: Log;
  readonly maxBodyBytes?: number;
  /** The names that requests are taken under. */
  readonly names: ServerNames;
  /** Called after each answer. */
  readonly onAnswered?: ((status: number, ms: number) => void) | undefined;
  /** 0 to 1, for the spread of Retry-After. */
  readonly random?: () => number;
  readonly limits?: Partial<Limits>;
  /** What is counted together with the gRPC endpoint. Without it the endpoint counts for itself. */
  readonly shared?: SharedLimits;
  /** Who parses large JSON bodies. Without it the server has its own, and closes it. */
  readonly json?: JsonWorker;
}

interface Endpoint extends OtlpHttpDeps {
  readonly answers: (hostHeader: string | undefined) => boolean;
  readonly isOwnPage: (origin: URL, hostHeader: string | undefined) => boolean;
  readonly take: TakeExport;
  readonly shared: SharedLimits;
  readonly maxBodyBytes: number;
  readonly random: () => number;
  readonly limits: Limits;
}

/** An HTTP server that is not listening yet. */
export function createOtlpHttpServer(deps: OtlpHttpDeps): Server {
  const limits = { ...LIMITS, ...deps.limits };
  const log = sampledLog(deps.log, deps.now);
  const json = deps.json ?? createJsonWorker({ log });
  const endpoint: Endpoint = {
    maxBodyBytes: MAX_BODY_BYTES,
    random: Math.random,
    shared: new SharedLimits(limits),
    ...deps,
    answers: answersUnder(deps.names),
    isOwnPage: isOwnPage(deps.names),
    log,
    limits,
    take: createTakeExport({ ...deps, json, skips: deps.counters.skips }),
  };
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
    },
    (request, response) => {
      handle(request, response, endpoint).catch((error: unknown) => {
        log.error({ err: error }, 'unexpected error while answering a request; its connection was closed');
        response.destroy();
      });
    },
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseSocket(error, socket, log));
  server.on('connection', (socket) => {
    if (!endpoint.shared.admit(socket))
      log.warn({ maxConnections: limits.maxConnections }, 'too many connections: some are refused');
  });
  server.on('error', (error) => {
    // After the start these are failed accepts, such as no free file descriptors. Open connections are still served.
    if (server.listening) log.error({ err: error }, 'a connection could not be accepted');
  });
  if (deps.json === undefined) server.on('close', () => void json.close());
  return server;
}

async function handle(request: IncomingMessage, response: ServerResponse, endpoint: Endpoint): Promise<void> {
  endpoint.counters.requestsReceived++;
  const begunMs = performance.now();
  response.once('finish', () => endpoint.onAnswered?.(response.statusCode, performance.now() - begunMs));
  const encoding = encodingOf(request);
  const share = endpoint.shared.budget.share();
  const sender = { isWaiting: () => !response.destroyed && !response.headersSent };
  try {
    response.once('close', endpoint.shared.begin());
    checkSender(request, endpoint);
    const signal = checkRoute(request);
    if (encoding === null) {
      throw new RefusedError(415, 'Content-Type must be application/x-protobuf or application/json.');
    }
    const { rejected, message } = await withDeadline(
      readAndTake(request, signal, encoding, share, endpoint, sender),
      endpoint.limits.deadlineMs,
      () => {
        const what = request.complete ? 'Storage did not answer' : 'The body did not arrive';
        return new RefusedError(503, `${what} in time; send again shortly.`);
      },
    );
    send(response, endpoint, 200, encoding, successReply(encoding, rejected, message, signal), message);
  } catch (error) {
    const { status, message } = describe(error, endpoint);
    if (response.destroyed || response.headersSent) return;
    const retryAfter = isRetryable(status) ? retryAfterSeconds(endpoint.random()) : null;
    if (status === 405) response.setHeader('Allow', 'POST');
    if (retryAfter !== null) response.setHeader('Retry-After', String(retryAfter));
    // What is left of the body will not be read, so this connection cannot carry another request.
    if (!request.complete) response.setHeader('Connection', 'close');
    const body = statusReply(encoding ?? 'json', status, message, retryAfter);
    send(response, endpoint, status, encoding ?? 'json', body, message);
  }
}

async function readAndTake(
  request: IncomingMessage,
  signal: Signal,
  encoding: Encoding,
  share: BodyShare,
  endpoint: Endpoint,
  sender: Sender,
) {
  try {
    const body = await readBody(request, share, endpoint.maxBodyBytes);
    return await endpoint.take(signal, body, encoding, sender);
  } finally {
    share.release();
  }
}

function send(
  response: ServerResponse,
  endpoint: Endpoint,
  status: number,
  encoding: Encoding,
  body: Buffer,
  message: string,
): void {
  endpoint.counters.answer(status, message, endpoint.now(), response.req.headers['user-agent']);
  response.writeHead(status, {
    'Content-Type': CONTENT_TYPES[encoding],
    'Content-Length': body.length,
    [ACCEPTS_HEADER]: ACCEPTS_OPEN_STEPS,
  });
  response.end(body);
}

/** Against pages that lead a browser here: see domain/server-names.ts. */
function checkSender({ headers }: IncomingMessage, endpoint: Endpoint): void {
  if (!endpoint.answers(headers.host)) {
    throw new RefusedError(
      421,
      'This server does not answer under that name. Name it in TELLTALE_ALLOWED_HOSTS, or send to localhost or an address.',
    );
  }
  if (foreignPage(headers, (origin) => endpoint.isOwnPage(origin, headers.host)) !== null) {
    throw new RefusedError(
      403,
      'Web pages of other sites may not send here. Name the host of a page of yours in TELLTALE_ALLOWED_HOSTS.',
    );
  }
}

function checkRoute(request: IncomingMessage): Signal {
  const signal = signalOfPath((request.url ?? '').split('?', 1)[0] as string);
  if (signal === null) throw new RefusedError(404, 'Send spans with POST to /v1/traces, log records to /v1/logs.');
  if (request.method !== 'POST') throw new RefusedError(405, 'Only POST is taken here.');
  return signal;
}

function encodingOf(request: IncomingMessage): Encoding | null {
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/x-protobuf' || type === 'application/protobuf') return 'protobuf';
  return type === 'application/json' ? 'json' : null;
}

function describe(error: unknown, endpoint: Endpoint) {
  const failure = failureOf(error);
  if (failure === null) endpoint.log.error({ err: error }, 'unexpected error while handling a request');
  return failure ?? UNFORESEEN;
}
