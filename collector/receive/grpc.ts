// The OTLP/gRPC endpoint: the Export method of the three services, on the same path as HTTP behind it (ADR 0079).
// https://opentelemetry.io/docs/specs/otlp/#otlpgrpc
import { createServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Counters } from '../count/counters.ts';
import { createJsonWorker } from '../decode/json-worker.ts';
import { RefusedError } from '../decode/refused.ts';
import { type Log, sampledLog } from '../decode/sampled-log.ts';
import { SIGNALS, type Signal } from '../decode/signals.ts';
import type { BodyShare } from './body-budget.ts';
import { withDeadline } from './deadline.ts';
import { failureOf, UNFORESEEN } from './failure.ts';
import { readMessage } from './grpc-message.ts';
import { isOpen, sendFailure, sendHttpStatus, sendMessage } from './grpc-reply.ts';
import { watchSession } from './grpc-session.ts';
import type { Ingest } from './ingest.ts';
import { LIMITS, type Limits, SharedLimits } from './limits.ts';
import { MAX_BODY_BYTES } from './read-body.ts';
import { successReply } from './reply.ts';
import { createTakeExport, type TakeExport } from './take-export.ts';

export interface OtlpGrpcOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly ingest: Ingest;
  /** Without it log records are refused, counted. */
  readonly ingestLogs?: Ingest;
  readonly counters: Counters;
  readonly now: () => number;
  readonly log: Log;
  readonly maxBodyBytes?: number;
  readonly limits?: Partial<Limits>;
  /** What is counted together with the HTTP endpoint. Without it the endpoint counts for itself. */
  readonly shared?: SharedLimits;
  /** Called after each answer, with its status in HTTP's terms. */
  readonly onAnswered?: ((status: number, ms: number) => void) | undefined;
  /** How long `close` waits for calls under way. */
  readonly closeMs?: number;
  /** 0 to 1, for the spread of the time to wait. */
  readonly random?: () => number;
}

export interface OtlpGrpc {
  readonly port: number;
  /** Takes no more calls, answers those under way. */
  close(): Promise<void>;
}

interface Endpoint extends OtlpGrpcOptions {
  readonly take: TakeExport;
  readonly shared: SharedLimits;
  readonly limits: Limits;
  readonly maxBodyBytes: number;
  readonly random: () => number;
}

/** Connections that wait to be accepted. */
const BACKLOG = 4096;
/** How much of one call may be under way before it is acknowledged. */
const STREAM_WINDOW_BYTES = 512 * 1024;
/** More headers than this end a call. */
const MAX_HEADERS_BYTES = 16 * 1024;
/** A call that was answered and does not end is ended after this. */
const AFTER_ANSWER_MS = 1_000;

/** @throws Error with `code` (EADDRINUSE, EACCES…) and `port` when it cannot listen */
export async function startOtlpGrpc(options: OtlpGrpcOptions): Promise<OtlpGrpc> {
  const log = sampledLog(options.log, options.now);
  const limits = { ...LIMITS, ...options.limits };
  const endpoint: Endpoint = {
    random: Math.random,
    maxBodyBytes: MAX_BODY_BYTES,
    shared: new SharedLimits(limits),
    ...options,
    limits,
    log,
    // gRPC carries protobuf only, so this one never starts its thread.
    take: createTakeExport({ ...options, json: createJsonWorker({ log }), skips: options.counters.skips }),
  };
  const server = createServer({
    settings: {
      maxConcurrentStreams: limits.maxStreams,
      initialWindowSize: STREAM_WINDOW_BYTES,
      maxHeaderListSize: MAX_HEADERS_BYTES,
    },
  });
  const sessions = new Set<ServerHttp2Session>();
  server.prependListener('connection', (socket) => {
    if (!endpoint.shared.admit(socket))
      log.warn({ maxConnections: limits.maxConnections }, 'too many connections: some are refused');
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    watchSession(session, limits);
  });
  server.on('sessionError', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNRESET') log.warn({ code: error.code }, 'a connection was closed: what came was no HTTP/2');
  });
  server.on('stream', (stream, headers) => void serve(stream, headers, endpoint));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.port, host: options.host, backlog: BACKLOG }, () => {
      server.off('error', reject);
      // From here on these are failed accepts, such as no free file descriptors. Those who are connected are served on.
      server.on('error', (error) => log.error({ err: error }, 'a connection could not be accepted'));
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        const force = setTimeout(() => {
          for (const session of sessions) session.destroy();
        }, options.closeMs ?? 3_000);
        server.close(() => {
          clearTimeout(force);
          resolve();
        });
        // Says goodbye, and lets calls under way finish.
        for (const session of sessions) session.close();
      }),
  };
}

