// What the digest counts in SQL is what the list and the run page say of the same runs.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '#contracts/run';
import { runQuerySchema } from '#contracts/search';
import { seededRandom } from '../test/faults/random.ts';
import {
  at,
  HOUR,
  id,
  insertSpans,
  NOW_MS,
  openTestDatabase,
  SECOND,
  span,
  type TestSpan,
} from '../test/support/span-rows.ts';
import type { Database } from './database.ts';
import { readRunFigures } from './read-digest-runs.ts';
import { searchRuns } from './search-runs.ts';

let db: Database;
let close: () => Promise<void>;
const HOUR_MS = 3_600_000;
const DAY = { fromMs: NOW_MS - 12.5 * HOUR_MS, toMs: NOW_MS + 11.5 * HOUR_MS };
const LATER = NOW_MS + 24 * HOUR_MS;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
  await insertSpans(db, randomRuns(400, 7));
});
afterAll(() => close());

/** Roots, orphans, remote parents, repeated costs, copies that came again with another outcome; some outside the day. */
function randomRuns(runs: number, seed: number): TestSpan[] {
  const random = seededRandom(seed);
  const rows: TestSpan[] = [];
  for (let run = 1; run <= runs; run++) {
    const begin = (random() * 30 - 16) * HOUR;
    const spans = 1 + Math.floor(random() * 6);
    for (let n = 1; n <= spans; n++) {
      const parent = n === 1 ? 0 : 1 + Math.floor(random() * (n - 1));
      const isOrphan = n === 1 && random() < 0.15;
      const fields = {
        // Some runs have steps that begin together: then names, outcomes and ids say which is the root span.
        start_time: at(Math.round(run % 7 === 0 ? begin : begin + n * SECOND)),
        name: run % 14 === 0 ? `step-${n % 2}` : 'step',
        duration_ns: String(Math.round(random() * 60 * SECOND)),
        parent_span_id: id(isOrphan ? 99 : parent, 16),
        otel_kind: isOrphan && random() < 0.5 ? 2 : 1,
        flags: isOrphan && run % 3 === 0 ? 0x4000_0300 : 0,
        agent: random() < 0.3 ? '' : `agent-${run % 5}`,
        kind: random() < 0.4 ? 'llm' : 'tool',
        is_error: random() < 0.2 ? 1 : 0,
        cost_usd: random() < 0.5 ? Math.round(random() * 1000) / 1024 : null,
        received_at: at(Math.round(begin + random() * 2 * HOUR)).slice(0, 23),
      };
      rows.push(span(run, n, fields));
      if (random() < 0.1)
        rows.push(span(run, n, { ...fields, is_error: 0, cost_usd: 0.5, received_at: at(20 * HOUR).slice(0, 23) }));
    }
  }
  return rows;
}

async function allRuns(nowMs = LATER): Promise<Run[]> {
  const runs: Run[] = [];
  let cursor: string | undefined;
  do {
    const query = runQuerySchema.parse({ from: String(DAY.fromMs), to: String(DAY.toMs), limit: 200, cursor });
    const page = await searchRuns(db, 'default', query, nowMs);
    runs.push(...page.runs);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return runs;
}

describe('the figures of a day', () => {
  it('are those of the list of runs', async () => {
    const runs = await allRuns();
    const figures = await readRunFigures(db, 'default', DAY, LATER);
    const count = (status: Run['status']) => runs.filter((run) => run.status === status).length;
    expect(runs.length).toBeGreaterThan(200);
    expect(count('error')).toBeGreaterThan(20);
    expect(count('stalled')).toBeGreaterThan(5);
    expect(figures).toMatchObject({
      runs: runs.length,
      failed: count('error'),
      stalled: count('stalled'),
      running: 0,
      spans: runs.reduce((sum, run) => sum + run.spanCount, 0),
    });
    const cost = runs.reduce((sum, run) => sum + (run.costUsd ?? 0), 0);
    expect(figures.costUsd).toBeCloseTo(cost, 9);
    const dearest = [...runs].sort((a, b) => (b.costUsd ?? 0) - (a.costUsd ?? 0)).map(({ costUsd }) => costUsd);
    const costOf = new Map(runs.map((run) => [run.traceId, run.costUsd]));
    expect(figures.dearest.map((trace) => costOf.get(trace))).toEqual(dearest.slice(0, 3));
    const ended = runs.filter(({ status }) => status === 'ok' || status === 'error');
    const longest = [...ended].sort((a, b) => b.durationMs - a.durationMs)[0];
    expect(figures.longest[0]).toBe(longest?.traceId);
  });

  it('distinguish runs that may go on from those that ended, as the list does', async () => {
    // Half of the runs have spans that arrived within the last five minutes.
    const nowMs = DAY.fromMs;
    const runs = await allRuns(nowMs);
    const figures = await readRunFigures(db, 'default', DAY, nowMs);
    const count = (status: Run['status']) => runs.filter((run) => run.status === status).length;
    expect(count('running')).toBeGreaterThan(5);
    expect(figures).toMatchObject({
      runs: runs.length,
      failed: count('error'),
      stalled: count('stalled'),
      running: count('running'),
    });
    const endedWithoutRoot = (await allRuns()).filter(({ status }) => status === 'stalled').length;
    expect(count('running')).toBeGreaterThanOrEqual(endedWithoutRoot);
  });

  it('know the agent of each cost', async () => {
    const byAgent = new Map<string, number>();
    for (const { agent, costUsd } of await allRuns()) {
      if (costUsd !== null) byAgent.set(agent ?? '', (byAgent.get(agent ?? '') ?? 0) + costUsd);
    }
    const { costByAgent } = await readRunFigures(db, 'default', DAY, LATER);
    expect(costByAgent.map(([agent]) => agent).sort()).toEqual([...byAgent.keys()].sort());
    for (const [agent, cost] of costByAgent) expect(cost).toBeCloseTo(byAgent.get(agent) ?? Number.NaN, 9);
  });

  it('have the 95th percentile of the runs that ended', async () => {
    const ended = (await allRuns()).filter(({ status }) => status === 'ok' || status === 'error');
    const durations = ended.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
    const { p95DurationMs } = await readRunFigures(db, 'default', DAY, LATER);
    const below = durations.filter((ms) => ms <= (p95DurationMs ?? 0)).length / durations.length;
    expect(below).toBeGreaterThanOrEqual(0.95);
    expect(durations).toContainEqual(expect.closeTo(p95DurationMs ?? Number.NaN, 5));
  });

  it('of an empty day are none, and its cost is not known', async () => {
    const figures = await readRunFigures(db, 'default', { fromMs: 0, toMs: 1000 }, LATER);
    expect(figures).toMatchObject({ runs: 0, costUsd: null, p95DurationMs: null });
  });
});
