// The whole way from error spans in a real engine to one message, with every crash on the way.
import { getTasks } from 'node-cron';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '#storage/database';
import { readIncident, readIncidents } from '#storage/journal';
import { type ErrorRow, insertErrors, traceIdOf } from '../test/support/error-rows.ts';
import { type FakeSlack, startFakeSlack } from '../test/support/fake-slack.ts';
import { type FixedClock, fixedClock } from '../test/support/fixed-clock.ts';
import { openTestDatabase } from '../test/support/span-rows.ts';
import { type Alerting, type AlertingDeps, startAlerting } from './schedule.ts';

const MINUTE = 60_000;
const NOON = Date.parse('2026-03-02T12:00:00.000Z');
const PUBLIC_URL = 'https://telltale.example';

let db: Database;
let closeDatabase: () => Promise<void>;
let slack: FakeSlack;
let clock: FixedClock;
let projectId: string;
let projects = 0;
let started: Alerting[] = [];
/** Everything that was logged or printed. */
let said: string[] = [];

beforeAll(async () => {
  ({ db, close: closeDatabase } = await openTestDatabase());
});
afterAll(() => closeDatabase());
beforeEach(async () => {
  slack = await startFakeSlack();
  clock = fixedClock(NOON);
  projectId = `project-${++projects}`;
  said = [];
});
afterEach(async () => {
  await Promise.all(started.map((alerting) => alerting.stop()));
  started = [];
  await slack.close();
});

/** A detector as after a start of the process: nothing in memory. */
function start(deps: Partial<AlertingDeps> = {}): Alerting {
  const log = (...args: unknown[]) =>
    void said.push(JSON.stringify(args, (_, v) => (v instanceof Error ? v.stack : v)));
  const alerting = startAlerting({
    db,
    projectId,
    publicUrl: () => PUBLIC_URL,
    slackWebhookUrl: slack.webhookUrl,
    log: { info: log, warn: log, error: log } as AlertingDeps['log'],
    now: clock.now,
    writeLine: (line) => said.push(line),
    wake: () => () => undefined,
    ...deps,
  });
  started.push(alerting);
  return alerting;
}

/** Errors one minute apart, the last one now. */
function errors(count: number, fields: Partial<ErrorRow> = {}, firstTrace = 1): ErrorRow[] {
  return Array.from({ length: count }, (_, i) => ({
    projectId,
    fingerprint: 'lookup-timeout',
    trace: firstTrace + i,
    endedMs: clock.now() - (count - 1 - i) * MINUTE,
    ...fields,
  }));
}

async function tickEveryMinute(alerting: Alerting, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    clock.advance(MINUTE);
    expect(await alerting.tick()).toMatchObject({ status: 'done' });
  }
}

