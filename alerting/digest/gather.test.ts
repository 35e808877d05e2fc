// The facts of a day, as far as other people's settings and rooms have a say in them.

import { expect, it } from 'vitest';
import { ALIASES } from '#contracts/pattern-notes';
import { noteIntake } from '#storage/intake';
import { noteUsedUp } from '#storage/model-calls';
import { readIncidents } from '#storage/read-incidents';
import { putSettings } from '#storage/settings';
import { openStores } from '#storage/stores';
import { FRIDAY_NOON, SATURDAY, useDigestWorld } from '../../test/support/digest-world.ts';
import { compose } from './compose.ts';
import { gather } from './gather.ts';
import { gaps } from './stories.ts';

const world = useDigestWorld();
const DAY_MS = 86_400_000;
const friday = () =>
  gather(
    { db: world.db, ...openStores(world.db, world.projectId), readIncidents },
    { projectId: world.projectId, date: '2026-11-20', form: 'daily', timeZone: 'Europe/Paris' },
    SATURDAY,
  );
const failed = (trace: number, startMs: number, fingerprint: string) =>
  world.run(trace, startMs, { is_error: 1, error_type: 'Timeout', error_message: 'no answer', fingerprint });

it('an error that people put together with an older one is not new, and new ones put together are one', async () => {
  await world.insert([
    ...failed(1, FRIDAY_NOON - 3 * DAY_MS, 'aaaaaaaa'),
    ...failed(2, FRIDAY_NOON, 'bbbbbbbb'),
    ...failed(3, FRIDAY_NOON, 'cccccccc'),
    ...failed(4, FRIDAY_NOON, 'dddddddd'),
  ]);
  const patterns = async () => (await friday()).newPatterns.map(({ fingerprint, runs }) => [fingerprint, runs]);
  expect(await patterns()).toEqual([
    ['bbbbbbbb', 1],
    ['cccccccc', 1],
    ['dddddddd', 1],
  ]);
  const merged = (id: string, of: string) => ({ of: ALIASES, id, value: { of } });
  const merges = [merged('bbbbbbbb', 'aaaaaaaa'), merged('dddddddd', 'cccccccc')];
  await putSettings(world.db, world.projectId, merges, 'Ines', SATURDAY);
  expect(await patterns()).toEqual([['cccccccc', 2]]);
});

it('a used-up budget for summaries is one line of what is missing, and a quiet day stays quiet', async () => {
  await world.insert([...world.run(1, FRIDAY_NOON)]);
  const note = { day: '2026-11-20', traceId: '1', model: 'm-1', promptVersion: 'run-1' };
  expect((await friday()).budgetUsedUpMs).toBeNull();
  await noteUsedUp(world.db, world.projectId, FRIDAY_NOON + 90 * 60_000, note);
  const quiet = await friday();
  expect(compose(quiet)).toMatchObject({ isQuiet: true, sections: [{ id: 'quiet' }] });

  await world.insert(failed(2, FRIDAY_NOON, 'aaaaaaaa'));
  const gaps = compose(await friday()).sections.find(({ id }) => id === 'gaps');
  expect(gaps?.items).toMatchObject([{ tone: 'plain', title: 'The budget for LLM summaries was used up at 14:30' }]);
});

it('damage to stored data is a gap of the day, which is no quiet one then', async () => {
  const of = { projectId: world.projectId, date: '2026-11-20', form: 'daily', timeZone: 'Europe/Paris' } as const;
  const damage = 'Stored data is damaged: 1,900 rows of spans (2026-11-20) cannot be read any more.';
  const digest = compose(
    await gather(
      { db: world.db, ...openStores(world.db, world.projectId), readIncidents, damage: () => damage },
      of,
      SATURDAY,
    ),
  );
  expect(digest.isQuiet).toBe(false);
  expect(digest.sections.find(({ id }) => id === 'gaps')?.items[0]).toMatchObject({
    tone: 'warn',
    title: 'Stored data is damaged, so figures may be too low',
    text: damage,
  });
  expect(digest.foot.join(' ')).toContain('Part of the data is missing, see above.');
});

it('what was refused, set aside or lost on the way in is said, each with where to look', async () => {
  await world.insert(failed(1, FRIDAY_NOON, 'aaaaaaaa'));
  const note = (atMs: number, counted: number) =>
    noteIntake(world.db, world.projectId, 'one', atMs, {
      received: 100 * counted,
      rejected: 3 * counted,
      quarantined: 2 * counted,
      lost: counted,
      droppedAttributes: 0,
    });
  await note(FRIDAY_NOON - 60_000, 0);
  await note(FRIDAY_NOON, 1);
  const facts = await friday();
  expect(facts.intake).toMatchObject({ received: 100, rejected: 3, quarantined: 2, lost: 1 });
  const items = gaps(facts)?.items.filter(({ path }) => path === '/settings/skipped');
  expect(items).toMatchObject([
    { title: '3 spans refused' },
    { title: '2 rows set aside, because storage refused them' },
    { title: '1 row lost after the 200' },
  ]);
});
