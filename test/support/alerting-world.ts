// A real engine, a fake Slack and a clock that stands still, new for each test; and detectors on them.

import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { Database } from '#storage/database';
import { openStores } from '#storage/stores';
import { type Alerting, type AlertingDeps, startAlerting } from '../../alerting/start-alerting.ts';
import { type ErrorRow, insertErrors } from './error-rows.ts';
import { type FakeSlack, startFakeSlack } from './fake-slack.ts';
import { type FixedClock, fixedClock } from './fixed-clock.ts';
import { openTestDatabase } from './span-rows.ts';
import { testDirectory } from './test-directory.ts';

export const MINUTE = 60_000;
export const NOON = Date.parse('2026-03-02T12:00:00.000Z');
export const PUBLIC_URL = 'https://telltale.example';

export interface WorldDeps extends Partial<AlertingDeps> {
  /** Default: the stand-in. */
  readonly slackWebhookUrl?: string | undefined;
}

export interface AlertingWorld {
  /** One engine for the file; each test has a project of its own. */
  db: Database;
  projectId: string;
  slack: FakeSlack;
  clock: FixedClock;
  /** Everything that was logged or printed. */
  said: string[];
  /** A detector as after a start of the process: nothing in memory. Stopped after the test. */
  start(deps?: WorldDeps): Alerting;
  /** Errors one minute apart, the last one now. */
  errors(count: number, fields?: Partial<ErrorRow>, firstTrace?: number): ErrorRow[];
  insert(rows: readonly ErrorRow[]): Promise<void>;
}

/** Registers the hooks; the fields hold what belongs to the running test. */
export function useAlertingWorld(): AlertingWorld {
  let started: Alerting[] = [];
  let projects = 0;
  let closeDatabase: () => Promise<void>;
  const world = { start, errors, insert: (rows) => insertErrors(world.db, rows) } as AlertingWorld;

  beforeAll(async () => {
    const opened = await openTestDatabase();
    world.db = opened.db;
    closeDatabase = opened.close;
  });
  afterAll(() => closeDatabase());
  beforeEach(async () => {
    world.slack = await startFakeSlack();
    world.clock = fixedClock(NOON);
    world.projectId = `project-${++projects}`;
    world.said = [];
  });
  afterEach(async () => {
    await Promise.all(started.map((alerting) => alerting.stop()));
    started = [];
    await world.slack.close();
  });

  function start(deps: WorldDeps = {}): Alerting {
    const { said } = world;
    const slackWebhookUrl = 'slackWebhookUrl' in deps ? deps.slackWebhookUrl : world.slack.webhookUrl;
    const log = (...args: unknown[]) =>
      void said.push(JSON.stringify(args, (_, value) => (value instanceof Error ? value.stack : value)));
    const alerting = startAlerting({
      db: world.db,
      projectId: world.projectId,
      ...openStores(deps.db ?? world.db, world.projectId),
      publicUrl: () => PUBLIC_URL,
      directory: testDirectory({
        db: world.db,
        projectId: world.projectId,
        slackWebhookUrl,
        slackIsHanging: () => world.slack.isHanging(),
        writeLine: (line) => said.push(line),
        now: world.clock.now,
      }),
      log: { debug: log, info: log, warn: log, error: log },
      now: world.clock.now,
      wake: () => () => undefined,
      ...deps,
    });
    started.push(alerting);
    return alerting;
  }

  function errors(count: number, fields: Partial<ErrorRow> = {}, firstTrace = 1): ErrorRow[] {
    return Array.from({ length: count }, (_, i) => ({
      projectId: world.projectId,
      fingerprint: 'lookup-timeout',
      trace: firstTrace + i,
      endedMs: world.clock.now() - (count - 1 - i) * MINUTE,
      ...fields,
    }));
  }
  return world;
}

export async function tickEveryMinute(world: AlertingWorld, alerting: Alerting, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    world.clock.advance(MINUTE);
    expect(await alerting.tick()).toMatchObject({ status: 'done' });
  }
}