const METHODS = new Map<string, Signal>(
  (['traces', 'logs', 'metrics'] as const).map((signal) => [`/${SIGNALS[signal].service}/Export`, signal]),
);

/** Answers one call; never rejects. */
async function serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, endpoint: Endpoint): Promise<void> {
  const { counters, limits, shared, log } = endpoint;
  counters.requestsReceived++;
  const begunMs = performance.now();
  const answered = (status: number, message: string, client?: string) => {
    counters.answer(status, message, endpoint.now(), client);
    endpoint.onAnswered?.(status, performance.now() - begunMs);
  };
  // A stream that breaks closes; whoever reads it learns it there.
  stream.on('error', () => {});
  const share = shared.budget.share();
  let end = () => {};
  // Also a peer that never takes its answer is rid of one day.
  const tooLong = setTimeout(() => stream.destroy(), limits.deadlineMs + AFTER_ANSWER_MS);
  stream.once('close', () => {
    clearTimeout(tooLong);
    end();
  });
  try {
    end = shared.begin();
    const http = httpStatusOf(headers);
    if (http !== null) {
      answered(http, 'This is no gRPC call.', headers['user-agent']);
      sendHttpStatus(stream, http);
      return;
    }
    const signal = METHODS.get(String(headers[':path']));
    if (signal === undefined) throw new RefusedError(501, 'This method is not known here: send OTLP traces or logs.');
    const { rejected, message } = await inTime(
      readAndTake(stream, headers, signal, share, endpoint),
      stream,
      headers,
      limits,
    );
    if (!isOpen(stream)) return;
    answered(200, message);
    sendMessage(stream, successReply('protobuf', rejected, message, signal));
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) log.error({ err: error }, 'unexpected error while handling a gRPC call');
    const { status, message } = failure ?? UNFORESEEN;
    if (!isOpen(stream)) return;
    answered(status, message, headers['user-agent']);
    sendFailure(stream, status, message, endpoint.random());
  }
}

async function readAndTake(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  signal: Signal,
  share: BodyShare,
  endpoint: Endpoint,
) {
  try {
    const body = await readMessage(stream, headers, share, endpoint.maxBodyBytes);
    return await endpoint.take(signal, body, 'protobuf', { isWaiting: () => isOpen(stream) });
  } finally {
    share.release();
  }
}

/** The result, or a refusal when the endpoint's deadline or the client's own has passed. */
function inTime<T>(
  work: Promise<T>,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  limits: Limits,
): Promise<T> {
  const clientMs = timeoutMs(headers['grpc-timeout']);
  const late = () => `${stream.readableEnded ? 'Storage did not answer' : 'The message did not arrive'} in time`;
  if (clientMs < limits.deadlineMs)
    return withDeadline(work, clientMs, () => new RefusedError(504, `${late()}: the call's own deadline has passed.`));
  return withDeadline(work, limits.deadlineMs, () => new RefusedError(503, `${late()}; send again shortly.`));
}

const UNIT_MS: Record<string, number> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** How long the client waits; Infinity when it does not say. */
function timeoutMs(header: string | string[] | undefined): number {
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(String(header ?? '')) ?? [];
  return digits === undefined ? Number.POSITIVE_INFINITY : Number(digits) * (UNIT_MS[unit as string] as number);
}

/** The status of HTTP for what is no gRPC call; null for a call. */
function httpStatusOf(headers: IncomingHttpHeaders): number | null {
  if (headers[':method'] !== 'POST') return 405;
  return /^application\/grpc(\+proto)?\s*(;|$)/i.test(headers['content-type'] ?? '') ? null : 415;
}
