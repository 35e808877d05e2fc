import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openTestDatabase } from '../test/support/span-rows.ts';
import type { Database } from './database.ts';
import { putSettings, readHistory, readSetting, readSettings } from './settings.ts';

const NOON = Date.parse('2026-03-02T12:00:00.000Z');
const MUTE = { kind: 'mute', shape: z.strictObject({ why: z.string() }) };
const RULE = { kind: 'rule', shape: z.object({ threshold: z.number().default(10) }) };

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

it('gives back what was set, newest first of each id, with who and when', async () => {
  const why = "a\n\n'quoted'; DROP TABLE settings; \u{1F4A5}";
  await putSettings(db, 'p1', [{ of: MUTE, id: 'a', value: { why: 'old' } }], 'Ann', NOON);
  await putSettings(
    db,
    'p1',
    [
      { of: MUTE, id: 'a', value: { why } },
      { of: MUTE, id: 'b', value: { why: 'b' } },
      { of: RULE, id: 'a', value: {} },
    ],
    'Bob',
    // The clock stepped back: order of writing counts.
    NOON - 3_600_000,
  );
  expect(await readSettings(db, 'p1', MUTE)).toEqual([
    { id: 'a', value: { why }, changedAt: '2026-03-02T11:00:00.000Z', changedBy: 'Bob' },
    { id: 'b', value: { why: 'b' }, changedAt: '2026-03-02T11:00:00.000Z', changedBy: 'Bob' },
  ]);
  expect(await readSetting(db, 'p1', RULE, 'a')).toMatchObject({ value: { threshold: 10 } });
});

it('forgets what is deleted and keeps its history', async () => {
  await putSettings(db, 'p2', [{ of: MUTE, id: 'a', value: { why: 'noise' } }], 'Ann', NOON);
  await putSettings(db, 'p2', [{ of: MUTE, id: 'a', value: null }], 'Bob', NOON + 1);
  expect(await readSettings(db, 'p2', MUTE)).toEqual([]);
  expect(await readSetting(db, 'p2', MUTE, 'a')).toBeNull();
  const history = await readHistory(db, 'p2', MUTE, 'a');
  expect(history.map(({ isDeleted, changedBy, value }) => [isDeleted, changedBy, value])).toEqual([
    [true, 'Bob', null],
    [false, 'Ann', { why: 'noise' }],
  ]);
});

it('keeps projects and kinds apart', async () => {
  await putSettings(db, 'p3', [{ of: MUTE, id: 'a', value: { why: 'x' } }], 'Ann', NOON);
  expect(await readSettings(db, 'p4', MUTE)).toEqual([]);
  expect(await readSettings(db, 'p3', RULE)).toEqual([]);
});

it('writes nothing at all when one of several is not of its shape', async () => {
  const wrong = { of: MUTE, id: 'b', value: { why: 'b', extra: 1 } };
  await expect(
    putSettings(db, 'p5', [{ of: MUTE, id: 'a', value: { why: 'a' } }, wrong], 'Ann', NOON),
  ).rejects.toThrow();
  expect(await readSettings(db, 'p5', MUTE)).toEqual([]);
});
