// One part, run, digest or mail that fails leaves the others as they are; the digest says what it leaves out.

import { expect, it } from 'vitest';
import { type Digest, RECIPIENTS } from '#contracts/digest';
import { type Database, StorageError } from '#storage/database';
import { readDigest } from '#storage/digests';
import { readDeliveries } from '#storage/read-deliveries';
import { readIncidents } from '#storage/read-incidents';
import { readRecipients } from '#storage/recipients';
import { readOpenSetAside } from '#storage/set-aside';
import { openStores } from '#storage/stores';
import { FRIDAY_NOON, PUBLIC_URL, SATURDAY, useDigestWorld } from '../../test/support/digest-world.ts';
import { id } from '../../test/support/span-rows.ts';
import { writeDigest } from './write-digest.ts';

const world = useDigestWorld();
const MINUTE = 60_000;
const friday = () =>
  ({ projectId: world.projectId, date: '2026-11-20', form: 'daily', timeZone: 'Europe/Paris' }) as const;

/** A store that refuses statements. */
function refusing(matches: (sql: string, params: string) => boolean): Database {
  const refuse = (sql: string, params: unknown) => {
    if (!/set_aside/.test(sql) && matches(sql, JSON.stringify(params ?? {}))) throw new Error('Refused by storage.');
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
    insertRows: async (table, rows) => {
      refuse(`INSERT INTO ${table}`, rows);
      return world.db.insertRows(table, rows);
    },
  };
}
const write = async (db: Database, again = false): Promise<Digest> =>
  (
    await writeDigest(
      { db, ...openStores(db, world.projectId), readIncidents, publicUrl: () => PUBLIC_URL },
      friday(),
      SATURDAY,
      again,
    )
  ).digest;
const gapsOf = ({ sections }: Digest) =>
  (sections.find((section) => section.id === 'gaps')?.items ?? []).flatMap((item) =>
    item.kind === 'line' ? [item.title] : [],
  );
const aside = async () => [...(await readOpenSetAside(world.db, world.projectId, 'digest')).keys()].sort();
const NAME = 'daily 2026-11-20 Europe/Paris';

it('a part that cannot be read is left out with a sentence, and is there when the digest is written again', async () => {
  await world.insert(world.run(1, FRIDAY_NOON));
  const digest = await write(refusing((sql) => sql.includes('AS letters')));
  expect(digest).toMatchObject({ isQuiet: false, missing: ['dead_letters'], numbers: { runs: 1 } });
  expect(gapsOf(digest)).toEqual(['Left out, because it could not be read: dead letters']);
  expect(await aside()).toEqual([`${NAME}: dead_letters`]);
  expect((await write(world.db, true)).missing).toBeUndefined();
  expect(await aside()).toEqual([]);
});

it('figures that cannot be counted are not zeros', async () => {
  await world.insert(world.run(1, FRIDAY_NOON));
  const digest = await write(refusing((sql) => sql.includes('p95DurationMs')));
  expect(digest.headline).toContain('How many runs there were could not be counted.');
  expect(digest.subject).toContain('runs not counted');
  expect(digest.sections.map((section) => section.id)).not.toContain('numbers');
  expect(digest.missing).toContain('runs');
});

it('a run that cannot be read is left out, the others are reported', async () => {
  const failed = (trace: number) =>
    world.run(trace, FRIDAY_NOON + trace * 1000, { is_error: 1, error_type: 'Timeout', error_message: 'no answer' });
  await world.insert([...failed(1), ...world.run(2, FRIDAY_NOON, { duration_ns: String(9e12) })]);
  const bad = id(1, 32);
  const digest = await write(refusing((sql, params) => /FROM spans\b/.test(sql) && params.includes(bad)));
  expect(gapsOf(digest)).toEqual(['1 run could not be read, and is left out']);
  const stories = digest.sections.find((section) => section.id === 'stories');
  expect(JSON.stringify(stories)).toContain(id(2, 32));
  expect(JSON.stringify(stories)).not.toContain(bad);
  const unread = `${NAME}: run ${bad}`;
  expect(await aside()).toEqual([unread]);
  await write(world.db, true);
  expect(await aside()).toEqual([]);
});

