// What was set aside is caught up with in full: nothing of it is lost when a tick dies, fails for long, or follows a gap;
// and many bad items that come first stop the others for two ticks at most.
import { expect, it } from 'vitest';
import type { Database } from '#storage/database';
import { readIncidents } from '#storage/read-incidents';
import { readOpenSetAside } from '#storage/set-aside';
import { MINUTE, useAlertingWorld } from '../test/support/alerting-world.ts';
import { itInFull } from '../test/support/full-tier.ts';
import { IS_FULL_TIER } from '../test/support/tier.ts';

const world = useAlertingWorld();
const BAD = 'bad-pattern';
const NINE = Array.from({ length: 9 }, (_, i) => `bad-${i}`);
const TRAITS = 'fingerprint_version)) AS version';

/** A store that refuses statements, or inserts into a table. */
function refusing(
  matches: (sql: string, params: string) => boolean,
  refusesInsert: (table: string) => boolean = () => false,
): Database {
  const refuse = (sql: string, params: unknown) => {
    if (!/set_aside|SELECT 1/.test(sql) && matches(sql, JSON.stringify(params ?? {})))
      throw new Error('Refused by storage.');
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
      if (refusesInsert(table)) throw new Error('power cut');
      return world.db.insertRows(table, rows);
    },
  };
}
const aside = async () => [...(await readOpenSetAside(world.db, world.projectId, 'detector')).keys()].sort();
const incidents = () => readIncidents(world.db, world.projectId);
const firing = async () => (await incidents()).map(({ fingerprint }) => fingerprint).sort();
const twoPatterns = () =>
  world.insert([
    ...world.errors(10, { fingerprint: 'first' }),
    ...world.errors(10, { fingerprint: BAD, step: 'b' }, 100),
  ]);

it('a pattern that works again is set aside until its incident is kept', async () => {
  let isBad = true;
  let isCut = false;
  const db = refusing(
    (sql, params) => isBad && sql.includes(TRAITS) && params.includes(BAD),
    (table) => isCut && table === 'alert_journal',
  );
  await twoPatterns();
  const detector = world.start({ db });
  await detector.tick();
  world.clock.advance(7 * MINUTE);
  await detector.tick();
  isBad = false;
  isCut = true;
  world.clock.advance(MINUTE);
  expect(await detector.tick()).toMatchObject({ status: 'failed', error: 'power cut' });
  expect(await aside()).toEqual([`pattern:${BAD}`]);
  isCut = false;
  world.clock.advance(MINUTE);
  expect(await detector.tick()).toMatchObject({ status: 'done', setAside: 0 });
  expect(await firing()).toEqual([BAD, 'first']);
  expect(await aside()).toEqual([]);
});

itInFull('errors of a part of all patterns that could not be read for long are judged when it can', async () => {
  let isBad = true;
  const db = refusing((sql, params) => {
    const { parts = [] } = JSON.parse(params) as { parts?: number[] };
    return isBad && sql.includes('nth_run_back') && (parts.length === 0 || parts.includes(17));
  });
  await world.insert(
    Array.from({ length: 40 }, (_, i) => world.errors(10, { fingerprint: `p${i}` }, 1 + i * 10)).flat(),
  );
  const detector = world.start({ db });
  for (let minute = 0; minute < 8; minute += 4) {
    expect(await detector.tick()).toMatchObject({ status: 'done', setAside: 1 });
    world.clock.advance(4 * MINUTE);
  }
  expect((await firing()).length).toBeLessThan(40);
  isBad = false;
  expect(await detector.tick()).toMatchObject({ status: 'done', setAside: 0 });
  expect(await firing()).toHaveLength(40);
});

it('a pattern that fails at the first tick after a gap is judged over the whole gap', async () => {
  let isBad = true;
  const db = refusing((sql, params) => isBad && sql.includes(TRAITS) && params.includes(BAD));
  const detector = world.start({ db });
  await detector.tick();
  await twoPatterns();
  world.clock.advance(180 * MINUTE);
  expect(await detector.tick()).toMatchObject({ status: 'done', setAside: 1 });
  isBad = false;
  world.clock.advance(MINUTE);
  expect(await detector.tick()).toMatchObject({ status: 'done', setAside: 0 });
  expect(await firing()).toEqual([BAD, 'first']);
});

const STATEMENTS: [string, string][] = [
  ['cannot be judged', TRAITS],
  ['cannot be described', 'exampleTraceIds'],
];
it.each(IS_FULL_TIER ? STATEMENTS : STATEMENTS.slice(0, 1))(
  'from the third tick on nine patterns that %s keep back no other',
  async (_, statement) => {
    const db = refusing((sql, params) => sql.includes(statement) && NINE.some((name) => params.includes(name)));
    await world.insert([
      ...NINE.flatMap((fingerprint, i) => world.errors(10, { fingerprint, step: fingerprint }, 1 + i * 50)),
      ...world.errors(10, { fingerprint: 'zgood', step: 'z' }, 1000),
    ]);
    const detector = world.start({ db });
    for (const expected of ['failed', 'failed', 'done', 'done', 'done']) {
      expect((await detector.tick()).status).toBe(expected);
      world.clock.advance(MINUTE);
    }
    expect(await firing()).toEqual(['zgood']);
    expect(await aside()).toEqual(NINE.map((name) => `pattern:${name}`));
  },
);

itInFull('from the third tick on nine incidents that cannot be notified keep back no other', async () => {
  await world.insert([
    ...NINE.flatMap((fingerprint, i) => world.errors(10, { fingerprint, step: fingerprint }, 1 + i * 50)),
    ...world.errors(10, { fingerprint: 'zgood', step: 'z' }, 1000),
  ]);
  const bad = new Set<string>();
  const db = refusing(
    (sql, params) => sql.includes('JSONHas(newest') && [...bad].some((id) => params.includes(`incident:${id}`)),
  );
  const detector = world.start({ db });
  await detector.tick();
  for (const { id, fingerprint } of await incidents()) if (fingerprint !== 'zgood') bad.add(id);
  expect(bad.size).toBe(9);
  world.clock.advance(180 * MINUTE);
  // The good one may be the first or the last of them by its id: at the latest the third tick notifies it.
  let failedTicks = 0;
  while ((await detector.tick()).status === 'failed') {
    expect(++failedTicks).toBeLessThan(3);
    world.clock.advance(MINUTE);
  }
  world.clock.advance(MINUTE);
  expect(await detector.tick()).toMatchObject({ status: 'done', setAside: 9 });
  expect(await aside()).toEqual([...bad].map((id) => `incident:${id}`).sort());
  expect(world.slack.posts.length).toBeGreaterThan(1);
});
