// A real engine, a real SMTP server and a clock that stands still; and digests on them, as after a start of the process.
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Database } from '#storage/database';
import { readIncidents } from '#storage/read-incidents';
import { createMailer } from '../../alerting/deliver/channels/mailer.ts';
import { type Digests, type DigestsDeps, startDigests } from '../../alerting/digest/schedule-digests.ts';
import { type FakeSmtp, startFakeSmtp } from './fake-smtp.ts';
import { type FixedClock, fixedClock } from './fixed-clock.ts';
import { id, insertSpans, openTestDatabase, type TestSpan } from './span-rows.ts';

export const PUBLIC_URL = 'https://telltale.example';
/** 10:00 in Paris on Saturday 21 November 2026: the digest of Friday is due. */
export const SATURDAY = Date.parse('2026-11-21T09:00:00Z');
export const FRIDAY_NOON = Date.parse('2026-11-20T12:00:00Z');

export interface DigestWorld {
  db: Database;
  /** New for each test. */
  projectId: string;
  smtp: FakeSmtp;
  clock: FixedClock;
  said: string[];
  start(deps?: Partial<DigestsDeps>): Digests;
  /** A run of two spans that began at `startMs`. */
  run(trace: number, startMs: number, over?: Readonly<Record<string, unknown>>): TestSpan[];
  insert(rows: readonly TestSpan[]): Promise<void>;
}

/** Registers the hooks; the fields hold what belongs to the running test. */
export function useDigestWorld(): DigestWorld {
  let started: Digests[] = [];
  let projects = 0;
  let closeDatabase: () => Promise<void>;
  const world = { start, run, insert: (rows) => insertSpans(world.db, rows) } as DigestWorld;

  beforeAll(async () => {
    const opened = await openTestDatabase();
    world.db = opened.db;
    closeDatabase = opened.close;
  });
  afterAll(() => closeDatabase());
  beforeEach(async () => {
    world.smtp = await startFakeSmtp();
    world.clock = fixedClock(FRIDAY_NOON);
    world.projectId = `project-${++projects}`;
    world.said = [];
  });
  afterEach(async () => {
    await Promise.all(started.map((digests) => digests.stop()));
    started = [];
    await world.smtp.close();
  });

  function start(deps: Partial<DigestsDeps> = {}): Digests {
    const log = (...args: unknown[]) =>
      void world.said.push(JSON.stringify(args, (_, value) => (value instanceof Error ? value.stack : value)));
    const digests = startDigests({
      db: world.db,
      projectId: world.projectId,
      publicUrl: () => PUBLIC_URL,
      readIncidents,
      mailer: createMailer({ smtpUrl: world.smtp.url, from: 'Telltale <telltale@example.org>', timeoutMs: 30_000 }),
      defaults: { mailTo: ['ines@example.org'], timeZone: 'Europe/Paris', at: '08:00' },
      log: { debug: log, info: log, error: log },
      now: world.clock.now,
      wake: () => () => undefined,
      ...deps,
    });
    started.push(digests);
    return digests;
  }

  function run(trace: number, startMs: number, over: Readonly<Record<string, unknown>> = {}): TestSpan[] {
    const time = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
    const common = {
      project_id: world.projectId,
      trace_id: id(trace, 32),
      service: 'shop',
      agent: 'refund-desk',
      received_at: time(startMs + 5000),
      otel_kind: 1,
    };
    const root = {
      ...common,
      span_id: id(1, 16),
      parent_span_id: id(0, 16),
      name: 'handle',
      kind: 'agent',
      start_time: time(startMs),
      duration_ns: '4000000000',
      ...over,
    };
    const llm = {
      ...common,
      span_id: id(2, 16),
      parent_span_id: id(1, 16),
      name: 'chat',
      kind: 'llm',
      model: 'gpt-4.1',
      cost_usd: 0.25,
      start_time: time(startMs + 100),
      duration_ns: '900000000',
    };
    return [root, llm];
  }
  return world;
}