describe('ten similar errors', () => {
  it('are one Slack message with links to example runs', async () => {
    await insertErrors(db, errors(10));
    const result = await start().tick();

    expect(result).toMatchObject({ status: 'done', resolved: [], sent: 1, failed: 0 });
    expect(slack.posts).toHaveLength(1);
    const text = JSON.stringify(slack.posts[0]);
    expect(text).toContain('10 similar errors in 9 minutes');
    expect(text).toContain('order &lt;num&gt; timed out');
    for (const trace of [10, 9, 8]) expect(text).toContain(`<${PUBLIC_URL}/traces/${traceIdOf(trace)}|`);
    expect(text).not.toContain(traceIdOf(7));
  });

  it('can be read as an incident', async () => {
    await insertErrors(db, errors(10));
    await start().tick();
    const [incident] = await readIncidents(db, projectId);
    expect(incident).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      projectId,
      status: 'firing',
      fingerprint: 'lookup-timeout',
      agent: 'support-agent',
      step: 'lookup_order',
      errorType: 'TimeoutError',
      message: 'order <num> timed out',
      count: 10,
      windowMinutes: 30,
      firstSeen: '2026-03-02T11:51:00.000Z',
      lastSeen: '2026-03-02T12:00:00.000Z',
      openedAt: '2026-03-02T12:00:00.000Z',
      resolvedAt: null,
      exampleTraceIds: [10, 9, 8].map(traceIdOf),
      delivery: { channel: 'slack', status: 'sent', attempts: 1, lastError: null },
    });
    expect(await readIncident(db, projectId, incident?.id ?? '')).toEqual(incident);
  });

  it('are one message when each also fails the agent around it', async () => {
    const agents = errors(10, { fingerprint: 'agent', step: 'support' });
    const around = agents.map((row) => ({ ...row, span: 1000 + row.trace, startedMs: row.endedMs - 500 }));
    await insertErrors(db, [
      ...errors(10),
      ...around.map((row) => ({ ...row, endedMs: row.endedMs + 5, receivedMs: row.endedMs + 5 })),
    ]);
    await tickEveryMinute(start(), 2);
    expect(await readIncidents(db, projectId)).toMatchObject([{ step: 'lookup_order', count: 10 }]);
    expect(slack.posts).toHaveLength(1);
  });

  it('are counted as far as they have come when they are more', async () => {
    await insertErrors(db, errors(10));
    await insertErrors(db, errors(13, { endedMs: NOON }, 20));
    await start().tick();
    expect(await readIncidents(db, projectId)).toMatchObject([{ count: 23, openedAt: '2026-03-02T12:00:00.000Z' }]);
    expect(JSON.stringify(slack.posts)).toContain('23 similar errors in 9 minutes');
  });

  it('are not told when they are nine', async () => {
    await insertErrors(db, errors(9));
    await tickEveryMinute(start(), 3);
    expect(slack.requests()).toBe(0);
    expect(await readIncidents(db, projectId)).toEqual([]);
  });

  it('are told within the tick after the tenth, wherever the ticks fall', async () => {
    const alerting = start();
    for (let i = 1; i <= 10; i++) {
      expect(slack.posts).toHaveLength(0);
      await insertErrors(db, errors(1, {}, i));
      await tickEveryMinute(alerting, 3);
    }
    expect(slack.posts).toHaveLength(1);
  });

  it('are told once, however many ticks, errors and restarts follow', async () => {
    await insertErrors(db, errors(10));
    await tickEveryMinute(start(), 3);
    await insertErrors(db, errors(10));
    await insertErrors(db, errors(5, {}, 100));
    await tickEveryMinute(start(), 3);
    await tickEveryMinute(start({ slackWebhookUrl: undefined }), 1);
    expect(slack.posts).toHaveLength(1);
    expect(said.filter((line) => line.startsWith('ALERT'))).toEqual([]);
  });

  it('of another kind, step or project are another matter', async () => {
    await insertErrors(db, [...errors(9), ...errors(9, { fingerprint: 'other' }, 20)]);
    await insertErrors(db, errors(9, { projectId: `${projectId}-b` }, 40));
    await start().tick();
    expect(slack.posts).toHaveLength(0);
    await insertErrors(db, [...errors(1, {}, 60), ...errors(1, { fingerprint: 'other' }, 61)]);
    await start().tick();
    expect(slack.posts).toHaveLength(2);
  });

  it('are resolved when they stop, and told again when they come back', async () => {
    const alerting = start();
    await insertErrors(db, errors(10));
    await tickEveryMinute(alerting, 60);
    expect(await readIncidents(db, projectId)).toMatchObject([
      { status: 'resolved', resolvedAt: '2026-03-02T12:41:00.000Z', lastSeen: '2026-03-02T12:00:00.000Z' },
    ]);
    expect(slack.posts).toHaveLength(1);

    await insertErrors(db, errors(10, {}, 50));
    await tickEveryMinute(alerting, 3);
    expect(slack.posts).toHaveLength(2);
    expect((await readIncidents(db, projectId)).map(({ status }) => status)).toEqual(['firing', 'resolved']);
  });

  it('that came and went while nobody looked are told once, as over', async () => {
    await start().tick();
    await insertErrors(db, errors(10));
    clock.advance(300 * MINUTE);
    await start().tick();
    expect(slack.posts).toHaveLength(1);
    expect(JSON.stringify(slack.posts[0])).toContain('Over since');
    await tickEveryMinute(start(), 2);
    expect(slack.posts).toHaveLength(1);
  });

  it('are found by a clock that stepped back an hour', async () => {
    const alerting = start();
    await alerting.tick();
    clock.advance(-60 * MINUTE);
    await insertErrors(db, errors(10));
    await alerting.tick();
    expect(slack.posts).toHaveLength(1);
  });
});

