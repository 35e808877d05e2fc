// An engine that was killed after it had noted a token and before the rows were in place takes them when they come again.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@clickhouse/client';
import { afterEach, expect, test, vi } from 'vitest';
import { losePart } from '../test/faults/lose-part.ts';
import { startClickHouseHttp } from '../test/support/clickhouse-http.ts';
import { insertBlock } from '../test/support/insert-block.ts';
import { type Database, StorageError } from './database.ts';
import { embeddedLife, serverLife } from './engine-life.ts';
import { openDatabase } from './open.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** A Native block: one row, one column `a` of type String. */
const block = (text: string) =>
  Buffer.concat([
    Buffer.from([1, 1]),
    Buffer.from('\u0001a\u0006String'),
    Buffer.from([text.length]),
    Buffer.from(text),
  ]);

const TABLE = 'ENGINE = ReplacingMergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100';
/** An embedded engine with the tables, in a folder of its own. */
async function openFresh(): Promise<{ dataDir: string; db: Database }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'telltale-life-'));
  undo.push(() => rm(dataDir, { recursive: true }));
  const db = await openDatabase({ dataDir });
  undo.push(() => db.close());
  await makeTables(db);
  return { dataDir, db };
}

async function makeTables(db: Database): Promise<void> {
  // A merge would join the part that is to be lost to another one, or fold copies that are to be counted.
  await db.command('SYSTEM STOP MERGES');
  await db.command(`CREATE TABLE t (a String) ${TABLE}`);
  await db.command(`CREATE TABLE seen (a String) ${TABLE}`);
  await db.command('CREATE MATERIALIZED VIEW seen_from_t TO seen AS SELECT a FROM t');
  await insertBlock(db, 't', block('before'));
}

const rowsOf = (db: Database, table: string) => db.query(`SELECT a FROM ${table} FINAL ORDER BY a`);
const WHOLE = [{ a: 'before' }, { a: 'rows' }];

test.each(['t', 'seen'])('killed before the part of %s was in place, the same insert is whole', async (table) => {
  const { dataDir, db: first } = await openFresh();
  await insertBlock(first, 't', block('rows'), 'token');
  await first.close();
  expect(await losePart(dataDir, table)).toBe(true);

  const second = await openDatabase({ dataDir });
  undo.push(() => second.close());
  expect(await rowsOf(second, table)).toEqual([{ a: 'before' }]);
  await insertBlock(second, 't', block('rows'), 'token');
  expect(await rowsOf(second, 't')).toEqual(WHOLE);
  expect(await rowsOf(second, 'seen')).toEqual(WHOLE);
});

test('when the part could not be put in place, the same insert is whole the next time', async () => {
  const { dataDir, db } = await openFresh();
  // What stands where the next part belongs keeps it from getting there, as a full or broken disk would.
  const place = join(dataDir, 'engine', 'data', 'default', 't', 'all_2_2_0');
  await writeFile(place, '');
  await expect(insertBlock(db, 't', block('rows'), 'token')).rejects.toMatchObject({ name: 'StorageError' });
  await rm(place);
  await insertBlock(db, 't', block('rows'), 'token');
  expect(await rowsOf(db, 't')).toEqual(WHOLE);
  expect(await rowsOf(db, 'seen')).toEqual(WHOLE);
});

test('in one life the same token is taken once, on disk too', async () => {
  const { db } = await openFresh();
  await insertBlock(db, 't', block('rows'), 'token');
  await insertBlock(db, 't', block('rows'), 'token');
  expect(await db.query('SELECT a FROM t ORDER BY a')).toEqual(WHOLE);
});

test('a server that runs on takes a token once from every process; one that was started anew takes it again', async () => {
  const server = await startClickHouseHttp();
  undo.push(() => server.close());
  const open = async () => {
    const db = await openDatabase({ url: server.url, user: 'default', password: '', database: 'telltale' });
    undo.push(() => db.close());
    return db;
  };
  const [one, other] = await Promise.all([open(), open()]);
  await makeTables(one);
  await insertBlock(one, 't', block('rows'), 'token');
  await insertBlock(other, 't', block('rows'), 'token');
  expect(await one.query('SELECT a FROM t ORDER BY a')).toEqual(WHOLE);

  // What a restart does to the table, and then what a client sees of it: a failure.
  await one.command('TRUNCATE TABLE engine_life');
  await expect(one.insertFile('t', '/nowhere/rows.native', 'another')).rejects.toThrow();
  await insertBlock(one, 't', block('rows'), 'token');
  expect(await one.query('SELECT a FROM t ORDER BY a')).toEqual([...WHOLE, { a: 'rows' }]);
  expect(await rowsOf(one, 't')).toEqual(WHOLE);
});

test('a life is over when a disk may have failed, and goes on when the engine only refused or was not reached', async () => {
  const server = await startClickHouseHttp();
  undo.push(() => server.close());
  const client = createClient({ url: server.url });
  undo.push(() => client.close());
  const failure = (engineCode: number | null) => new StorageError('failed', { retryable: true, engineCode });
  for (const life of [embeddedLife(), serverLife(client, undefined)]) {
    const first = await life.current();
    for (const code of [null, 60, 241, 252]) {
      life.doubt(failure(code));
      expect(await life.current()).toBe(first);
    }
    for (const code of [1001, 75, 243]) {
      const before = await life.current();
      life.doubt(failure(code));
      expect(await life.current()).not.toBe(before);
    }
  }
  const next = serverLife(client, undefined);
  expect(await next.current()).toBe(await serverLife(client, undefined).current());

  // Two inserts are under way: the disk fails the second while the first asks again.
  const before = await next.current();
  next.doubt(failure(null));
  const query = client.query.bind(client);
  vi.spyOn(client, 'query').mockImplementationOnce((params) => {
    next.doubt(failure(1001));
    return query(params);
  });
  expect(await next.current()).toBe(before);
  expect(await next.current()).not.toBe(before);
});
