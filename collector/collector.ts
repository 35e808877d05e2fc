// The collector: takes OTLP, puts it on disk, answers, and moves it into storage.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Status } from '#contracts/status';
import type { ServerNames } from '#domain/server-names';
import type { Database } from '#storage/database';
import { LogBlock } from '#storage/log-block';
import { OpenStepBlock } from '#storage/open-step-block';
import { SpanBlock } from '#storage/span-block';
import { Counters } from './count/counters.ts';
import { createJsonWorker } from './decode/json-worker.ts';
import { logCodec } from './decode/log-codec.ts';
import { spanCodec } from './decode/span-codec.ts';
import { createInsertLog } from './insert-log.ts';
import { type OtlpGrpc, startOtlpGrpc } from './receive/grpc.ts';
import { createOtlpHttpServer, type OtlpHttpDeps } from './receive/http.ts';
import { createIngest } from './receive/ingest.ts';
import { SharedLimits } from './receive/limits.ts';
import { type RedactMode, Redactor } from './redact/redactor.ts';
import { createQuarantine, type Quarantine } from './spool/quarantine/quarantine.ts';
import { Spool, type SpoolOptions } from './spool/spool.ts';
import { StuckWatch } from './spool/stuck-watch.ts';

export interface CollectorOptions {
  readonly db: Database;
  readonly projectId: string;
  readonly host: string;
  /** Names that requests over HTTP are taken under, besides those of this machine. */
  readonly names?: Omit<ServerNames, 'host'>;
  /** 0 takes a free one. */
  readonly httpPort: number;
  /** 0 takes a free one; without it there is no gRPC. */
  readonly grpcPort?: number;
  /** The spool and the quarantine live here, beside the embedded engine's data. */
  readonly dataDir: string;
  readonly spool?: Partial<Pick<SpoolOptions, 'maxBytes' | 'minFreeBytes' | 'flushMs'>>;
  /** 'off' stores secrets as they came; by default they are masked. */
  readonly redact?: RedactMode;
  readonly log: OtlpHttpDeps['log'];
  readonly counters?: Counters;
  readonly now?: () => number;
  readonly maxBodyBytes?: number;
  /** Called after each answer. */
  readonly onAnswered?: (transport: 'http' | 'grpc', status: number, ms: number) => void;
  /** Milliseconds between two checks whether inserts make progress. */
  readonly checkStuckEveryMs?: number;
}

export interface Collector {
  /** Where to send, without /v1/traces. */
  readonly url: string;
  /** Where to send OTLP over gRPC; null when that is off. */
  readonly grpcUrl: string | null;
  readonly counters: Counters;
  readonly spool: Spool;
  readonly quarantine: Quarantine;
  /** What was masked and cut since start: numbers, no values. */
  readonly redaction: Redactor['stats'];
  /** Whether a span sent now would be acknowledged, and inserted as far as can be known. Asks the disk. */
  isReady(): Promise<boolean>;
  /** What the spool and the quarantine hold, for /api/status. */
  spoolStatus(): NonNullable<Status['spool']>;
  /** Resolves when storage has everything that was acknowledged. */
  settled(): Promise<void>;
  /** Takes no more requests, answers those under way, syncs; what storage does not take in time stays in the spool. */
  close(): Promise<void>;
}

const MIB = 1024 * 1024;
/** How long a stop waits for storage. What is left is on disk, so nothing depends on it. */
const DRAIN_MS = 4000;
/** Connections that wait to be accepted. With Node's 511 a burst of connections delays all other senders by seconds. */
const BACKLOG = 4096;