describe('without a webhook', () => {
  it('an alert is one line on the console and an incident to read', async () => {
    await insertErrors(db, errors(10, { template: 'order <num>\u001b[31m timed\nout' }));
    await start({ slackWebhookUrl: undefined }).tick();
    expect(said.filter((line) => line.startsWith('ALERT'))).toEqual([
      `ALERT 10 similar errors in 9 minutes · agent support-agent · step lookup_order · TimeoutError: order <num>\\u{1b}[31m timed out · since 2026-03-02 11:51 UTC · example ${PUBLIC_URL}/traces/${traceIdOf(10)}`,
    ]);
    expect(await readIncidents(db, projectId)).toMatchObject([
      { status: 'firing', delivery: { channel: 'console', status: 'sent' } },
    ]);
  });
});

describe('when Slack', () => {
  it('is down, the message comes once it is back', async () => {
    const alerting = start();
    await insertErrors(db, errors(10));
    slack.answerWith('server_error');
    await alerting.tick();
    expect(await readIncidents(db, projectId)).toMatchObject([{ delivery: { status: 'owed', attempts: 1 } }]);
    await tickEveryMinute(start(), 3);
    slack.answerWith('ok');
    await tickEveryMinute(start(), 10);
    expect(slack.posts).toHaveLength(1);
    expect(await readIncidents(db, projectId)).toMatchObject([{ delivery: { status: 'sent', lastError: null } }]);
  });

  it('asks to wait, it is left alone that long', async () => {
    const alerting = start();
    await insertErrors(db, errors(10));
    slack.answerWith({ rateLimitedSeconds: 150 });
    await alerting.tick();
    slack.answerWith('ok');
    await tickEveryMinute(alerting, 2);
    expect(slack.requests()).toBe(1);
    await tickEveryMinute(alerting, 1);
    expect(slack.posts).toHaveLength(1);
  });

  it('hangs, the tick goes on and the next one tries again', async () => {
    const alerting = start({ slackTimeoutMs: 100 });
    await insertErrors(db, errors(10));
    slack.answerWith('hang');
    expect(await alerting.tick()).toMatchObject({ status: 'done', sent: 0 });
    slack.answerWith('ok');
    await tickEveryMinute(alerting, 1);
    expect(slack.posts).toHaveLength(1);
    expect(JSON.stringify(slack.posts[0])).toContain('may be a repeat');
  });

  it('no longer knows the webhook, that is said once, with the alert, and not tried again', async () => {
    const alerting = start();
    await insertErrors(db, errors(10));
    slack.answerWith('no_service');
    await tickEveryMinute(alerting, 5);
    expect(slack.requests()).toBe(1);
    expect(said.filter((line) => line.includes('could not be delivered'))).toHaveLength(1);
    expect(said.filter((line) => line.startsWith('ALERT'))).toHaveLength(1);
    expect(await readIncidents(db, projectId)).toMatchObject([
      { delivery: { channel: 'slack', status: 'failed', lastError: expect.stringContaining('no_service') } },
    ]);
  });

  it('misbehaves, its address is neither logged nor stored', async () => {
    for (const mood of ['server_error', 'reset', 'hang', 'no_service'] as const) {
      slack.answerWith(mood);
      await insertErrors(db, errors(10, { fingerprint: mood }));
      await tickEveryMinute(start({ slackTimeoutMs: 100 }), 1);
    }
    const journal = await db.query<{ payload: string }>('SELECT payload FROM journal');
    expect(journal.length).toBeGreaterThan(0);
    expect(JSON.stringify([said, journal])).not.toContain(slack.secret);
  });
});

