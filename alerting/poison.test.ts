// One pattern, rule, incident, setting or message that fails stops no other: the tick counts as done, says how many it
// went on without, and the next tick tries them again.
import { expect, it } from 'vitest';
import { CHANNEL_STATES, CHANNELS } from '#contracts/channel';
import { RECIPIENTS } from '#contracts/digest';
import { RULES } from '#contracts/rule';
import type { Database } from '#storage/database';
import { newDelivery } from '#storage/deliveries';
import { appendJournal } from '#storage/journal';
import { readPartsOf } from '#storage/read-errors';
import { readIncident, readIncidents } from '#storage/read-incidents';
import { readOpenSetAside } from '#storage/set-aside';
import { MINUTE, NOON, useAlertingWorld } from '../test/support/alerting-world.ts';
import { pendingDelivery, storedIncident } from '../test/support/incidents.ts';
import { IS_FULL_TIER } from '../test/support/tier.ts';

const world = useAlertingWorld();
const BAD = 'bad-pattern';

/** A store that refuses statements that name the pattern, while `isBad` says so. */
function refusing(matches: (sql: string, params: string) => boolean): Database {
  const refuse = (sql: string, params: unknown) => {
    if (/set_aside|SELECT 1/.test(sql)) return;
    if (matches(sql, JSON.stringify(params ?? {}))) throw new Error('Refused by storage.');
  };
  return {
    ...world.db,
    query: async (sql, params, limits) => {
      refuse(sql, params);
      return world.db.query(sql, params, limits);
    },
    queryTuples: async (sql, params, limits) => {
      refuse(sql, params);
      return world.db.queryTuples(sql, params, limits);
    },
  };
}
const aside = async () => [...(await readOpenSetAside(world.db, world.projectId, 'detector')).keys()];
const firing = async () =>
  (await readIncidents(world.db, world.projectId)).map(({ fingerprint }) => fingerprint).sort();
const threePatterns = () =>
  world.insert([
    ...world.errors(10, { fingerprint: 'first' }),
    ...world.errors(10, { fingerprint: BAD, step: 'b' }, 100),
    ...world.errors(10, { fingerprint: 'third', step: 'c' }, 200),
  ]);

const READINGS: [string, (sql: string) => boolean][] = [
  ['the reading of what is known of it', (sql) => sql.includes('fingerprint_version)) AS version')],
  ['the reading of what its errors have in common', (sql) => sql.includes('exampleTraceIds')],
];
it.each(IS_FULL_TIER ? READINGS : READINGS.slice(0, 1))(
  'a pattern of which %s fails is judged by a later tick, also after a restart',
  async (_, isIt) => {
    let isBad = true;
    const db = refusing((sql, params) => isBad && isIt(sql) && params.includes(BAD));
    await threePatterns();
    const detector = world.start({ db });
    expect(await detector.tick()).toMatchObject({ status: 'done', sent: 1, setAside: 1 });
    expect(await firing()).toEqual(['first', 'third']);
    expect(await aside()).toEqual([`pattern:${BAD}`]);
    expect(detector.health()).toMatchObject({ setAside: 1, lastError: null, isOverdue: false });

    world.clock.advance(7 * MINUTE);
    expect(await detector.tick()).toMatchObject({ status: 'done', setAside: 1 });
    const [stored] = (await readOpenSetAside(world.db, world.projectId, 'detector')).values();
    expect(stored).toMatchObject({ tries: 2, firstAtMs: NOON - 30 * MINUTE });
    expect(stored?.reason).toContain('Refused by storage.');

    // Its errors are no news by now: what was set aside is judged all the same.
    isBad = false;
    world.clock.advance(MINUTE);
    expect(await world.start({ db }).tick()).toMatchObject({
      status: 'done',
      setAside: 0,
      fired: [expect.any(String)],
    });
    expect(await firing()).toEqual([BAD, 'first', 'third']);
    expect(await aside()).toEqual([]);
  },
);

it('when storage refuses to read all new errors at once they are read in parts, and what is left is set aside', async () => {
  let isBad = true;
  const db = refusing((sql, params) => {
    const { parts = [] } = JSON.parse(params) as { parts?: number[] };
    return isBad && sql.includes('nth_run_back') && (parts.length === 0 || parts.includes(17));
  });
  await world.insert(
    Array.from({ length: 40 }, (_, i) => world.errors(10, { fingerprint: `p${i}` }, 1 + i * 10)).flat(),
  );
  const first = world.start({ db });
  expect(await first.tick()).toMatchObject({ status: 'done', setAside: 1 });
  const notified = await firing();
  expect(notified.length).toBeGreaterThan(30);
  expect(await aside()).toEqual(['patterns:18 of 64']);
  isBad = false;
  world.clock.advance(10 * MINUTE);
  expect(await first.tick()).toMatchObject({ status: 'done', setAside: 0 });
  expect(await firing()).toHaveLength(40);
});

it('an incident whose errors cannot be read does not end', async () => {
  let isBad = false;
  const db = refusing((sql, params) => {
    const { parts = [] } = JSON.parse(params) as { parts?: number[] };
    return isBad && sql.includes('nth_run_back') && (parts.length === 0 || parts.includes(part));
  });
  const [part = -1] = await readPartsOf(world.db, [BAD]);
  await threePatterns();
  const detector = world.start({ db });
  expect(await detector.tick()).toMatchObject({ status: 'done', setAside: 0 });
  isBad = true;
  world.clock.advance(90 * MINUTE);
  expect(await detector.tick()).toMatchObject({ status: 'done', setAside: 1 });
  const statuses = async () =>
    Object.fromEntries((await readIncidents(world.db, world.projectId)).map((one) => [one.fingerprint, one.status]));
  expect(await statuses()).toEqual({ first: 'resolved', third: 'resolved', [BAD]: 'firing' });
  isBad = false;
  world.clock.advance(10 * MINUTE);
  await detector.tick();
  expect((await statuses())[BAD]).toBe('resolved');
});

