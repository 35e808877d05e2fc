// Kit: lists and roll-ups.
import { describe, expect, test } from 'vitest';
import { runQuerySchema } from '#contracts/search';
import type { Database } from '#storage/database';
import { readTrace } from '#storage/read-trace';
import { searchRuns } from '#storage/search-runs';
import { at, HOUR, id, insertSpans, NOW_MS, SECOND, span, type TestSpan } from '../support/span-rows.ts';
import type { OpenStore } from './use-store.ts';

/** Every roll-up as its readers fold it, and as it is once the engine has merged its parts. */
const ROLL_UPS = {
  runs: `SELECT hex(trace_id) AS trace, hour, min(start_time), max(end_time), min(top_span), max(any_error), min(min_confidence),
    arraySort(groupUniqArrayArray(agents)), arraySort(groupUniqArrayArray(services)), arraySort(groupUniqArrayArray(models)),
    arraySort(groupUniqArrayArray(error_types)), arraySort(groupUniqArrayArray(session_ids)), arraySort(groupUniqArrayArray(user_ids))
    FROM runs WHERE project_id = {projectId:String} GROUP BY trace_id, hour ORDER BY trace, hour`,
  decisions: `SELECT * EXCEPT (received_at) REPLACE (hex(trace_id) AS trace_id, hex(span_id) AS span_id)
    FROM decisions FINAL WHERE project_id = {projectId:String} ORDER BY trace_id, span_id`,
  errors: `SELECT * EXCEPT (received_at) REPLACE (hex(trace_id) AS trace_id, hex(span_id) AS span_id)
    FROM errors FINAL WHERE project_id = {projectId:String} ORDER BY trace_id, span_id`,
  trace_index: `SELECT DISTINCT hex(trace_id) AS trace, service, bucket FROM trace_index
    WHERE project_id = {projectId:String} ORDER BY trace, service, bucket`,
} as const;

export function describeRunReading(store: OpenStore): void {
  describe('lists and roll-ups', () => {
    test('writing the same batch twice changes nothing in any list, count or roll-up', async () => {
      const projectId = store.newProject();
      const batch = storyOfTwoRuns(projectId);
      await insertSpans(store.db, batch);
      const before = await everything(store.db, projectId);
      expect(before.list.runs).toHaveLength(2);
      expect(before.rollUps.decisions).toHaveLength(1);
      expect(before.rollUps.errors).toHaveLength(2);

      await insertSpans(store.db, batch);
      expect(await everything(store.db, projectId)).toEqual(before);

      // A client that had no answer sends again, later and with other spans in the batch.
      const again = batch.map((row) => ({ ...row, received_at: at(30 * SECOND).slice(0, 23) }));
      await insertSpans(store.db, [...again, span(9, 9, { project_id: 'someone else' })]);
      expect(await everything(store.db, projectId)).toEqual(before);

      for (const table of ['spans', ...Object.keys(ROLL_UPS)]) await store.db.command(`OPTIMIZE TABLE ${table} FINAL`);
      expect(await everything(store.db, projectId)).toEqual(before);
    });

    test('spans of one run in several batches, in any order, are the same run as in one batch', async () => {
      const [oneBatch, manyBatches] = [store.newProject(), store.newProject()];
      await insertSpans(store.db, storyOfTwoRuns(oneBatch));
      for (const row of storyOfTwoRuns(manyBatches).reverse()) await insertSpans(store.db, [row]);
      const withoutProject = (value: unknown) =>
        JSON.parse(JSON.stringify(value).replaceAll(oneBatch, '*').replaceAll(manyBatches, '*'));
      expect(withoutProject(await everything(store.db, manyBatches))).toEqual(
        withoutProject(await everything(store.db, oneBatch)),
      );
    });

    test('a span that arrives an hour late joins its run and moves its start', async () => {
      const projectId = store.newProject();
      await insertSpans(store.db, [span(1, 2, { project_id: projectId, parent_span_id: id(1, 16), name: 'child' })]);
      expect((await list(store.db, projectId)).runs).toMatchObject([
        { name: 'child', status: 'running', spanCount: 1 },
      ]);
      await insertSpans(store.db, [
        span(1, 1, { project_id: projectId, name: 'root', start_time: at(-HOUR), duration_ns: String(HOUR + SECOND) }),
      ]);
      expect((await list(store.db, projectId)).runs).toMatchObject([
        {
          name: 'root',
          status: 'ok',
          spanCount: 2,
          startTime: '2026-11-20T11:00:00.000000000Z',
          durationMs: 3_601_000,
        },
      ]);
    });

    test('an empty project has an empty list, and sees nothing of the others', async () => {
      const projectId = store.newProject();
      expect(await list(store.db, projectId)).toEqual({ runs: [], nextCursor: null });
      expect(await readTrace(store.db, projectId, id(1, 32))).toBeNull();
    });

    test('pages follow each other without a gap or a repetition, also where starts are equal', async () => {
      const projectId = store.newProject();
      await insertSpans(
        store.db,
        Array.from({ length: 25 }, (_, i) =>
          span(i + 1, 1, { project_id: projectId, start_time: at(-Math.floor(i / 5) * HOUR) }),
        ),
      );
      const whole = (await list(store.db, projectId)).runs.map((run) => run.traceId);
      const paged: string[] = [];
      let cursor: string | null | undefined;
      while (cursor !== null) {
        const page = await list(store.db, projectId, { limit: '4', ...(cursor === undefined ? {} : { cursor }) });
        paged.push(...page.runs.map((run) => run.traceId));
        cursor = page.nextCursor;
      }
      expect(paged).toEqual(whole);
      expect(new Set(paged).size).toBe(25);
    });
  });
}

const list = (db: Database, projectId: string, query: Record<string, unknown> = {}) =>
  searchRuns(db, projectId, runQuerySchema.parse(query), NOW_MS);

async function everything(db: Database, projectId: string) {
  const rollUps: Record<string, unknown[]> = {};
  for (const [table, sql] of Object.entries(ROLL_UPS)) rollUps[table] = await db.query(sql, { projectId });
  return {
    rollUps,
    list: await list(db, projectId),
    errorsOnly: await list(db, projectId, { status: 'error' }),
    found: await list(db, projectId, { q: 'refund' }),
    trace: await readTrace(db, projectId, id(1, 32), NOW_MS),
  };
}

/** A refund that escalates after two failures, and a plain run; over two hours and two services. */
function storyOfTwoRuns(projectId: string): TestSpan[] {
  const child = { project_id: projectId, parent_span_id: id(1, 16), session_id: 's-1', user_id: 'u-1' };
  const failed = { kind: 'tool', service: 'payments', is_error: 1, error_type: 'UpstreamTimeout', fingerprint: 'f1' };
  return [
    span(1, 1, { project_id: projectId, name: 'refund', agent: 'refund-desk', duration_ns: String(2 * HOUR) }),
    span(1, 2, {
      ...child,
      kind: 'decision',
      decision_name: 'intent',
      decision_choice: 'refund',
      decision_confidence: 0.46,
      decision_threshold: 0.7,
    }),
    span(1, 3, { ...child, ...failed, start_time: at(SECOND), retry_attempt: '0' }),
    span(1, 4, { ...child, ...failed, start_time: at(HOUR), retry_attempt: '1' }),
    span(1, 5, {
      ...child,
      start_time: at(HOUR + 1),
      model: 'model-a',
      tokens_in: '1200',
      tokens_out: '80',
      cost_usd: 0.004,
    }),
    span(2, 1, { project_id: projectId, name: 'greet', start_time: at(-SECOND), tokens_in: '3' }),
  ];
}
