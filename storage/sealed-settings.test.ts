// Secrets of settings in the real engine: sealed where they are stored, open where they are read.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openTestDatabase } from '../test/support/span-rows.ts';
import type { Database } from './database.ts';
import { sealStoredSecrets } from './sealed-settings.ts';
import { createSecretBox } from './secret-box.ts';
import { putSettings, readHistory, readReadableSettings, readSetting, readSettings } from './settings.ts';

const HOOK = 'https://hooks.example/T000/it’s "secret" \\ 漢';
const OF = {
  kind: 'receiver',
  shape: z.object({ name: z.string(), url: z.string(), token: z.string().nullable(), more: z.number() }),
  secrets: ['url', 'token'],
};
const value = (name: string, url = HOOK) => ({ name, url, token: null, more: 1 });

let open: Database;
let close: () => Promise<void>;
let db: Database;
beforeAll(async () => {
  ({ db: open, close } = await openTestDatabase());
  db = { ...open, secretBox: createSecretBox(randomBytes(32)) };
});
afterAll(() => close());

const stored = async (project: string) =>
  (
    await open.query<{ payload: string }>('SELECT payload FROM settings WHERE project_id = {project:String}', {
      project,
    })
  )
    .map(({ payload }) => payload)
    .sort();

it('what is set is sealed in storage and reads as it was given', async () => {
  await putSettings(db, 'p', [{ of: OF, id: 'a', value: { ...value('one'), token: 'tok' } }], 'Ann', 1);
  await putSettings(db, 'p', [{ of: OF, id: 'a', value: value('two') }], 'Ann', 2);
  const [one, two] = (await stored('p')).map((payload) => JSON.parse(payload) as Record<string, unknown>);
  expect(JSON.stringify([one, two])).not.toMatch(/hooks\.example|tok"/);
  expect([two?.name, two?.token, two?.more]).toEqual(['two', null, 1]);
  expect(await readSetting(db, 'p', OF, 'a')).toMatchObject({ value: value('two') });
  expect(await readSettings(db, 'p', OF)).toMatchObject([{ value: value('two') }]);
  expect((await readHistory(db, 'p', OF, 'a')).map((change) => change.value)).toEqual([
    value('two'),
    { ...value('one'), token: 'tok' },
  ]);
});

it('what a setting was copied from does not open elsewhere, nor without the key, and says what to do', async () => {
  const [payload] = await stored('p');
  await open.insertRows('settings', [
    { project_id: 'q', kind: OF.kind, id: 'b', at: '2026-03-02 12:00:00.000', seq: 1, deleted: 0, by: 'x', payload },
  ]);
  for (const reader of [db, open, { ...open, secretBox: createSecretBox(randomBytes(32)) }]) {
    const { settings, unreadable } = await readReadableSettings(reader, 'q', OF);
    expect(settings).toEqual([]);
    expect(unreadable).toMatchObject([{ id: 'b', error: expect.objectContaining({ retryable: false }) }]);
    expect(String(unreadable[0]?.error)).toContain('TELLTALE_SECRET_KEY_FILE');
  }
});

it('what an earlier version stored is sealed, older versions of it too, once', async () => {
  for (let i = 0; i < 120; i++)
    await putSettings(open, 'r', [{ of: OF, id: `${i % 60}`, value: value(`${i}`) }], 'A', i);
  await putSettings(open, 'r', [{ of: OF, id: '7', value: null }], 'Ann', 200);
  expect(await sealStoredSecrets(open, [OF])).toBe(0);
  expect(await sealStoredSecrets(db, [{ ...OF, secrets: [] }])).toBe(0);
  expect(await sealStoredSecrets(db, [OF])).toBe(120);
  expect((await stored('r')).join()).not.toContain('hooks.example');
  expect(await readSettings(db, 'r', OF)).toHaveLength(59);
  expect((await readHistory(db, 'r', OF, '3')).map((change) => change.value)).toEqual([value('63'), value('3')]);
  expect(await sealStoredSecrets(db, [OF])).toBe(0);
});

it('no statement that seals holds a secret, and none is too long for a server', async () => {
  // A dot is in no base64, so that no sealed text looks like it by chance.
  const long = `https://hooks.example/${'漢'.repeat(2000)}`;
  const puts = Array.from({ length: 45 }, (_, i) => ({ of: OF, id: `${i}`, value: value(`${i}`, `${long}${i}`) }));
  await putSettings(open, 's', puts, 'A', 1);
  const statements: string[] = [];
  const noting = { ...db, command: (sql: string) => db.command(statements[statements.push(sql) - 1] ?? '') };
  expect(await sealStoredSecrets(noting, [OF])).toBe(45);
  expect(statements.join()).not.toMatch(/hooks\.example|漢/);
  expect(Math.max(...statements.map((sql) => Buffer.byteLength(sql)))).toBeLessThan(256 * 1024);
  const kept = await open.query<{ command: string }>('SELECT command FROM system.mutations');
  expect(JSON.stringify(kept)).not.toMatch(/hooks\.example|漢/);
  expect(await readSettings(db, 's', OF)).toHaveLength(45);
});

it('a row that is no JSON stays as it is and keeps no other from being sealed', async () => {
  const bad = `\ufeff${JSON.stringify(value('bad'))}`;
  await open.insertRows('settings', [
    {
      project_id: 't',
      kind: OF.kind,
      id: 'bad',
      at: '2026-03-02 12:00:00.000',
      seq: 1,
      deleted: 0,
      by: 'x',
      payload: bad,
    },
  ]);
  await putSettings(open, 't', [{ of: OF, id: 'good', value: value('good') }], 'A', 1);
  expect(await sealStoredSecrets(db, [OF])).toBe(1);
  expect((await readReadableSettings(db, 't', OF)).settings).toMatchObject([{ id: 'good' }]);
});