it('an outage is a failed tick, not a pattern to set aside', async () => {
  await threePatterns();
  let isDown = true;
  const query: Database['query'] = (...args) =>
    isDown && /fingerprint_version|SELECT 1/.test(args[0])
      ? Promise.reject(new Error('socket hang up'))
      : world.db.query(...args);
  const detector = world.start({ db: { ...world.db, query } });
  expect(await detector.tick()).toMatchObject({ status: 'failed', error: 'socket hang up' });
  expect(await aside()).toEqual([]);
  isDown = false;
  expect(await detector.tick()).toMatchObject({ status: 'done', setAside: 0 });
  expect(await firing()).toHaveLength(3);
});

it('rows of the journal and settings that do not read are left out and named', async () => {
  await threePatterns();
  const row = { project_id: world.projectId, at: '2026-03-02 11:00:00.000', seq: 1 };
  await world.db.insertRows('alert_journal', [
    { ...row, kind: 'incident', subject: 'broken', payload: '{"status":"firing"}' },
    { ...row, kind: 'incident', subject: 'garbage', payload: 'no JSON' },
    { ...row, kind: 'delivery', subject: 'odd', payload: '{"status":"owed"}' },
  ]);
  await world.db.insertRows('settings', [
    {
      project_id: world.projectId,
      kind: RULES.kind,
      id: 'mine',
      at: row.at,
      seq: 1,
      by: 'x',
      deleted: 0,
      payload: '{}',
    },
  ]);
  // A rule that cannot be read was not switched off: what it opened stays open.
  const incident = storedIncident('of-mine', {
    projectId: world.projectId,
    kind: 'cost',
    ruleId: 'mine',
    fingerprint: null,
  });
  await appendJournal(world.db, world.projectId, NOON - MINUTE, [{ kind: 'incident', incident }]);
  expect(await world.start().tick()).toMatchObject({ status: 'done', setAside: 4, resolved: [] });
  expect((await aside()).sort()).toEqual([
    'incident:broken',
    'incident:garbage',
    'notification:odd',
    `setting:${RULES.kind}/mine`,
  ]);
});

it('a message that cannot be written, and a receiver that refuses one part of many, keep back nothing else', async () => {
  await threePatterns();
  const notice = newDelivery(
    {
      projectId: world.projectId,
      subject: 'notice:x',
      transition: 'disabled',
      channel: 'env-slack',
      payload: 'no JSON',
    },
    NOON,
  );
  const incident = storedIncident('odd', {
    projectId: world.projectId,
    kind: 'cost',
    ruleId: 'cost',
    fingerprint: null,
    firstSeen: 'yesterday',
  });
  const odd = pendingDelivery('odd', { channel: 'env-slack' });
  await appendJournal(world.db, world.projectId, NOON - MINUTE, [
    { kind: 'delivery', delivery: notice },
    { kind: 'incident', incident },
    { kind: 'delivery', delivery: odd },
  ]);
  const detector = world.start();
  // The message about all four in halves, until only the one that cannot be written is left.
  expect(await detector.tick()).toMatchObject({ status: 'done', sent: 2 });
  expect(JSON.stringify(world.slack.posts)).toContain('lookup_order');
  expect((await aside()).sort()).toEqual([
    'notification:incident:odd on env-slack',
    'notification:notice:x on env-slack',
  ]);
  // While they wait for their next try they are not done.
  world.clock.advance(1000);
  expect(await detector.tick()).toMatchObject({ status: 'done', sent: 0, setAside: 2 });
  expect(await aside()).toHaveLength(2);
});

it('channels, messages and incidents that do not read stop neither a tick nor the page, and are named', async () => {
  await threePatterns();
  const { projectId } = world;
  const at = '2026-03-02 11:59:30.000';
  const setting = (kind: string) => ({
    project_id: projectId,
    kind,
    id: 'odd',
    at,
    seq: 1,
    by: 'x',
    deleted: 0,
    payload: '{}',
  });
  await world.db.insertRows('settings', [
    setting(CHANNELS.kind),
    setting(CHANNEL_STATES.kind),
    setting(RECIPIENTS.kind),
  ]);
  const row = { project_id: projectId, at, seq: 1 };
  await world.db.insertRows('alert_journal', [
    { ...row, kind: 'incident', subject: 'garbage', payload: 'no JSON' },
    { ...row, kind: 'delivery', subject: 'sent', payload: `{"status":"sent","sentAtMs":${NOON - MINUTE}}` },
  ]);
  expect(await world.start().tick()).toMatchObject({ status: 'done', sent: 1, setAside: 5 });
  expect(await firing()).toEqual([BAD, 'first', 'third']);
  expect(await aside()).toEqual(
    expect.arrayContaining([
      'notification:sent',
      `setting:${CHANNELS.kind}/odd`,
      `setting:${CHANNEL_STATES.kind}/odd`,
      `setting:${RECIPIENTS.kind}/odd`,
    ]),
  );
  await expect(readIncident(world.db, projectId, 'garbage')).rejects.toThrow();
});
