// Rules about new patterns and about patterns that are back: what they cover, where they are notified, and the same rules
// tried on the past.

import { describe, expect, it } from 'vitest';
import { PATTERN_NOTES } from '#contracts/pattern-notes';
import { RULES, ruleDraftSchema, ruleSchema } from '#contracts/rule';
import { readIncidents } from '#storage/read-incidents';
import { putSettings } from '#storage/settings';
import { openStores } from '#storage/stores';
import { MINUTE, NOON, tickEveryMinute, useAlertingWorld } from '../test/support/alerting-world.ts';
import type { ErrorRow } from '../test/support/error-rows.ts';
import { tryRule } from './trial/try-rule.ts';

const world = useAlertingWorld();
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const PATTERN = 'abcdef12';

const set = (...rules: readonly Readonly<Record<string, unknown>>[]) =>
  putSettings(
    world.db,
    world.projectId,
    rules.map((rule) => ({
      of: RULES,
      id: String(rule.id),
      value: ruleSchema.parse({ name: String(rule.id), ...rule }),
    })),
    'Ann',
    NOON,
  );
const solve = (atMs: number, versions: string[] = []) => {
  const value = { assignee: null, resolved: { at: new Date(atMs).toISOString(), by: 'Ann', versions } };
  return putSettings(world.db, world.projectId, [{ of: PATTERN_NOTES, id: PATTERN, value }], 'Ann', atMs);
};
/** Three errors in three runs within the minute that ends now. */
const three = (firstTrace: number, fields: Partial<ErrorRow> = {}) =>
  world.insert(
    world
      .errors(3, { fingerprint: PATTERN, ...fields }, firstTrace)
      .map((error, i) => ({ ...error, endedMs: world.clock.now() - i * 1000 })),
  );
/** The project has been known for longer than it must learn. */
const known = () =>
  world.insert([{ projectId: world.projectId, fingerprint: 'old', trace: 900, endedMs: NOON - 4 * DAY }]);
const incidents = () => readIncidents(world.db, world.projectId);
const tried = (over: Readonly<Record<string, unknown>>, days = 3) =>
  tryRule(
    {
      db: world.db,
      projectId: world.projectId,
      ...openStores(world.db, world.projectId),
      nowMs: world.clock.now(),
    },
    ruleDraftSchema.parse({ name: 'tried', ...over }),
    days,
  );

