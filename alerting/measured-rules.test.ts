// Measured rules in the detector's tick: notified once, over in time, switched off, and failing by themselves.
import { describe, expect, it } from 'vitest';
import { RULES, type Rule, type RuleOf } from '#contracts/rule';
import { defaultRule } from '#domain/rule/default-rules';
import { readIncidents } from '#storage/read-incidents';
import { putSettings } from '#storage/settings';
import { MINUTE, NOON, tickEveryMinute, useAlertingWorld } from '../test/support/alerting-world.ts';
import { id, insertSpans } from '../test/support/span-rows.ts';

const world = useAlertingWorld();
const time = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

const deadLetter = (trace: number, atMs: number) =>
  insertSpans(world.db, [
    {
      project_id: world.projectId,
      trace_id: id(trace, 32),
      span_id: id(trace, 16),
      parent_span_id: id(7, 16),
      received_at: time(atMs),
      start_time: time(atMs - 1000),
      duration_ns: '900000000',
      name: 'pay',
      kind: 'tool',
      service: 'shop',
      agent: 'desk',
      marks: ['dead_letter: card refused'],
    },
  ]);
const incidents = async () =>
  (await readIncidents(world.db, world.projectId)).map(({ kind, status, title }) => ({ kind, status, title }));

describe('a dead letter', () => {
  it('is notified once, as an incident of its rule, and is over after a while without another', async () => {
    const alerting = world.start();
    await alerting.tick();
    await deadLetter(1, NOON + 30_000);
    await tickEveryMinute(world, alerting, 3);
    expect(await incidents()).toEqual([
      { kind: 'dead_letters', status: 'firing', title: 'desk · pay: 1 dead letter: card refused' },
    ]);
    expect(world.slack.posts).toHaveLength(1);
    expect(JSON.stringify(world.slack.posts)).toContain('desk · pay: 1 dead letter: card refused');
    world.clock.advance(60 * MINUTE);
    await alerting.tick();
    expect(await incidents()).toEqual([
      { kind: 'dead_letters', status: 'resolved', title: 'desk · pay: 1 dead letter: card refused' },
    ]);
  });

  it('that came and went between two ticks is an incident all the same', async () => {
    await world.start().tick();
    await deadLetter(1, NOON + 30_000);
    world.clock.advance(180 * MINUTE);
    await world.start().tick();
    expect(await incidents()).toMatchObject([{ kind: 'dead_letters', status: 'resolved' }]);
  });

  it('is nothing to a rule that is switched off', async () => {
    const rule = { ...(defaultRule('dead-letters') as RuleOf<'dead_letters'>), enabled: false };
    await putSettings(world.db, world.projectId, [{ of: RULES, id: rule.id, value: rule }], 'Ann', NOON);
    const alerting = world.start();
    await alerting.tick();
    await deadLetter(1, NOON + 30_000);
    await tickEveryMinute(world, alerting, 3);
    expect(await incidents()).toEqual([]);
  });
});

it('a rule that cannot be read is an error of that rule: it stops nobody else, and is made up for', async () => {
  let isBroken = true;
  const db: typeof world.db = {
    ...world.db,
    queryTuples: (sql, params, limits) =>
      isBroken && sql.includes('dead_letter')
        ? Promise.reject(new Error('the engine is busy'))
        : world.db.queryTuples(sql, params, limits),
  };
  const alerting = world.start({ db });
  await alerting.tick();
  await deadLetter(1, NOON + 30_000);
  world.clock.advance(9 * MINUTE);
  await world.insert(world.errors(10));
  expect(await alerting.tick()).toMatchObject({
    status: 'done',
    failedRules: [{ ruleId: 'dead-letters', error: 'the engine is busy' }],
  });
  expect(world.said.join('\n')).toContain('rule evaluation failed');
  expect((await incidents()).map(({ kind }) => kind)).toEqual(['pattern']);
  isBroken = false;
  world.clock.advance(MINUTE);
  expect(await alerting.tick()).toMatchObject({ status: 'done', failedRules: [] });
  expect((await incidents()).map(({ kind }) => kind).sort()).toEqual(['dead_letters', 'pattern']);
});

it('similar errors are notified also when the rules about new and returning patterns are switched off', async () => {
  const off = ['new-pattern', 'regression'].map((rule) => ({ ...(defaultRule(rule) as Rule), enabled: false }));
  await putSettings(
    world.db,
    world.projectId,
    off.map((value) => ({ of: RULES, id: value.id, value })),
    'Ann',
    NOON,
  );
  const alerting = world.start();
  await world.insert(world.errors(10));
  expect(await alerting.tick()).toMatchObject({ status: 'done' });
  expect((await incidents()).map(({ kind }) => kind)).toEqual(['pattern']);
});