it('one digest that cannot be stored keeps back no other, nor its mail, and is written later', async () => {
  await world.insert(world.run(1, FRIDAY_NOON));
  let isBad = true;
  const db = refusing((sql, params) => isBad && sql.includes('INTO digests') && params.includes('Europe/Paris'));
  const defaults = { mailTo: ['ines@example.org'], timeZone: 'Europe/Paris', at: '08:00' };
  const digests = world.start({ db, defaults });
  await digests.tick();
  world.clock.advance(SATURDAY - FRIDAY_NOON);
  expect(await digests.tick()).toMatchObject({ written: [], sent: 0 });
  expect(await aside()).toEqual([NAME]);
  const utc = world.start({ db, defaults: { ...defaults, timeZone: 'UTC' } });
  expect(await utc.tick()).toMatchObject({ written: ['daily 2026-11-20 UTC'] });
  isBad = false;
  world.clock.advance(2 * MINUTE);
  await digests.tick();
  expect(await readDigest(world.db, world.projectId, friday())).not.toBeNull();
  expect(await aside()).toEqual([]);
});

it('an outage writes nothing and sets nothing aside', async () => {
  await world.insert(world.run(1, FRIDAY_NOON));
  world.clock.advance(SATURDAY - FRIDAY_NOON);
  let isDown = false;
  const db = refusing((sql) => isDown && /AS letters|SELECT 1/.test(sql));
  const digests = world.start({ db });
  isDown = true;
  expect(await digests.tick()).toBeNull();
  expect(await aside()).toEqual([]);
  isDown = false;
  expect(await digests.tick()).toMatchObject({ written: [NAME] });
});

it('a reader and a mail that do not read keep back no other; who unsubscribed stays so, and nothing is sent twice', async () => {
  await world.insert(world.run(1, FRIDAY_NOON));
  const defaults = { mailTo: ['ines@example.org', 'jo@example.org'], timeZone: 'Europe/Paris', at: '08:00' };
  await world.start({ defaults }).tick();
  const [ines] = (await readRecipients(world.db, world.projectId)).settings;
  const row = { project_id: world.projectId, at: '2026-11-20 13:00:00.000', seq: 1000 };
  const kind = RECIPIENTS.kind;
  await world.db.insertRows('settings', [{ ...row, kind, id: ines?.id, by: 'x', deleted: 0, payload: '{}' }]);
  world.clock.advance(SATURDAY - FRIDAY_NOON);
  expect(await world.start({ defaults }).tick()).toMatchObject({ sent: 1 });
  const { settings, unreadable } = await readRecipients(world.db, world.projectId);
  expect([settings.length, unreadable.map(({ id }) => id)]).toEqual([1, [ines?.id]]);

  const [mail] = (await readDeliveries(world.db, world.projectId, 'digest:', 0)).deliveries;
  const payload = JSON.stringify({ subject: mail?.subject, status: 'sent' });
  const later = { ...row, at: '2026-11-21 09:00:00.000', kind: 'delivery', subject: mail?.idem };
  await world.db.insertRows('alert_journal', [{ ...later, payload }]);
  world.clock.advance(MINUTE);
  expect(await world.start({ defaults }).tick()).toMatchObject({ sent: 0, failed: 0 });
  expect(await aside()).toEqual([`mail ${mail?.idem}`]);
});

it('a storage that is too busy for a part is waited for; a digest that waits too long is written without it', async () => {
  await world.insert(world.run(1, FRIDAY_NOON));
  let isBusy = true;
  const busy = new StorageError('Memory limit exceeded', { retryable: true, engineCode: 241 });
  const query: Database['query'] = (sql, params, limits) =>
    isBusy && sql.includes('AS letters') ? Promise.reject(busy) : world.db.query(sql, params, limits);
  const digests = world.start({ db: { ...world.db, query } });
  world.clock.advance(SATURDAY - FRIDAY_NOON);
  expect(await digests.tick()).toMatchObject({ written: [] });
  const tries = async () => [...(await readOpenSetAside(world.db, world.projectId, 'digest')).values()][0]?.tries;
  // One try a tick, although it failed before and is due as well.
  expect(await tries()).toBe(1);
  world.clock.advance(2 * MINUTE);
  expect(await digests.tick()).toMatchObject({ written: [] });
  expect(await tries()).toBe(2);
  world.clock.advance(6 * MINUTE);
  expect(await digests.tick()).toMatchObject({ written: [NAME] });
  expect(await aside()).toEqual([`${NAME}: dead_letters`]);
  isBusy = false;
  await write(world.db, true);
  expect(await aside()).toEqual([]);
});
