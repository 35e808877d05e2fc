// A collector on a free port before a fresh engine, and small requests to send it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '#storage/database';
import { type Collector, startCollector } from '../../collector/collector.ts';
import type { JsonRequest } from './otlp-proto.ts';
import { openTestDatabase } from './span-rows.ts';

export const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
export const PROTOBUF = { 'content-type': 'application/x-protobuf' };

/** A valid span as OTLP/JSON; give what should differ. */
export const span = (over: Record<string, unknown> = {}) => ({
  traceId: TRACE,
  spanId: '00f067aa0ba902b7',
  name: 'step',
  kind: 1,
  startTimeUnixNano: '1795386336183000001',
  endTimeUnixNano: '1795386336184000003',
  ...over,
});

export const requestOf = (...spans: unknown[]): JsonRequest => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeSpans: [{ scope: { name: 'test' }, spans }],
    },
  ],
});

export interface OtlpServer {
  readonly db: Database;
  readonly collector: Collector;
  /** Where the spool and the quarantine are. */
  readonly dataDir: string;
  /** JSON unless the headers say otherwise. */
  post(body: Buffer | string, headers?: Record<string, string>, path?: string): Promise<Response>;
  postJson(...spans: unknown[]): Promise<Response>;
  /** Rows in the table of spans. */
  stored(): Promise<number>;
  close(): Promise<void>;
}

export async function openOtlpServer(maxBodyBytes?: number): Promise<OtlpServer> {
  const { db, close } = await openTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'telltale-otlp-server-'));
  const collector = await startCollector({
    db,
    projectId: 'default',
    host: '127.0.0.1',
    httpPort: 0,
    dataDir,
    spool: { flushMs: 5, minFreeBytes: 0 },
    log: { warn: () => {}, error: () => {} },
    ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }),
  });
  const post: OtlpServer['post'] = async (body, headers = {}, path = '/v1/traces') => {
    const response = await fetch(collector.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
    // Acknowledged is on disk; what a test reads next is in storage.
    if (response.ok) await collector.settled();
    return response;
  };
  return {
    db,
    collector,
    dataDir,
    post,
    postJson: (...spans) => post(JSON.stringify(requestOf(...spans))),
    stored: async () => {
      await collector.settled();
      return Number((await db.query<{ n: string }>('SELECT count() AS n FROM spans'))[0]?.n);
    },
    async close() {
      await collector.close();
      await close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
