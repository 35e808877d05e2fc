// A detector over a real engine with a stand-in for Slack and a clock that is moved by hand, for the faults of alerting.

import type { Database } from '#storage/database';
import { readIncidents } from '#storage/read-incidents';
import { openStores } from '#storage/stores';
import { type Alerting, type AlertingDeps, startAlerting } from '../../alerting/start-alerting.ts';
import { type ErrorRow, insertErrors } from '../support/error-rows.ts';
import { type FakeSlack, startFakeSlack } from '../support/fake-slack.ts';
import { type FixedClock, fixedClock } from '../support/fixed-clock.ts';
import { openTestDatabase } from '../support/span-rows.ts';
import { testDirectory } from '../support/test-directory.ts';

export const MINUTE = 60_000;
export const NOON = Date.parse('2026-03-02T12:00:00.000Z');

export interface DetectorWorld {
  readonly db: Database;
  readonly slack: FakeSlack;
  readonly clock: FixedClock;
  readonly projectId: string;
  /** Lines on the console. */
  readonly said: string[];
  /** A detector as after a start of the process: nothing in memory. */
  start(deps?: Partial<AlertingDeps>): Alerting;
  /** Ten errors of one pattern that end now, a second apart. */
  burst(fingerprint: string, firstTrace: number, count?: number): Promise<void>;
  insert(rows: readonly Omit<ErrorRow, 'projectId'>[]): Promise<void>;
  /** Incidents, and the notifications that were sent of them, by transition. */
  notified(): Promise<{ opened: number; resolved: number; incidents: number; unnotified: number; unresolved: number }>;
}

const silent = () => undefined;
const LOG = { debug: silent, info: silent, warn: silent, error: silent };

/** One engine for several worlds in turn, each with a project of its own. */
export async function withDetectors<T>(work: (newWorld: () => Promise<DetectorWorld>) => Promise<T>): Promise<T> {
  const { db, close } = await openTestDatabase();
  const opened: { slack: FakeSlack; started: Alerting[] }[] = [];
  let projects = 0;
  const newWorld = async (): Promise<DetectorWorld> => {
    const slack = await startFakeSlack();
    const clock = fixedClock(NOON);
    const projectId = `project-${++projects}`;
    const started: Alerting[] = [];
    const said: string[] = [];
    opened.push({ slack, started });
    const insert = (rows: readonly Omit<ErrorRow, 'projectId'>[]) =>
      insertErrors(
        db,
        rows.map((row) => ({ projectId, ...row })),
      );
    return {
      db,
      slack,
      clock,
      projectId,
      said,
      insert,
      start(deps = {}) {
        const directory = testDirectory({
          db,
          projectId,
          slackWebhookUrl: slack.webhookUrl,
          slackIsHanging: slack.isHanging,
          writeLine: (line) => said.push(line),
          now: clock.now,
        });
        const alerting = startAlerting({
          db,
          projectId,
          ...openStores(deps.db ?? db, projectId),
          publicUrl: () => 'http://telltale.test',
          directory,
          log: LOG,
          now: clock.now,
          wake: () => silent,
          ...deps,
        });
        started.push(alerting);
        return alerting;
      },
      burst: (fingerprint, firstTrace, count = 10) =>
        insert(
          Array.from({ length: count }, (_, i) => ({
            fingerprint,
            trace: firstTrace + i,
            endedMs: clock.now() - (count - 1 - i) * 1000,
          })),
        ),
      async notified() {
        const incidents = await readIncidents(db, projectId, 10_000);
        const sent = (transition: string) =>
          incidents.reduce(
            (sum, { notices }) =>
              sum + notices.filter((n) => n.transition === transition && n.status === 'sent').length,
            0,
          );
        const unnotified = incidents.filter(({ notices }) => !notices.some(({ status }) => status === 'sent')).length;
        const unresolved = incidents.filter(({ status }) => status !== 'resolved').length;
        return {
          opened: sent('opened'),
          resolved: sent('resolved'),
          incidents: incidents.length,
          unnotified,
          unresolved,
        };
      },
    };
  };
  try {
    return await work(newWorld);
  } finally {
    for (const { slack, started } of opened) {
      for (const alerting of started) await alerting.stop();
      await slack.close();
    }
    await close();
  }
}

/** Ticks every so many minutes: each tick is some twenty queries. */
export async function tickMinutes(
  { clock }: DetectorWorld,
  alerting: Alerting,
  minutes: number,
  every = 1,
): Promise<void> {
  for (let minute = 0; minute < minutes; minute += every) {
    clock.advance(every * MINUTE);
    await alerting.tick();
  }
}
