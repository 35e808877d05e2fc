// The OTLP/gRPC door: the Export method of the three services, on the same path as HTTP behind it (ADR 0026).
// https://opentelemetry.io/docs/specs/otlp/#otlpgrpc
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { headOf } from '#schema/clip';
import type { Counters } from '../counters.ts';
import type { Ingest } from '../ingest.ts';
import { BodyBudget } from './body-budget.ts';
import { withDeadline } from './deadline.ts';
import { failureOf, isRetryable, retryAfterSeconds, UNFORESEEN } from './failure.ts';
import { createJsonWorker } from './json-worker.ts';
import { MAX_BODY_BYTES } from './read-body.ts';
import { rpcCodeOf, statusReply, successReply } from './reply.ts';
import { type Log, sampledLog } from './sampled-log.ts';
import { SIGNALS, type Signal } from './signals.ts';
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
  /** From the whole message to its answer. Exporters give up after 10 s. */
  readonly deadlineMs?: number;
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

interface Door extends OtlpGrpcOptions {
  readonly take: TakeExport;
  readonly budget: BodyBudget;
  readonly random: () => number;
  readonly deadlineMs: number;
}

/** @throws Error with `code` (EADDRINUSE, EACCES…) and `port` when it cannot listen */
export async function startOtlpGrpc(options: OtlpGrpcOptions): Promise<OtlpGrpc> {
  const log = sampledLog(options.log, options.now);
  // gRPC carries protobuf only, so this one never starts its thread.
  const take = createTakeExport({ ...options, json: createJsonWorker({ log }) });
  const door: Door = { random: Math.random, deadlineMs: 9_000, ...options, log, take, budget: new BodyBudget() };
  const server = new Server({
    'grpc.max_receive_message_length': options.maxBodyBytes ?? MAX_BODY_BYTES,
    'grpc.max_concurrent_streams': 64,
    // A peer that is gone without a word is noticed; one that sends nothing for long is asked to go.
    'grpc.keepalive_time_ms': 60_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.max_connection_idle_ms': 600_000,
  });
  for (const signal of ['traces', 'logs', 'metrics'] as const) {
    server.addService(service(signal), {
      Export: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) =>
        void handle(signal, call.request, door, answer),
    });
  }
  const { host } = options;
  const address = `${host.includes(':') ? `[${host}]` : host}:${options.port}`;
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(asListenError(error, options.port)),
    );
  });
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        const force = setTimeout(() => server.forceShutdown(), options.closeMs ?? 3_000);
        server.tryShutdown(() => {
          clearTimeout(force);
          resolve();
        });
      }),
  };
}

/** The library puts what the system said into its message only. */
function asListenError(cause: Error, port: number): Error {
  const code = /\bE[A-Z]{3,}\b/.exec(cause.message)?.[0];
  return Object.assign(new Error(`gRPC cannot listen on port ${port}: ${cause.message}`, { cause }), { code, port });
}

const asIs = (bytes: Buffer): Buffer => bytes;

/** The service of a signal. Messages stay bytes: the decoder of the HTTP door reads them. */
function service(signal: Signal): ServiceDefinition {
  return {
    Export: {
      path: `/${SIGNALS[signal].service}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  };
}

/** Takes one message and answers it; never rejects. */
async function handle(signal: Signal, body: Buffer, door: Door, answer: sendUnaryData<Buffer>): Promise<void> {
  door.counters.requestsReceived++;
  const share = door.budget.share();
  try {
    share.resize(body.length);
    const taken = door.take(signal, body, 'protobuf').finally(() => share.release());
    const late = () => 'Storage did not answer in time; send again shortly.';
    const { rejected, message } = await withDeadline(taken, door.deadlineMs, late);
    door.counters.answer(200, message, door.now());
    answer(null, successReply('protobuf', rejected, message, signal));
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) door.log.error({ err: error }, 'a request failed in a way that should not happen');
    const { status, message } = failure ?? UNFORESEEN;
    door.counters.answer(status, message, door.now());
    answer({ code: rpcCodeOf(status), details: message, metadata: trailers(status, message, door.random()) });
  }
}

/** The error once more as google.rpc.Status, and when to come back for clients that retry by gRPC's own rules. */
function trailers(status: number, message: string, random: number): Metadata {
  const metadata = new Metadata();
  const retryAfter = isRetryable(status) ? retryAfterSeconds(random) : null;
  metadata.set('grpc-status-details-bin', statusReply('protobuf', status, headOf(message, 500), retryAfter));
  if (retryAfter !== null) metadata.set('grpc-retry-pushback-ms', String(retryAfter * 1000));
  return metadata;
}
