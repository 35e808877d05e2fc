import { getTasks } from 'node-cron';
import { describe, expect, it } from 'vitest';
import type { Database } from '#storage/database';
import { MINUTE, PUBLIC_URL, useAlertingWorld } from '../test/support/alerting-world.ts';
import { startAlerting } from './schedule.ts';

const world = useAlertingWorld();

describe('the schedule', () => {
  it('counts a failed query as a failed tick, not as no errors', async () => {
    let broken = true;
    const query: Database['query'] = (...args) =>
      broken ? Promise.reject(new Error('too many parts')) : world.db.query(...args);
    const alerting = world.start({ db: { ...world.db, query } });
    await world.insert(world.errors(10));
    expect(await alerting.tick()).toEqual({ status: 'failed', error: 'too many parts' });
    expect(alerting.health()).toEqual({ lastTickAt: null, lastError: 'too many parts' });
    broken = false;
    world.clock.advance(20 * MINUTE);
    await alerting.tick();
    expect(world.slack.posts).toHaveLength(1);
    expect(alerting.health()).toEqual({ lastTickAt: '2026-03-02T12:20:00.000Z', lastError: null });
  });

  it('never runs two ticks at once', async () => {
    await world.insert(world.errors(10));
    const alerting = world.start();
    const [first, second] = await Promise.all([alerting.tick(), alerting.tick()]);
    expect(second).toBe(first);
    expect(world.slack.posts).toHaveLength(1);
  });

  it('is woken from outside until it is stopped, and lets the last tick end', async () => {
    let wake: () => Promise<unknown> = () => Promise.resolve();
    let asleep = false;
    const alerting = world.start({
      wake: (tick) => {
        wake = tick;
        return () => {
          asleep = true;
        };
      },
    });
    await world.insert(world.errors(10));
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
      db: world.db,
      projectId: world.projectId,
      publicUrl: () => PUBLIC_URL,
      slackWebhookUrl: undefined,
      log: { debug: silent, info: silent, warn: silent, error: silent },
      now: world.clock.now,
    });
    const task = [...getTasks().values()].find(({ name }) => name === 'telltale-detector');
    expect(task?.getPattern()).toBe('* * * * *');
    await task?.execute();
    expect(alerting.health().lastTickAt).toBe('2026-03-02T12:00:00.000Z');
    await alerting.stop();
    expect([...getTasks().values()].some(({ name }) => name === 'telltale-detector')).toBe(false);
  });
});
