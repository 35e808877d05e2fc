// What a tick asks storage for on behalf of the measured rules, over the real engine.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_RULES } from '#domain/rule/default-rules';
import type { Database } from '#storage/database';
import { openStores } from '#storage/stores';
import { id, insertSpans, openTestDatabase } from '../../../test/support/span-rows.ts';
import { createMeasureRules } from './measure-rules.ts';
import { isMeasured } from './measures.ts';

const NOON = Date.parse('2026-03-02T12:00:00.000Z');
const MINUTE = 60_000;
const rules = DEFAULT_RULES.filter((rule) => isMeasured(rule)).map((rule) => ({ ...rule, enabled: true }));

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

/** The same storage, which notes every statement and refuses the n-th. */
function watched(refused = -1): { watched: Database; statements: string[] } {
  const statements: string[] = [];
  const note = (sql: string) => {
    if (statements.push(sql) - 1 === refused) throw new Error('refused by the test');
  };
  return {
    statements,
    watched: {
      ...db,
      query: async (sql, ...rest) => {
        note(sql);
        return db.query(sql, ...rest);
      },
      queryTuples: async (sql, ...rest) => {
        note(sql);
        return db.queryTuples(sql, ...rest);
      },
    },
  };
}
const time = { cursorMs: NOON - MINUTE, nowMs: NOON, open: [] };

it('is one statement when nothing was received', async () => {
  const { watched: storage, statements } = watched();
  const outcomes = await createMeasureRules(openStores(storage, 'quiet').measures)(rules, time);
  expect(outcomes).toEqual(rules.map(({ id: ruleId }) => ({ ruleId, measured: [] })));
  expect(statements).toHaveLength(1);
});

it('is a statement per rule of which something was received, and of all when that cannot be said', async () => {
  const received = new Date(NOON - MINUTE).toISOString().replace('T', ' ').replace('Z', '');
  const deadLetter = {
    project_id: 'one-mark',
    trace_id: id(1, 32),
    span_id: id(2, 16),
    parent_span_id: id(1, 16),
    received_at: received,
    start_time: received,
    duration_ns: '1000',
    name: 'pay',
    kind: 'tool',
    service: 'shop',
    marks: ['dead_letter: payments'],
  };
  await insertSpans(db, [deadLetter]);
  const one = rules.map((rule) => (rule.kind === 'dead_letters' ? { ...rule, threshold: 1 } : rule));
  const asked = watched();
  const outcomes = await createMeasureRules(openStores(asked.watched, 'one-mark').measures)(one, time);
  const high = outcomes.flatMap((outcome) => ('measured' in outcome ? outcome.measured : []));
  expect(high).toMatchObject([{ kind: 'dead_letters', subject: 'shop · pay', level: 'high' }]);
  // Which sources, the dead letters, and their facts.
  expect(asked.statements).toHaveLength(3);

  const blind = watched(0);
  expect(await createMeasureRules(openStores(blind.watched, 'one-mark').measures)(one, time)).toEqual(outcomes);
  expect(blind.statements.length).toBeGreaterThan(rules.length);
});
