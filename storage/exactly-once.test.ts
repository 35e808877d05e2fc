// A span that was sent three times, in other blocks and at other times, is one span in every answer.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runQuerySchema } from '#contracts/search';
import {
  at,
  id,
  insertSpans,
  NOW_MS,
  openTestDatabase,
  SECOND,
  span,
  type TestSpan,
} from '../test/support/span-rows.ts';
import type { Database } from './database.ts';
import { readErrorFacts } from './read-error-facts.ts';
import { readErrorTimes, readLastSeen } from './read-errors.ts';
import { readSpan } from './read-span.ts';
import { readTrace } from './read-trace.ts';
import { searchRuns } from './search-runs.ts';

const PROJECT = 'once';
const TRACE = id(1, 32);

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

const common = { project_id: PROJECT };
const child = { ...common, parent_span_id: id(1, 16) };
const failed = {
  ...child,
  kind: 'tool',
  is_error: 1,
  error_type: 'Timeout',
  error_template: 'timed out',
  fingerprint: 'f',
  fingerprint_version: 1,
};
const story: TestSpan[] = [
  span(1, 1, { ...common, name: 'refund', agent: 'desk' }),
  span(1, 2, { ...child, kind: 'decision', decision_name: 'intent', decision_confidence: 0.4 }),
  span(1, 3, { ...failed, start_time: at(SECOND) }),
  span(1, 4, { ...failed, start_time: at(3 * SECOND) }),
  span(1, 5, { ...child, kind: 'llm', tokens_in: '1200', tokens_out: '80', cost_usd: 0.004 }),
];

/** Everything that is asked of storage, without the time of the newest copy. */
async function answers() {
  const query = (filter: object) => searchRuns(db, PROJECT, runQuerySchema.parse(filter), NOW_MS);
  const times = await readErrorTimes(db, PROJECT, {
    cursorMs: NOW_MS - 60_000,
    threshold: 2,
    reachMs: 30 * 60_000,
    open: [],
    traces: 3,
    fewest: 1,
    aliases: new Map(),
  });
  const range = { fingerprint: 'f', fromMs: NOW_MS - 600_000, toMs: NOW_MS + 600_000 };
  const whole = await readSpan(db, PROJECT, TRACE, id(3, 16));
  return {
    list: await query({}),
    filtered: await query({ status: 'ok', q: 'refund' }),
    dear: await query({ minCostUsd: '0.005' }),
    trace: await readTrace(db, PROJECT, TRACE, NOW_MS),
    span: { ...whole, receivedAt: null },
    errors: times.patterns.get('f'),
    groups: await readErrorFacts(db, PROJECT, [range], new Map()),
    lastSeen: await readLastSeen(db, PROJECT, ['f']),
    decisions: await db.query('SELECT count() AS n FROM decisions FINAL WHERE project_id = {p:String}', { p: PROJECT }),
  };
}

it('is one span in the list, the trace, the totals, the decisions and what the detector counts', async () => {
  await insertSpans(db, story);
  const once = await answers();
  expect(once.list.runs).toMatchObject([
    { spanCount: 5, errorCount: 2, decisionCount: 1, tokensIn: 1200, tokensOut: 80, costUsd: 0.004 },
  ]);
  expect(once.filtered.runs).toHaveLength(1);
  expect(once.dear.runs).toEqual([]);
  expect(once.errors).toHaveLength(2);
  expect(once.groups).toMatchObject([{ count: 2 }]);

  const later = (ms: number) => story.map((row) => ({ ...row, received_at: at(ms).slice(0, 23) }));
  await insertSpans(db, [...later(20 * SECOND), ...later(20 * SECOND)]);
  for (const row of later(40 * SECOND)) await insertSpans(db, [row]);
  expect(await answers()).toEqual(once);

  for (const table of ['spans', 'runs', 'trace_index', 'decisions', 'errors']) {
    await db.command(`OPTIMIZE TABLE ${table} FINAL`);
  }
  expect(await answers()).toEqual(once);
});
