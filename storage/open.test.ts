import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startClickHouseHttp } from '../test/support/clickhouse-http.ts';
import { insertBlock } from '../test/support/insert-block.ts';
import { openDatabase } from './open.ts';

describe('the embedded engine', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'telltale-open-'));
  });
  afterAll(() => rm(dataDir, { recursive: true }));

  test('a second process on the same data directory gets an error naming who has it and what to do', async () => {
    const db = await openDatabase({ dataDir });
    const script = `
      const { openDatabase } = await import('#storage/open');
      await openDatabase({ dataDir: process.argv[1] }).then(
        () => console.log('opened'),
        (error) => console.log(JSON.stringify({ ...error, message: error.message })),
      );`;
    const root = new URL('..', import.meta.url);
    const args = ['--import', 'tsx', '--input-type=module', '-e', script, dataDir];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
    expect(JSON.parse(stdout)).toMatchObject({
      retryable: false,
      message: `Another Telltale (process ${process.pid}) is already running on the data directory ${dataDir}. Stop it, or set TELLTALE_DATA_DIR to another folder for this one.`,
    });
    expect(await db.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await db.close();
  });

  test('a folder that cannot be opened for another reason is named, with what to look at', async () => {
    const broken = await mkdtemp(join(tmpdir(), 'telltale-open-'));
    await writeFile(join(broken, 'engine'), 'a file where the engine wants a folder');
    await writeFile(join(broken, 'telltale.pid'), 'no number');
    await expect(openDatabase({ dataDir: broken })).rejects.toMatchObject({
      retryable: false,
      message: expect.stringContaining(`cannot open the data directory ${broken}`),
    });
    await rm(broken, { recursive: true });
  });

  test('closing waits for the question under way, and nothing is asked after it', async () => {
    const db = await openDatabase({ dataDir });
    let answered = false;
    const asked = db.query('SELECT sleep(1)').then(() => {
      answered = true;
    });
    await db.close();
    expect(answered).toBe(true);
    await asked;
    await expect(db.query('SELECT 1')).rejects.toThrow('storage is closed');
    await db.close();
  });

  test('what was stored is there after opening again', async () => {
    const first = await openDatabase({ dataDir });
    await first.command('CREATE TABLE kept (a UInt8) ENGINE = MergeTree ORDER BY a');
    await first.insertRows('kept', [{ a: 7 }]);
    await first.close();
    const second = await openDatabase({ dataDir });
    expect(await second.query('SELECT a FROM kept')).toEqual([{ a: 7 }]);
    await second.close();
  });
});

describe('a server over HTTP', () => {
  const account = { user: 'default', password: 'right', database: 'telltale' };

  test('an address where nothing answers is a retryable error that names the setting', async () => {
    await expect(openDatabase({ url: 'http://127.0.0.1:9', ...account })).rejects.toMatchObject({
      name: 'StorageError',
      retryable: true,
      message: expect.stringContaining('Check CLICKHOUSE_URL, CLICKHOUSE_USER and CLICKHOUSE_PASSWORD'),
    });
  });

  test('a wrong password is refused, and the password is not repeated', async () => {
    const server = await startClickHouseHttp('right');
    const error = await openDatabase({ url: server.url, ...account, password: 'guess-7f3' }).catch(
      (thrown: Error) => thrown,
    );
    expect(error).toMatchObject({ name: 'StorageError', message: expect.stringContaining('Authentication failed') });
    expect(String(error)).not.toContain('guess-7f3');
    const db = await openDatabase({ url: server.url, ...account });
    expect(await db.query('SELECT currentDatabase() AS name')).toEqual([{ name: 'telltale' }]);
    await db.close();
    await server.close();
  });

  test('blocks and rows travel compressed', async () => {
    const server = await startClickHouseHttp();
    const db = await openDatabase({ url: server.url, ...account });
    await db.command('CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a');
    await db.insertRows('t', [{ a: 'x'.repeat(10_000) }]);
    const text = Buffer.alloc(10_000, 'y');
    const block = Buffer.concat([
      Buffer.from([1, 1]),
      Buffer.from('\u0001a\u0006String'),
      Buffer.from([0x90, 0x4e]),
      text,
    ]);
    await insertBlock(db, 't', block);
    const inserts = server.seen.filter(({ query }) => query.startsWith('INSERT INTO t '));
    expect(inserts).toHaveLength(2);
    for (const { gzip, bodyBytes } of inserts) {
      expect(gzip).toBe(true);
      expect(bodyBytes).toBeLessThan(1000);
    }
    expect(await db.query('SELECT length(a) AS n FROM t ORDER BY a')).toEqual([{ n: '10000' }, { n: '10000' }]);
    await db.close();
    await server.close();
  });

  test('a file that cannot be read is a failure of its insert', async () => {
    const server = await startClickHouseHttp();
    const db = await openDatabase({ url: server.url, ...account });
    await expect(db.insertFile('t', '/nowhere/rows.native', 'token')).rejects.toMatchObject({ name: 'StorageError' });
    await db.close();
    await server.close();
  });

  test('a server that went away is a retryable failure without a code of the engine', async () => {
    const server = await startClickHouseHttp();
    const db = await openDatabase({ url: server.url, ...account });
    await server.close();
    await expect(db.query('SELECT 1')).rejects.toMatchObject({ retryable: true, engineCode: null });
    await expect(insertBlock(db, 't', new Uint8Array([0, 0]))).rejects.toMatchObject({
      retryable: true,
      engineCode: null,
    });
    await db.close();
  });
});
