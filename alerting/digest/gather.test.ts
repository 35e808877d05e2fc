// The facts of a day, as far as other people's settings and rooms have a say in them.
import { expect, it } from 'vitest';
import { ALIASES } from '#schema/pattern-notes';
import { readIncidents } from '#storage/read-incidents';
import { putSettings } from '#storage/settings';
import { FRIDAY_NOON, SATURDAY, useDigestWorld } from '../../test/support/digest-world.ts';
import { gather } from './gather.ts';

const world = useDigestWorld();
const DAY_MS = 86_400_000;
const friday = () =>
  gather(
    { db: world.db, readIncidents },
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
  const told = async () => (await friday()).newPatterns.map(({ fingerprint, runs }) => [fingerprint, runs]);
  expect(await told()).toEqual([
    ['bbbbbbbb', 1],
    ['cccccccc', 1],
    ['dddddddd', 1],
  ]);
  const merged = (id: string, of: string) => ({ of: ALIASES, id, value: { of } });
  const merges = [merged('bbbbbbbb', 'aaaaaaaa'), merged('dddddddd', 'cccccccc')];
  await putSettings(world.db, world.projectId, merges, 'Ines', SATURDAY);
  expect(await told()).toEqual([['cccccccc', 2]]);
});
