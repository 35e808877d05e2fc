import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { SPAN_KINDS } from '#contracts/span';
import { type SummedUp, sumUp } from '#domain/run/summarize-run';
import { at, id, insertSpans, NOW_MS, openTestDatabase, span, type TestSpan } from '../test/support/span-rows.ts';
import { propertyRuns } from '../test/support/tier.ts';
import type { Database } from './database.ts';
import { findTraces, type TracePlace } from './find-traces.ts';
import { eachKnownBatch } from './known-runs.ts';
import { BOUNDS, type Bounds } from './large-run-sql.ts';
import { readLargeRun } from './read-large-run.ts';

vi.setConfig({ testTimeout: 900_000, hookTimeout: 60_000 });
let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

const often = <T>(value: T, others: fc.Arbitrary<T>) => fc.oneof({ weight: 3, arbitrary: fc.constant(value) }, others);
const names = ['plan', ' plan ', '\u00a0plan', 'read', 'ask desk', '', '\u3000'];

/** A span whose number is its place; its parent may be any other, itself, none or one that never came. */
const anySpan = fc.record({
  parent: fc.oneof(fc.constant(0), fc.nat(14), fc.constant(99)),
  startMs: fc.nat(20),
  tookMs: fc.nat(6),
  name: fc.constantFrom(...names),
  tool_name: often('', fc.constantFrom('plan', 'search', ' search')),
  kind: fc.constantFrom(...SPAN_KINDS),
  agent: often('', fc.constantFrom('desk', 'helper', 'other one')),
  service: fc.constantFrom('shop', 'payments', 'mail'),
  session_id: often('', fc.constantFrom('s1', 's2')),
  user_id: often('', fc.constant('u')),
  model: often('', fc.constantFrom('m1', 'm2')),
  otel_kind: often(1, fc.constantFrom(2, 3, 5)),
  flags: often(0, fc.constantFrom(0x300, 0x4000_0300)),
  error: often(null, fc.constantFrom('Timeout', 'circuit_open', '')),
  error_message: fc.constantFrom('', 'no answer', 'timed out after 8 s'),
  tokens_in: often<number | null>(null, fc.nat(50)),
  tokens_out: often<number | null>(null, fc.nat(50)),
  cost_usd: often<number | null>(
    null,
    fc.nat(8).map((n) => n / 8),
  ),
  decision_name: often('', fc.constantFrom('route', 'risk')),
  decision_choice: often('', fc.constantFrom('a', 'b')),
  decision_confidence: often<number | null>(null, fc.constantFrom(0.2, 0.5, 0.7)),
  decision_threshold: often<number | null>(null, fc.constantFrom(0.2, 0.45, 0.9)),
  decision_outcome: often('', fc.constantFrom('pending', 'executed')),
  retry_attempt: often<number | null>(null, fc.nat(3)),
  escalation_target: often('', fc.constantFrom('ana', 'desk')),
  stop_reason: often('', fc.constantFrom('max_steps', 'goal_reached')),
  reason: often('', fc.constantFrom('asked ana', 'limit reached')),
  marks: often<string[]>(
    [],
    fc.constantFrom(['degraded: fallback risk'], ['circuit: opened pay'], ['degraded: skipped a, b']),
  ),
  isSentAgain: often(false, fc.constant(true)),
});

function rowsOf(
  trace: number,
  made: readonly (typeof anySpan extends fc.Arbitrary<infer T> ? T : never)[],
): TestSpan[] {
  return made.flatMap(({ parent, startMs, tookMs, error, isSentAgain, ...columns }, i) => {
    const row = span(trace, i + 1, {
      ...columns,
      parent_span_id: id(parent, 16),
      start_time: at(startMs * 1_000_000),
      duration_ns: String(tookMs * 1_000_000),
      is_error: error === null ? 0 : 1,
      error_type: error ?? '',
      received_at: '2026-11-20 12:00:02.000',
    });
    const before = { ...row, received_at: '2026-11-20 12:00:01.000', tokens_in: 7, name: 'older', is_error: 1 };
    return isSentAgain ? [before, row] : [row];
  });
}

async function whole(traceId: string, place: TracePlace): Promise<SummedUp> {
  const summed: SummedUp[] = [];
  await eachKnownBatch(db, 'default', new Map([[traceId, place]]), NOW_MS, async (known) => {
    for (const { spans, open } of known.values()) summed.push(sumUp('default', traceId, spans, NOW_MS, open));
  });
  return summed[0] as SummedUp;
}

async function counted(traceId: string, place: TracePlace, bounds: Bounds): Promise<SummedUp> {
  const run = await readLargeRun(db, 'default', traceId, place, async () => [], bounds);
  if (run === null) throw new Error('the run is stored');
  return sumUp('default', traceId, run.spans, NOW_MS, run.open, { counted: run.counted });
}

const RUNS = propertyRuns(4, 100);
/** Less than these runs have of anything, so that every list is cut. */
const FEW: Bounds = { ends: 2, each: 1, parents: 50 };

test('a run that is counted in SQL has the same figures and facts as one that is read whole', async () => {
  const runs = fc.sample(fc.array(anySpan, { minLength: 1, maxLength: 14 }), {
    numRuns: RUNS,
    seed: fc.sample(fc.integer(), 1)[0] as number,
  });
  await insertSpans(
    db,
    runs.flatMap((made, i) => rowsOf(i + 1, made)),
  );
  const places = await findTraces(
    db,
    'default',
    runs.map((_, i) => id(i + 1, 32)),
  );
  for (const [i, made] of runs.entries()) {
    const traceId = id(i + 1, 32);
    const place = places.get(traceId) as TracePlace;
    const expected = await whole(traceId, place);
    const all = await counted(traceId, place, BOUNDS);
    const { partial, ...facts } = all.facts;
    const said = JSON.stringify(made);
    const isSeries = !(partial?.lists.includes('loops') ?? false);
    expect(isSeries ? facts : { ...facts, loops: expected.facts.loops }, said).toEqual(expected.facts);
    expect(
      partial?.lists.filter((list) => list !== 'loops'),
      said,
    ).toEqual([]);
    const { headline, ...figures } = all.run;
    if (isSeries) expect(headline).toBe(expected.run.headline);
    expect(figures, said).toEqual({ ...expected.run, headline: undefined });

    const few = await counted(traceId, place, FEW);
    expect({ ...few.run, headline: '' }, said).toEqual({ ...expected.run, headline: '' });
    const { stepCount, decisionCount, errorCount, slowest, services, helpers, usage, spanCount } = expected.facts;
    expect(few.facts, said).toMatchObject({
      stepCount,
      decisionCount,
      errorCount,
      slowest,
      services,
      helpers,
      usage,
      spanCount,
    });
  }
});
