import { describe, expect, it, vi } from 'vitest';
import type { Database } from '#storage/database';
import { openStores } from '#storage/stores';
import { MINUTE, PUBLIC_URL, useAlertingWorld } from '../test/support/alerting-world.ts';
import { startFakeSlack } from '../test/support/fake-slack.ts';
import { startAlerting } from './start-alerting.ts';

const world = useAlertingWorld();

describe('the schedule', () => {
  it('counts a failed query as a failed tick, not as no errors', async () => {
    let broken = true;
    const query: Database['query'] = (...args) =>
      broken ? Promise.reject(new Error('too many parts')) : world.db.query(...args);
    const alerting = world.start({ db: { ...world.db, query } });
    await world.insert(world.errors(10));
    expect(await alerting.tick()).toEqual({ status: 'failed', error: 'too many parts' });
    expect(alerting.health()).toMatchObject({ lastTickAt: null, lastError: 'too many parts' });
    broken = false;
    world.clock.advance(20 * MINUTE);
    await alerting.tick();
    expect(world.slack.posts).toHaveLength(1);
    expect(alerting.health()).toMatchObject({ lastTickAt: '2026-03-02T12:20:00.000Z', lastError: null });
  });

  it('is overdue when two ticks were missed, and records why', async () => {
    let broken = false;
    const query: Database['query'] = (sql, ...rest) =>
      broken && sql.includes('errors') ? Promise.reject(new Error('too many parts')) : world.db.query(sql, ...rest);
    // Looked at as they are written: the engine forgets them after forty days, and this clock is fixed in March.
    const evaluations: { error: string | null }[] = [];
    const insertRows: Database['insertRows'] = (table, rows) => {
      for (const { kind, payload } of rows) if (kind === 'evaluation') evaluations.push(JSON.parse(String(payload)));
      return world.db.insertRows(table, rows);
    };
    const alerting = world.start({ db: { ...world.db, query, insertRows } });
    await alerting.tick();
    broken = true;
    for (let missed = 0; missed < 2; missed++) {
      world.clock.advance(MINUTE);
      await alerting.tick();
    }
    // The second may still be under way.
    expect(alerting.health()).toMatchObject({ isOverdue: false, lastError: 'too many parts' });
    world.clock.advance(15_001);
    expect(alerting.health().isOverdue).toBe(true);
    expect(evaluations.map(({ error }) => error)).toEqual([null, 'too many parts', 'too many parts']);
    broken = false;
    await alerting.tick();
    expect(alerting.health()).toMatchObject({ isOverdue: false, lastError: null });
  });

  it('pings after each tick that succeeded, and never says the address', async () => {
    const pings = await startFakeSlack();
    const alerting = world.start({ pingUrl: pings.webhookUrl });
    await alerting.tick();
    await alerting.tick();
    await alerting.stop();
    expect(pings.requests()).toBe(2);
    expect(world.said.filter((line) => line.includes('could not be pinged'))).toHaveLength(2);
    await pings.close();
    const refused = world.start({ pingUrl: pings.webhookUrl });
    await refused.tick();
    await refused.stop();
    expect(world.said.join()).toContain('It cannot be reached.');
    expect(world.said.join()).not.toContain(pings.secret);
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

  it('ticks every minute by itself', async () => {
    const silent = () => undefined;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    let asked = 0;
    const query: Database['query'] = (...args) => {
      asked++;
      return world.db.query(...args);
    };
    const db = { ...world.db, query };
    const alerting = startAlerting({
      db,
      ...openStores(db, world.projectId),
      projectId: world.projectId,
      publicUrl: () => PUBLIC_URL,
      directory: { list: async () => [], disable: async () => undefined },
      log: { debug: silent, info: silent, warn: silent, error: silent },
      now: world.clock.now,
    });
    expect(asked).toBe(0);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(asked).toBeGreaterThan(0);
    // Joins the tick that has just begun.
    await alerting.tick();
    expect(alerting.health().lastTickAt).toBe('2026-03-02T12:00:00.000Z');
    expect(vi.getTimerCount()).toBe(1);
    await alerting.stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});
