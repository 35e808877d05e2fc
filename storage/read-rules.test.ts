import { afterAll, beforeAll, expect, it } from 'vitest';
import { RULES, type RuleOf } from '#contracts/rule';
import { DEFAULT_RULES, defaultRule } from '#domain/rule/default-rules';
import { openTestDatabase } from '../test/support/span-rows.ts';
import type { Database } from './database.ts';
import { readRules } from './read-rules.ts';
import { putSettings } from './settings.ts';

const NOON = Date.parse('2026-03-02T12:00:00.000Z');
let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

it('works before anything was set', async () => {
  expect(await readRules(db, 'p1')).toEqual(DEFAULT_RULES);
});

it('gives what was set over a default, and the default again once that is taken back', async () => {
  const quieter = { ...(defaultRule('similar-errors') as RuleOf<'similar_errors'>), threshold: 50, enabled: false };
  await putSettings(db, 'p2', [{ of: RULES, id: quieter.id, value: quieter }], 'Ann', NOON);
  expect((await readRules(db, 'p2'))[0]).toEqual(quieter);
  await putSettings(db, 'p2', [{ of: RULES, id: quieter.id, value: null }], 'Ann', NOON + 1);
  expect(await readRules(db, 'p2')).toEqual(DEFAULT_RULES);
});

it('fills in what a rule of an older Telltale did not know', async () => {
  const { recoverAfterMinutes: _, ...older } = defaultRule('cost') as RuleOf<'cost'>;
  await putSettings(db, 'p3', [{ of: RULES, id: 'ours', value: { ...older, id: 'ours' } }], 'Ann', NOON);
  expect((await readRules(db, 'p3')).at(-1)).toMatchObject({ id: 'ours', recoverAfterMinutes: 30 });
});
