// A query API on a free port over a real, empty chDB, and small ways to ask it.

import { request } from 'node:http';
import type { Status } from '#contracts/status';
import type { Database } from '#storage/database';
import { readIncident, readIncidents } from '#storage/read-incidents';
import { openStores } from '#storage/stores';
import { givenChannels, NO_ENVIRONMENT } from '../../alerting/deliver/channels/environment.ts';
import { writeDigest } from '../../alerting/digest/write-digest.ts';
import { createOutboundGuard } from '../../alerting/outbound/guard.ts';
import { tryRule } from '../../alerting/trial/try-rule.ts';
import { createQueryApi, type QueryApiDeps } from '../../query-api/app.ts';
import { listen } from '../../query-api/listen.ts';
import { NOW_MS, openTestDatabase } from './span-rows.ts';

export const STATUS: Status = {
  version: '1.2.3',
  startedAt: '2026-11-20T11:00:00.000Z',
  engine: 'chdb',
  engineVersion: '26.7',
  otlpUrl: 'http://127.0.0.1:4318',
  spans: {
    received: 10,
    acked: 9,
    inserted: 6,
    spooled: 1,
    quarantined: 1,
    lost: 0,
    deduplicated: 1,
    recovered: 0,
    rejected: { invalid_trace_id: 1 },
  },
  logs: {
    received: 0,
    acked: 0,
    inserted: 0,
    spooled: 0,
    quarantined: 0,
    lost: 0,
    deduplicated: 0,
    recovered: 0,
    rejected: {},
  },
  spool: {
    bytes: 1200,
    oldestAt: '2026-11-20T11:59:59.500Z',
    fullBecause: null,
    stuckBecause: null,
    unchecked: { files: 0, bytes: 0 },
    tornTails: 0,
    damagedRecords: 0,
    quarantine: { rows: 1, bytes: 700 },
  },
  redaction: {
    masked: { apikey: 2, key: 1 },
    truncatedValues: 1,
    cutNames: 0,
    droppedAttributes: 3,
    droppedEvents: 0,
    droppedLinks: 0,
  },
  requests: { received: 3, answered: { 200: 2, 400: 1 } },
  lastSpanAt: '2026-11-20T11:59:00.000Z',
  lastRefusal: { at: '2026-11-20T11:58:00.000Z', status: 400, message: 'not OTLP' },
  storedData: null,
  summaries: null,
  summarizer: {
    lastLookAt: '2026-11-20T11:59:40.000Z',
    lastError: null,
    lagSeconds: 0,
    setAside: 2,
    isStuck: false,
  },
  detector: {
    lastTickAt: '2026-11-20T11:59:30.000Z',
    lastError: null,
    isOverdue: false,
    standbyFor: null,
    setAside: 1,
  },
};

export interface TestApi {
  readonly url: string;
  readonly db: Database;
  /** What was logged as an error. */
  readonly logged: { details: object; message: string }[];
  /** GET, and the body as JSON. */
  get(path: string): Promise<{ status: number; headers: Headers; body: unknown }>;
  close(): Promise<void>;
}

/** @param fill puts something into the data directory before it is opened */
export async function startTestApi(
  over: Partial<QueryApiDeps> = {},
  fill?: (dataDir: string) => Promise<void>,
): Promise<TestApi> {
  const { db, close } = await openTestDatabase(fill);
  const logged: { details: object; message: string }[] = [];
  const app = createQueryApi({
    db,
    projectId: 'default',
    ...openStores(db, 'default'),
    host: '127.0.0.1',
    uiDir: '/nowhere',
    status: () => STATUS,
    ready: async () => true,
    readIncidents,
    readIncident,
    givenChannels: givenChannels(NO_ENVIRONMENT),
    checkAddress: createOutboundGuard({ allow: [] }).check,
    sendTest: null,
    digestWriter: {
      isMailSetUp: false,
      mailTo: [],
      mailDomains: [],
      timeZone: 'UTC',
      at: '08:00',
      write: (of, again) =>
        writeDigest(
          { db, ...openStores(db, 'default'), publicUrl: () => 'https://telltale.example', readIncidents },
          { projectId: 'default', ...of },
          NOW_MS,
          again,
        ),
      mail: async () => undefined,
    },
    readQuarantine: async () => null,
    noteSkips: async () => undefined,
    masked: () => null,
    log: { error: (details, message) => logged.push({ details, message }) },
    now: () => NOW_MS,
    tryRule: (rule, days) =>
      tryRule({ db, projectId: 'default', ...openStores(db, 'default'), nowMs: NOW_MS }, rule, days),
    ...over,
  });
  const server = await listen(app, '127.0.0.1', 0);
  return {
    url: server.url,
    db,
    logged,
    async get(path) {
      const response = await fetch(server.url + path);
      return { status: response.status, headers: response.headers, body: await response.json() };
    },
    async close() {
      await server.close();
      await close();
    },
  };
}

/** A request written by hand, for what `fetch` refuses to send: odd paths, a Host header, other methods. */
export function rawRequest(
  url: string,
  options: { path: string; method?: string; headers?: Record<string, string> },
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const sent = request({ hostname, port, method: 'GET', agent: false, ...options }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}
