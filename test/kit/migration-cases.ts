// Kit: bringing a store up to date, whatever happened before.
import { afterEach, describe, expect, test } from 'vitest';
import type { Database } from '#storage/database';
import { migrate, readMigrations } from '#storage/migrate';
import { readTrace } from '#storage/read-trace';
import { itInFull } from '../support/full-tier.ts';
import { id } from '../support/span-rows.ts';
import { propertyRuns } from '../support/tier.ts';
import type { Store } from './storage-kit.ts';

/** @param isSlow each statement takes long: what is about the migrations, not the engine, is tried in the full tier only */
export function describeMigrations(newStore: () => Promise<Store>, isSlow: boolean): void {
  const testOfMigrations = isSlow ? itInFull : test;
  describe('migrations', () => {
    let store: Store | undefined;
    let db: Database | undefined;
    const open = async () => {
      store ??= await newStore();
      db = await store.open();
      return db;
    };
    const close = async () => {
      await db?.close();
      db = undefined;
    };
    const remove = async () => {
      await close();
      await store?.remove();
      store = undefined;
    };
    afterEach(remove);

    test('each is applied once, also after the store was closed', async () => {
      const names = (await readMigrations()).map((migration) => migration.name);
      expect(names.length).toBeGreaterThan(0);
      expect(await migrate(await open())).toEqual(names);
      expect(await migrate(db as Database)).toEqual([]);
      await close();
      const again = await open();
      expect(await migrate(again)).toEqual([]);
      expect(
        await again.query('SELECT version, count() AS times FROM schema_migrations GROUP BY version HAVING times > 1'),
      ).toEqual([]);
    });

    testOfMigrations(
      'interrupted at any statement, the next start completes it to the same schema',
      {
        timeout: 240_000,
      },
      async () => {
        await migrate(await open());
        const whole = await schemaOf(db as Database);
        await remove();

        // On one store, each start gets a little further into the migration under way than the start before.
        const further = propertyRuns(3, 1);
        const again = await open();
        let [starts, failing] = [0, 0];
        for (let isComplete = false; !isComplete; starts++) {
          const interrupted = failingAt(again, failing);
          isComplete = await migrate(interrupted.db).then(
            () => true,
            (error: Error) => {
              expect(error.message).toBe('the power went');
              return false;
            },
          );
          failing = interrupted.recorded() > 0 ? 1 : failing + further;
        }
        expect(starts).toBeGreaterThan((await readMigrations()).length);
        expect(await migrate(again)).toEqual([]);
        expect(await schemaOf(again)).toEqual(whole);
      },
    );

    testOfMigrations(
      'a store of an earlier version, with spans in it, is brought up to date and read as before',
      async () => {
        const old = await open();
        const known = await readMigrations();
        const upTo7 = known.filter(({ version }) => version <= 7);
        expect(await migrate(old, undefined, upTo7)).toEqual(upTo7.map(({ name }) => name));
        await old.command(
          `INSERT INTO spans (project_id, trace_id, span_id, start_time, duration_ns, received_at, service, name, kind)
         SELECT 'old', unhex('${id(1, 32)}'), unhex('${id(1, 16)}'), now64(9), 5000000, now64(3), 'desk', 'refund-desk', 'agent'`,
        );
        expect(await migrate(old)).toEqual(known.filter(({ version }) => version > 7).map(({ name }) => name));
        const trace = await readTrace(old, 'old', id(1, 32));
        expect(trace?.run).toMatchObject({
          status: 'ok',
          headline: 'refund-desk finished in 5 ms',
          spanCount: 1,
          activity: null,
        });
        expect(trace?.spans).toMatchObject([{ durationMs: 5, stopReason: null, reason: null, marks: [] }]);
      },
    );

    test('data of a newer version is refused with what to do', async () => {
      const fresh = await open();
      await migrate(fresh);
      await fresh.insertRows('schema_migrations', [{ version: 9999, name: '9999_later.sql' }]);
      await expect(migrate(fresh)).rejects.toThrow(/newer Telltale \(migration 9999; this one knows up to \d+\)/);
      await expect(migrate(fresh)).rejects.toMatchObject({ retryable: false });
    });
  });
}

/** The database, except that step number `failing` (from 0) is lost and so is what comes after. */
function failingAt(db: Database, failing: number): { readonly db: Database; recorded(): number } {
  let [step, recorded] = [0, 0];
  const next = () => {
    if (step++ >= failing) throw new Error('the power went');
  };
  return {
    db: {
      ...db,
      async command(sql) {
        next();
        await db.command(sql);
      },
      async insertRows(table, rows) {
        next();
        await db.insertRows(table, rows);
        recorded++;
      },
    },
    recorded: () => recorded,
  };
}

async function schemaOf(db: Database): Promise<unknown[]> {
  return db.query(
    `SELECT name, replaceAll(create_table_query, currentDatabase(), 'db') AS ddl FROM system.tables
     WHERE database = currentDatabase() AND name NOT LIKE '.inner%' ORDER BY name`,
  );
}