describe('a crash', () => {
  /** The engine, failing at the given insert into the journal (1 is the first). */
  function failingAt(insert: number): Database {
    let inserts = 0;
    return {
      ...db,
      insertRows: (table, rows) =>
        ++inserts === insert ? Promise.reject(new Error('power cut')) : db.insertRows(table, rows),
    };
  }

  it('between reading and saving loses nothing and says nothing twice', async () => {
    await insertErrors(db, errors(10));
    expect(await start({ db: failingAt(1) }).tick()).toEqual({ status: 'failed', error: 'power cut' });
    expect(slack.requests()).toBe(0);
    expect(await readIncidents(db, projectId)).toEqual([]);
    await tickEveryMinute(start(), 3);
    expect(slack.posts).toHaveLength(1);
    expect(await readIncidents(db, projectId)).toHaveLength(1);
  });

  it('between saving and sending sends the message after the restart', async () => {
    await insertErrors(db, errors(10));
    const dies = start({
      publicUrl: () => {
        throw new Error('power cut');
      },
    });
    expect(await dies.tick()).toMatchObject({ status: 'failed' });
    expect(await readIncidents(db, projectId)).toMatchObject([{ delivery: { status: 'owed', attempts: 0 } }]);
    await tickEveryMinute(start(), 3);
    expect(slack.posts).toHaveLength(1);
  });

  it('between sending and recording sends at most once more, and the incident stays one', async () => {
    await insertErrors(db, errors(10));
    await start({ db: failingAt(2) }).tick();
    expect(slack.posts).toHaveLength(1);
    await tickEveryMinute(start(), 3);
    expect(slack.posts).toHaveLength(2);
    expect(await readIncidents(db, projectId)).toHaveLength(1);
  });

  it('that was only a failed write is made good without sending again', async () => {
    await insertErrors(db, errors(10));
    const alerting = start({ db: failingAt(2) });
    expect(await alerting.tick()).toMatchObject({ status: 'failed' });
    await tickEveryMinute(alerting, 3);
    expect(slack.posts).toHaveLength(1);
    expect(await readIncidents(db, projectId)).toMatchObject([{ delivery: { status: 'sent', attempts: 1 } }]);
  });
});

describe('the schedule', () => {
  it('counts a failed query as a failed tick, not as no errors', async () => {
    let broken = true;
    const query: Database['query'] = (...args) =>
      broken ? Promise.reject(new Error('too many parts')) : db.query(...args);
    const alerting = start({ db: { ...db, query } });
    await insertErrors(db, errors(10));
    expect(await alerting.tick()).toEqual({ status: 'failed', error: 'too many parts' });
    expect(alerting.health()).toEqual({ lastTickAt: null, lastError: 'too many parts' });
    broken = false;
    clock.advance(20 * MINUTE);
    await alerting.tick();
    expect(slack.posts).toHaveLength(1);
    expect(alerting.health()).toEqual({ lastTickAt: '2026-03-02T12:20:00.000Z', lastError: null });
  });

  it('never runs two ticks at once', async () => {
    await insertErrors(db, errors(10));
    const alerting = start();
    const [first, second] = await Promise.all([alerting.tick(), alerting.tick()]);
    expect(second).toBe(first);
    expect(slack.posts).toHaveLength(1);
  });

  it('is woken from outside until it is stopped, and lets the last tick end', async () => {
    let wake: () => Promise<unknown> = () => Promise.resolve();
    let asleep = false;
    const alerting = start({
      wake: (tick) => {
        wake = tick;
        return () => {
          asleep = true;
        };
      },
    });
    await insertErrors(db, errors(10));
    const last = wake();
    await alerting.stop();
    expect(asleep).toBe(true);
    expect(alerting.health().lastTickAt).toBe('2026-03-02T12:00:00.000Z');
    await last;
    expect(await alerting.tick()).toMatchObject({ status: 'failed' });
  });

  it('knocks every minute by itself', async () => {
    const silent = () => undefined;
    const alerting = startAlerting({
      db,
      projectId,
      publicUrl: () => PUBLIC_URL,
      slackWebhookUrl: undefined,
      log: { info: silent, warn: silent, error: silent },
      now: clock.now,
    });
    const task = [...getTasks().values()].find(({ name }) => name === 'telltale-detector');
    expect(task?.getPattern()).toBe('* * * * *');
    await task?.execute();
    expect(alerting.health().lastTickAt).toBe('2026-03-02T12:00:00.000Z');
    await alerting.stop();
    expect([...getTasks().values()].some(({ name }) => name === 'telltale-detector')).toBe(false);
  });
});
