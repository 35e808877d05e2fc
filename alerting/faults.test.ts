// Slack refusing, and the process dying at each point between an error and its message.
import { describe, expect, it } from 'vitest';
import type { Database } from '#storage/database';
import { readIncidents } from '#storage/read-incidents';
import { MINUTE, tickEveryMinute, useAlertingWorld } from '../test/support/alerting-world.ts';

const world = useAlertingWorld();

describe('when Slack', () => {
  it('is down, the message comes once it is back', async () => {
    const alerting = world.start();
    await world.insert(world.errors(10));
    world.slack.answerWith('server_error');
    await alerting.tick();
    expect(await readIncidents(world.db, world.projectId)).toMatchObject([
      { notices: [{ status: 'owed', attempts: 1 }] },
    ]);
    await tickEveryMinute(world, world.start(), 2);
    world.slack.answerWith('ok');
    world.clock.advance(8 * MINUTE);
    await tickEveryMinute(world, world.start(), 2);
    expect(world.slack.posts).toHaveLength(1);
    expect(await readIncidents(world.db, world.projectId)).toMatchObject([
      { notices: [{ status: 'sent', lastError: null }] },
    ]);
  });

  it('asks to wait, it is left alone that long', async () => {
    const alerting = world.start();
    await world.insert(world.errors(10));
    world.slack.answerWith({ rateLimitedSeconds: 150 });
    await alerting.tick();
    world.slack.answerWith('ok');
    await tickEveryMinute(world, alerting, 2);
    expect(world.slack.requests()).toBe(1);
    await tickEveryMinute(world, alerting, 1);
    expect(world.slack.posts).toHaveLength(1);
  });

  it('hangs, the tick goes on and the next one tries again', async () => {
    const alerting = world.start();
    await world.insert(world.errors(10));
    world.slack.answerWith('hang');
    expect(await alerting.tick()).toMatchObject({ status: 'done', sent: 0 });
    world.slack.answerWith('ok');
    await tickEveryMinute(world, alerting, 1);
    expect(world.slack.posts).toHaveLength(1);
    expect(JSON.stringify(world.slack.posts[0])).toContain('possible repeat');
  });

  it('no longer knows the webhook, that is said once, with the alert, and not tried again', async () => {
    const alerting = world.start();
    await world.insert(world.errors(10));
    world.slack.answerWith('no_service');
    await tickEveryMinute(world, alerting, 2);
    expect(world.slack.requests()).toBe(1);
    expect(world.said.filter((line) => line.includes('could not be delivered'))).toHaveLength(1);
    expect(world.said.filter((line) => line.startsWith('ALERT'))).toHaveLength(1);
    expect(await readIncidents(world.db, world.projectId)).toMatchObject([
      {
        notices: expect.arrayContaining([
          expect.objectContaining({
            channel: 'env-slack',
            status: 'failed',
            lastError: expect.stringContaining('no_service'),
          }),
          expect.objectContaining({ channel: 'console', status: 'sent' }),
        ]),
      },
    ]);
  });

  it('misbehaves, its address is neither logged nor stored', async () => {
    for (const mood of ['server_error', 'reset', 'hang', 'no_service'] as const) {
      world.slack.answerWith(mood);
      await world.insert(world.errors(10, { fingerprint: mood }));
      await tickEveryMinute(world, world.start(), 1);
    }
    const journal = await world.db.query<{ payload: string }>('SELECT payload FROM alert_journal');
    expect(journal.length).toBeGreaterThan(0);
    expect(JSON.stringify([world.said, journal])).not.toContain(world.slack.secret);
  });
});

describe('a crash', () => {
  /** The engine, failing at the given insert into the journal (1 is the first). */
  function failingAt(insert: number): Database {
    let inserts = 0;
    return {
      ...world.db,
      insertRows: (table, rows) =>
        ++inserts === insert ? Promise.reject(new Error('power cut')) : world.db.insertRows(table, rows),
    };
  }

  it('between reading and saving loses nothing and says nothing twice', async () => {
    await world.insert(world.errors(10));
    expect(await world.start({ db: failingAt(1) }).tick()).toEqual({ status: 'failed', error: 'power cut' });
    expect(world.slack.requests()).toBe(0);
    expect(await readIncidents(world.db, world.projectId)).toEqual([]);
    await tickEveryMinute(world, world.start(), 2);
    expect(world.slack.posts).toHaveLength(1);
    expect(await readIncidents(world.db, world.projectId)).toHaveLength(1);
  });

  it('between saving and sending sends the message after the restart', async () => {
    await world.insert(world.errors(10));
    const dies = world.start({
      publicUrl: () => {
        throw new Error('power cut');
      },
    });
    expect(await dies.tick()).toMatchObject({ status: 'failed' });
    expect(await readIncidents(world.db, world.projectId)).toMatchObject([
      { notices: [{ status: 'owed', attempts: 0 }] },
    ]);
    await tickEveryMinute(world, world.start(), 2);
    expect(world.slack.posts).toHaveLength(1);
  });

  it('between sending and recording sends at most once more, and the incident stays one', async () => {
    await world.insert(world.errors(10));
    await world.start({ db: failingAt(2) }).tick();
    expect(world.slack.posts).toHaveLength(1);
    await tickEveryMinute(world, world.start(), 2);
    expect(world.slack.posts).toHaveLength(2);
    expect(await readIncidents(world.db, world.projectId)).toHaveLength(1);
  });

  it('that was only a failed write is made good without sending again', async () => {
    await world.insert(world.errors(10));
    const alerting = world.start({ db: failingAt(2) });
    expect(await alerting.tick()).toMatchObject({ status: 'failed' });
    await tickEveryMinute(world, alerting, 2);
    expect(world.slack.posts).toHaveLength(1);
    expect(await readIncidents(world.db, world.projectId)).toMatchObject([
      { notices: [{ status: 'sent', attempts: 1 }] },
    ]);
  });
});
