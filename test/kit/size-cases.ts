// Kit: a statement may be as long as what it asks for.
import { describe, expect, test } from 'vitest';
import { runQuerySchema } from '#contracts/search';
import { readTrace } from '#storage/read-trace';
import { searchRuns } from '#storage/search-runs';
import { at, id, insertSpans, NOW_MS, SECOND, span } from '../support/span-rows.ts';
import { propertyRuns } from '../support/tier.ts';
import type { OpenStore } from './use-store.ts';

const TEXTS = propertyRuns(40_000, 200_000);
const IDS = propertyRuns(20_000, 50_000);
const BUCKETS = propertyRuns(25_000, 100_000);

export function describeSizes(store: OpenStore): void {
  describe('size', () => {
    test('lists of tens of thousands of texts and ids are bound like any other', async () => {
      const texts = Array.from({ length: TEXTS }, (_, i) => `name ' ${i}`);
      const ids = Array.from({ length: IDS }, (_, i) => id(i, 32));
      const [row] = await store.db.query(
        'WITH {texts:Array(String)} AS texts SELECT length(texts) AS n, texts[{n:UInt32}] AS last, length({ids:Array(Id16)}) AS ids',
        { texts, ids, n: TEXTS },
      );
      expect(row).toEqual({ n: String(TEXTS), last: `name ' ${TEXTS - 1}`, ids: String(IDS) });
    });

    test('a text of four megabytes is bound like any other', async () => {
      const text = `${'é\\'.repeat(2_000_000)}'`;
      const [row] = await store.db.query(
        'SELECT {text:String} = {text:String} AS same, lengthUTF8({text:String}) AS n',
        {
          text,
        },
      );
      expect(row).toEqual({ same: 1, n: String(text.length) });
    });

    test('a run whose services have long names, and one spread over weeks, are listed and read', async () => {
      const projectId = store.newProject();
      const long = Array.from({ length: 8 }, (_, i) =>
        span(1, i + 1, { project_id: projectId, service: `${i}${'x'.repeat(60_000)}` }),
      );
      const spread = Array.from({ length: BUCKETS }, (_, i) =>
        span(2, i + 1, { project_id: projectId, start_time: at(BigInt(i) * 300n * BigInt(SECOND)) }),
      );
      await insertSpans(store.db, [...long, ...spread]);
      const list = await searchRuns(store.db, projectId, runQuerySchema.parse({}), NOW_MS);
      expect(list.runs.map((run) => run.spanCount).sort()).toEqual([BUCKETS, 8]);
      expect((await readTrace(store.db, projectId, id(1, 32)))?.spans).toHaveLength(8);
      expect((await readTrace(store.db, projectId, id(2, 32)))?.run.spanCount).toBe(BUCKETS);
    });
  });
}