describe('a rule about new patterns', () => {
  it('covers only what it is narrowed to, and is notified in its own name where it says', async () => {
    await known();
    await set({ id: 'new-pattern', kind: 'new_pattern', where: { agents: ['billing'] }, channels: ['console'] });
    const alerting = world.start();
    await alerting.tick();
    world.clock.advance(MINUTE);
    await three(1);
    await alerting.tick();
    expect(await incidents()).toEqual([]);
    await three(20, { agent: 'billing', fingerprint: 'abcdef34' });
    await alerting.tick();
    expect(await incidents()).toMatchObject([{ kind: 'new_pattern', ruleId: 'new-pattern', agent: 'billing' }]);
    expect(world.slack.posts).toEqual([]);
    expect(world.said.filter((line) => line.startsWith('ALERT'))).toHaveLength(1);
  });

  it('of two, the narrow one is asked first', async () => {
    await known();
    await set({ id: 'careful', kind: 'new_pattern', where: { errorTypes: ['TimeoutError'] }, minErrors: 5 });
    const alerting = world.start();
    await alerting.tick();
    world.clock.advance(MINUTE);
    await three(1);
    await three(30, { fingerprint: 'abcdef34', errorType: 'RangeError' });
    await alerting.tick();
    expect(await incidents()).toMatchObject([{ ruleId: 'new-pattern', errorType: 'RangeError' }]);
    await three(40);
    await alerting.tick();
    expect((await incidents()).map(({ ruleId }) => ruleId).sort()).toEqual(['careful', 'new-pattern']);
  });

  it('works where no rule counts similar errors, and then many are no news', async () => {
    await known();
    await set({ id: 'similar-errors', kind: 'similar_errors', enabled: false });
    const alerting = world.start();
    await alerting.tick();
    world.clock.advance(MINUTE);
    await three(1);
    await alerting.tick();
    expect(await incidents()).toMatchObject([{ kind: 'new_pattern' }]);
    for (const minutes of [20, 20, 20, 1]) {
      world.clock.advance(minutes * MINUTE);
      await alerting.tick();
    }
    expect(await incidents()).toMatchObject([{ status: 'resolved' }]);
    world.clock.advance(2 * DAY);
    await world.insert(world.errors(15, { fingerprint: PATTERN }, 100));
    await alerting.tick();
    expect(await incidents()).toHaveLength(1);
  });

  it('tried on the past says what would have fired, and nothing of those it is not about', async () => {
    await known();
    world.clock.advance(-DAY);
    await three(1);
    await three(20, { agent: 'billing', fingerprint: 'abcdef34' });
    world.clock.advance(DAY);
    expect((await tried({ kind: 'new_pattern' })).firedCount).toBe(2);
    const { fired } = await tried({ kind: 'new_pattern', where: { agents: ['billing'] } });
    expect(fired).toHaveLength(1);
    expect(fired[0]?.title).toContain('New: ');
    expect((await tried({ kind: 'new_pattern', minErrors: 4 })).firedCount).toBe(0);
    // A project that was known for less than it must learn had only new patterns.
    expect((await tried({ kind: 'new_pattern', learnHours: 24 * 7 })).firedCount).toBe(0);
    expect(await incidents()).toEqual([]);
  });
});

describe('a rule about patterns that are back', () => {
  it('fires once when a pattern that was called solved on its page comes again a day later', async () => {
    world.clock.advance(-3 * DAY);
    await three(1);
    world.clock.advance(3 * DAY);
    await solve(NOON - 2 * DAY);
    const alerting = world.start();
    await alerting.tick();
    world.clock.advance(MINUTE);
    await three(10);
    await alerting.tick();
    expect(await incidents()).toMatchObject([{ kind: 'regression', ruleId: 'regression', count: 3 }]);
    await three(20);
    await tickEveryMinute(world, alerting, 2);
    expect(world.slack.posts).toHaveLength(1);
    expect(world.slack.posts[0]?.text).toContain('Back again');
  });

  it('or within the day in a version that had not failed so, and not in one that had', async () => {
    await solve(NOON - HOUR, ['1.0.0']);
    const alerting = world.start();
    await alerting.tick();
    world.clock.advance(MINUTE);
    await three(10, { version: '1.0.0' });
    await alerting.tick();
    expect(await incidents()).toEqual([]);
    await three(20, { version: '1.1.0' });
    await alerting.tick();
    expect(await incidents()).toMatchObject([{ kind: 'regression' }]);
  });

  it('leaves those alone that it is not about; what was solved later is not back', async () => {
    await solve(NOON - 2 * DAY);
    await set({ id: 'regression', kind: 'regression', where: { services: ['no-such-service'] } });
    const alerting = world.start();
    await alerting.tick();
    world.clock.advance(MINUTE);
    await three(10);
    await alerting.tick();
    expect(await incidents()).toEqual([]);
  });

  it('tried on the past says when it would have fired', async () => {
    await solve(NOON - 2.5 * DAY);
    world.clock.advance(-DAY);
    await three(1);
    world.clock.advance(DAY);
    expect((await tried({ kind: 'regression' })).fired).toMatchObject([
      { title: expect.stringContaining('Back again') },
    ]);
    expect((await tried({ kind: 'regression', afterHours: 48 })).firedCount).toBe(0);
    expect((await tried({ kind: 'regression', where: { agents: ['nobody'] } })).firedCount).toBe(0);
    await solve(NOON);
    expect((await tried({ kind: 'regression' })).firedCount).toBe(0);
  });
});
