// Kit: what is older than the retention goes. In a store of its own, since other cases have fixtures of fixed dates.
import { describe, expect, test } from 'vitest';
import { applyRetention } from '#storage/retention';
import { insertSpans, span } from '../support/span-rows.ts';
import type { Store } from './storage-kit.ts';
import { useStore } from './use-store.ts';

export function describeRetention(newStore: () => Promise<Store>): void {
  describe('the retention', () => {
    const store = useStore(newStore);

    test('retention follows the setting, and what is older goes', async () => {
      const projectId = store.newProject();
      const ttl = async () => {
        const [row] = await store.db.query<{ ddl: string }>(
          "SELECT create_table_query AS ddl FROM system.tables WHERE database = currentDatabase() AND name = 'spans'",
        );
        return /TTL (.*?) SETTINGS/s.exec(row?.ddl ?? '')?.[1];
      };
      for (const days of [30, 7, 7]) {
        await applyRetention(store.db, days);
        expect(await ttl()).toBe(`toDateTime(received_at) + toIntervalDay(${days})`);
      }
      const now = `${new Date().toISOString().slice(0, 19).replace('T', ' ')}.000`;
      await insertSpans(store.db, [
        span(1, 1, { project_id: projectId, received_at: now }),
        span(2, 1, { project_id: projectId, received_at: '2020-01-01 00:00:00.000' }),
      ]);
      for (const table of ['spans', 'runs', 'trace_index']) {
        await store.db.command(`OPTIMIZE TABLE ${table} FINAL`);
        const [row] = await store.db.query(`SELECT count() AS n FROM ${table} WHERE project_id = {projectId:String}`, {
          projectId,
        });
        expect(row, table).toEqual({ n: '1' });
      }
    });
  });
}