/**
 * Every port is bound before the first request is accepted: until then the answer is to send again.
 * @throws when a port is taken (Error with `code` and `port`) or the data folder cannot be written; nothing stays open
 */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const {
    db,
    projectId,
    host,
    httpPort,
    grpcPort,
    log,
    now = Date.now,
    counters = new Counters(now),
    dataDir,
  } = options;
  const json = createJsonWorker({ log });
  const quarantine = await createQuarantine({ dir: join(dataDir, 'quarantine'), now });
  const inserts = createInsertLog({ counters, log, now });
  const spool = await Spool.open({
    dir: join(dataDir, 'spool'),
    // Open steps come as log records and are counted as such.
    tables: { spans: counters.spans, logs: counters.logs, open_steps: counters.logs },
    maxBytes: options.spool?.maxBytes ?? 1024 * MIB,
    minFreeBytes: options.spool?.minFreeBytes ?? 500 * MIB,
    flushMs: options.spool?.flushMs ?? 1000,
    async insert(table, path, token) {
      await db.insertFile(table, path, token);
      inserts.succeeded();
    },
    onFailed: inserts.failed,
    quarantine,
    log,
    onReplay: () => void quarantine.recount().catch(() => undefined),
    now,
  });
  const stuck = new StuckWatch({
    oldestTry: () => spool.oldestTry,
    askStorage: () => db.query('SELECT 1', {}, { maxSeconds: 2 }),
    now,
  });
  stuck.start(options.checkStuckEveryMs);
  const redactor = new Redactor(options.redact, undefined, counters.skips);
  let refusedBecause: string | null = 'Telltale is starting; send again shortly.';
  const fullBecause = () => refusedBecause ?? spool.fullBecause;
  const ingest = createIngest({
    projectId,
    queue: spool.writeQueue('spans', () => new SpanBlock()),
    codec: spanCodec(json.convertSpans, redactor),
    fullBecause,
    counters: counters.spans,
    onAcked: (atMs) => {
      counters.lastSpanAtMs = atMs;
    },
    now,
  });
  const ingestLogs = createIngest({
    projectId,
    queue: spool.writeQueue('logs', () => new LogBlock()),
    codec: logCodec(
      json.convertLogs,
      redactor,
      spool.writeQueue('open_steps', () => new OpenStepBlock()),
    ),
    fullBecause,
    counters: counters.logs,
    now,
  });
  const endpointOptions = {
    host,
    ingest,
    ingestLogs,
    counters,
    now,
    log,
    shared: new SharedLimits(),
    ...(options.maxBodyBytes === undefined ? {} : { maxBodyBytes: options.maxBodyBytes }),
  };
  const server = createOtlpHttpServer({
    ...endpointOptions,
    names: { host, ...options.names },
    json,
    onAnswered: (status, ms) => options.onAnswered?.('http', status, ms),
  });
  let grpc: OtlpGrpc | null = null;
  const close = async () => {
    const grpcClosed = grpc?.close();
    const closed = server.listening ? new Promise((resolve) => server.close(resolve)) : undefined;
    server.closeIdleConnections();
    stuck.stop();
    await spool.close(DRAIN_MS);
    // Replies go out in the turns after the commit; then no connection has a reason to stay.
    setTimeout(() => server.closeAllConnections(), 1000).unref();
    await Promise.all([closed, grpcClosed]);
    await json.close();
  };
  let port: number;
  try {
    port = await listen(server, httpPort, host);
    if (grpcPort !== undefined)
      grpc = await startOtlpGrpc({
        ...endpointOptions,
        port: grpcPort,
        onAnswered: (status, ms) => options.onAnswered?.('grpc', status, ms),
      });
  } catch (error) {
    await close();
    throw error;
  }
  refusedBecause = null;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${port}`,
    grpcUrl: grpc === null ? null : `http://${name}:${grpc.port}`,
    counters,
    spool,
    quarantine,
    redaction: redactor.stats,
    isReady: async () => (await spool.checkQuota()) === null && stuck.because === null,
    spoolStatus: () => spoolStatus(spool, stuck, quarantine),
    settled: () => spool.settled(),
    close() {
      refusedBecause = 'Telltale is stopping; send again shortly.';
      return close();
    },
  };
}

function spoolStatus(spool: Spool, stuck: StuckWatch, quarantine: Quarantine): NonNullable<Status['spool']> {
  const { oldestAtMs, bytes, fullBecause, unchecked, recovered } = spool;
  return {
    bytes,
    oldestAt: oldestAtMs === null ? null : new Date(oldestAtMs).toISOString(),
    fullBecause,
    stuckBecause: stuck.because,
    unchecked,
    tornTails: recovered.tornTails,
    damagedRecords: recovered.damagedRecords,
    quarantine: { rows: quarantine.rows, bytes: quarantine.bytes },
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, () => resolve((server.address() as AddressInfo).port));
  });
}
