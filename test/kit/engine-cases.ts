// Kit: what the rest of storage relies on in an engine.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StorageError } from '#storage/database';
import { insertBlock } from '../support/insert-block.ts';
import { at, id, insertSpans, SECOND, span } from '../support/span-rows.ts';
import type { OpenStore } from './use-store.ts';

const QUERY_WAS_CANCELLED = 394;
/** Only ends a hang. */
const POLL = { timeout: 60_000 };

export function describeEngine(store: OpenStore): void {
  describe('the engine', () => {
    test('any text bound as a parameter comes back equal, alone and in a list', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.string({ unit: 'binary', maxLength: 40 }),
          fc.array(fc.string(), { maxLength: 5 }),
          async (text, list) => {
            const [row] = await store.db.query<{ text: string; list: string[] }>(
              'SELECT {text:String} AS text, {list:Array(String)} AS list',
              { text, list },
            );
            expect(row).toEqual({ text: text.toWellFormed(), list: list.map((item) => item.toWellFormed()) });
          },
        ),
        {
          numRuns: 150,
          examples: [
            ["'; DROP TABLE spans --", ['\\', "'", '\\N', '\t']],
            ['\u0000\n\n', []],
            ['\\x41{a:String}', ['']],
          ],
        },
      );
    });

    test('numbers keep every digit, and ids are bytes', async () => {
      const params = {
        u: 18446744073709551615n,
        i: -9223372036854775808n,
        f: 0.1,
        ids: [id(255, 32)],
        one: id(255, 16),
      };
      const [row] = await store.db.query(
        'SELECT {u:UInt64} AS u, {i:Int64} AS i, {f:Float64} AS f, hex({ids:Array(Id16)}[1]) AS id, hex({one:Id8}) AS one',
        params,
      );
      expect(row).toEqual({
        u: '18446744073709551615',
        i: '-9223372036854775808',
        f: 0.1,
        id: id(255, 32).toUpperCase(),
        one: id(255, 16).toUpperCase(),
      });
    });

    test('a parameter that is missing or not of its type never reaches the engine', async () => {
      const wrong: [string, Record<string, string | number | bigint | string[] | number[]>][] = [
        ['String', { x: 1 }],
        ['UInt32', { x: -1 }],
        ['UInt32', { x: 1.5 }],
        ['UInt64', { x: '1' }],
        ['Int64', { x: 9223372036854775808n }],
        ['Float64', { x: Number.NaN }],
        ['Id16', { x: "' OR 1" }],
        ['Id8', { x: id(1, 32) }],
        ['Array(Id16)', { x: ['zz'] }],
        ['Array(UInt32)', { x: [1, -1] }],
        ['Array(Int64)', { x: [1, 0.5] }],
        ['String', {}],
        ['Nothing', { x: '1' }],
      ];
      for (const [type, params] of wrong) {
        await expect(store.db.query(`SELECT {x:${type}}`, params), type).rejects.toThrow(/parameter x/);
      }
    });

    test('one insert is one block: all rows or none', async () => {
      await store.db.command('CREATE TABLE atomic (a UInt8) ENGINE = MergeTree ORDER BY a');
      await expect(store.db.insertRows('atomic', [{ a: 1 }, { a: 'no number' }])).rejects.toThrow(StorageError);
      expect(await store.db.query('SELECT * FROM atomic')).toEqual([]);
      await store.db.insertRows('atomic', []);
      await store.db.insertRows('atomic', [{ a: 1 }, { a: 2 }]);
      expect(await store.db.queryTuples('SELECT a FROM atomic ORDER BY a')).toEqual([[1], [2]]);
    });

    test('a Native block is stored byte for byte, and a cut one not at all', async () => {
      await store.db.command('CREATE TABLE binary (a String) ENGINE = MergeTree ORDER BY a');
      const values = [
        Buffer.from('a\n\nTRUNCATE TABLE spans;\n\n'),
        Buffer.from([0, 10, 10, 255, 39, 92]),
        Buffer.alloc(100, 7),
      ];
      const block = nativeBlock('a', values);
      await expect(insertBlock(store.db, 'binary', block.subarray(0, block.length - 5))).rejects.toThrow(StorageError);
      expect(await store.db.query('SELECT * FROM binary')).toEqual([]);
      await insertBlock(store.db, 'binary', block);
      // The buffer is the caller's again.
      block.fill(0);
      const rows = await store.db.query<{ a: string }>('SELECT hex(a) AS a FROM binary');
      expect(rows.map((row) => row.a.toLowerCase()).sort()).toEqual(
        values.map((value) => value.toString('hex')).sort(),
      );
    });

    test('reads and inserts do not wait for a slow read', async () => {
      const projectId = store.newProject();
      let slowIsDone = false;
      const tenMinutes =
        'SELECT sum(sleepEachRow(1)) FROM (SELECT number FROM numbers(600) SETTINGS max_block_size = 1)';
      const slow = store.db.query(tenMinutes, {}, { maxSeconds: 600 }).catch((error: StorageError) => error.engineCode);
      void slow.then(() => {
        slowIsDone = true;
      });
      const isRunning =
        "FROM system.processes WHERE query LIKE '%numbers(600)%' AND query NOT LIKE '%system.processes%'";
      await expect.poll(() => store.db.query(`SELECT 1 AS one ${isRunning}`), POLL).toEqual([{ one: 1 }]);
      await insertSpans(store.db, [span(1, 1, { project_id: projectId })]);
      const counts = await Promise.all(
        [1, 2, 3, 4].map(() =>
          store.db.query<{ n: string }>('SELECT count() AS n FROM spans WHERE project_id = {projectId:String}', {
            projectId,
          }),
        ),
      );
      expect(slowIsDone).toBe(false);
      expect(counts.map(([row]) => row?.n)).toEqual(['1', '1', '1', '1']);
      await store.db.command("KILL QUERY WHERE query LIKE '%numbers(600)%' AND query NOT LIKE '%KILL QUERY%'");
      expect(await slow).toBe(QUERY_WAS_CANCELLED);
    });

    test('a question that takes too long is given up, and may be asked again', async () => {
      const slow = store.db.query(
        'SELECT count() FROM numbers(100000000000) WHERE NOT ignore(cityHash64(number))',
        {},
        { maxSeconds: 1 },
      );
      await expect(slow).rejects.toMatchObject({ name: 'StorageError', retryable: true, engineCode: 159 });
      expect(await store.db.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });

    test('a wrong question is wrong for good', async () => {
      await expect(store.db.query('SELECT * FROM no_such_table')).rejects.toMatchObject({
        retryable: false,
        engineCode: 60,
      });
      await expect(store.db.query('SELEC 1')).rejects.toMatchObject({ retryable: false, engineCode: 62 });
      await expect(store.db.command('CREATE NONSENSE')).rejects.toMatchObject({ retryable: false });
    });

    test('rows written at once by many callers are all there', async () => {
      const projectId = store.newProject();
      await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          insertSpans(store.db, [span(i + 1, 1, { project_id: projectId, start_time: at(i * SECOND) })]),
        ),
      );
      const [row] = await store.db.query('SELECT count() AS n FROM spans WHERE project_id = {projectId:String}', {
        projectId,
      });
      expect(row).toEqual({ n: '8' });
    });
  });
}

/** One column of type String in ClickHouse's Native format. */
function nativeBlock(column: string, values: readonly Buffer[]): Buffer {
  const text = (bytes: Buffer) => Buffer.concat([Buffer.from([bytes.length]), bytes]);
  return Buffer.concat([
    Buffer.from([1, values.length]),
    text(Buffer.from(column)),
    text(Buffer.from('String')),
    ...values.map(text),
  ]);
}
