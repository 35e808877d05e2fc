// The collector: takes OTLP, stores spans, answers when they are stored.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Database } from '#storage/database';
import { Counters } from './counters.ts';
import { createIngest } from './ingest.ts';
import { createInsert } from './insert-spans.ts';
import { createOtlpHttpServer, type OtlpHttpDeps } from './otlp/http.ts';
import { createWriteLoop } from './write-loop.ts';

export interface CollectorOptions {
  readonly db: Database;
  readonly projectId: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly httpPort: number;
  readonly log: OtlpHttpDeps['log'];
  readonly counters?: Counters;
  readonly now?: () => number;
  readonly maxBodyBytes?: number;
}

export interface Collector {
  /** Where to send, without /v1/traces. */
  readonly url: string;
  readonly counters: Counters;
  /** Takes no more requests, finishes those under way. */
  close(): Promise<void>;
}

/** @throws when the port is taken */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const { db, projectId, host, httpPort, log, counters = new Counters(), now = Date.now } = options;
  const insert = createInsert({ db, counters, log, now });
  const loop = createWriteLoop({ write: insert });
  const ingest = createIngest({ projectId, loop, insert, counters, now });
  const server = createOtlpHttpServer({
    host,
    ingest,
    counters,
    now,
    log,
    ...(options.maxBodyBytes === undefined ? {} : { maxBodyBytes: options.maxBodyBytes }),
  });
  const port = await listen(server, httpPort, host);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    counters,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await loop.close();
      // Replies go out in the turns after the commit; then no connection has a reason to stay.
      setTimeout(() => server.closeAllConnections(), 1000).unref();
      await closed;
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}
