import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from './database.ts';
import { migrate } from './migrate.ts';
import { openDatabase } from './open.ts';
import { tune } from './tune.ts';

let folder: string;
let db: Database;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telltale-tune-'));
  db = await openDatabase({ dataDir: folder, readers: 1 });
  await migrate(db);
});
afterAll(async () => {
  await db.close();
  await rm(folder, { recursive: true, force: true });
});

const definition = async () =>
  (await db.query<{ sql: string }>("SELECT create_table_query AS sql FROM system.tables WHERE name = 'spans'"))[0]?.sql;

test('an empty store is tuned when it is made, and again without harm', async () => {
  for (const setting of ['min_level_for_wide_part = 1', 'merge_selector_base = 10', "auto_statistics_types = ''"])
    expect(await definition()).toContain(setting);
  const before = await definition();
  await tune(db);
  expect(await definition()).toBe(before);
});

test('a part fresh from an insert is compact, however large', async () => {
  // 20 MB: without the setting this would be a wide part.
  await db.command(
    `INSERT INTO spans (project_id, trace_id, span_id, start_time, input)
     SELECT 'p', toFixedString(leftPad(toString(number), 16, '0'), 16), '12345678', 1, randomPrintableASCII(1000)
     FROM numbers(20000) SETTINGS optimize_on_insert = 0`,
  );
  const parts = "SELECT part_type AS type, level FROM system.parts WHERE active AND table = 'spans'";
  expect(await db.query(parts)).toEqual([{ type: 'Compact', level: 0 }]);
});

test('an engine that knows none of the settings keeps its own', async () => {
  const commands: string[] = [];
  const old: Database = { ...db, query: async () => [], command: async (sql) => void commands.push(sql) };
  await tune(old);
  expect(commands).toEqual([]);
});
