// Pages of runs, compared with every trace read whole, over random stores.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Run } from '#contracts/run';
import type { RunQuery } from '#contracts/search';
import type { Database } from '#storage/database';
import { readAllPages, runQuery } from '../test/support/run-pages.ts';
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
import { propertyRuns } from '../test/support/tier.ts';
import { readTrace } from './read-trace.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });
let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());
let project = 0;

// Starts cluster on few values, so ties are common; hours and days apart, so that windows and hour rows matter.
const anyOffset = fc.oneof(
  fc.constantFrom(0, 1, -1, -SECOND, -HOUR, -HOUR - 1, -25 * HOUR, 2 * HOUR),
  fc.integer({ min: -400, max: 10 }).map((hours) => hours * HOUR + 1234),
);
const anySpan = fc.record({
  trace: fc.integer({ min: 1, max: 12 }),
  number: fc.integer({ min: 1, max: 4 }),
  parent: fc.integer({ min: 0, max: 5 }),
  offset: anyOffset,
  durationNs: fc.constantFrom(0, SECOND, 3 * HOUR),
  isError: fc.boolean(),
  agent: fc.constantFrom('', 'a', 'b'),
  confidence: fc.constantFrom(null, 0.2, 0.8),
  word: fc.constantFrom('refund', 'escalate'),
});
type AnySpan = typeof anySpan extends fc.Arbitrary<infer T> ? T : never;
// Both short and long: a few runs on one page, and many on many.
const anySpans = (most: number) =>
  fc.oneof(fc.array(anySpan, { minLength: 1, maxLength: 8 }), fc.array(anySpan, { minLength: 12, maxLength: most }));
const anyHour = fc.integer({ min: -30, max: 1 }).map((hours) => NOW_MS + hours * 3_600_000);
// At most one filter besides the time range: with more, hardly any run is left to page through.
const anyFilter = fc
  .tuple(
    fc.record({ from: anyHour, to: anyHour }, { requiredKeys: [] }),
    fc.oneof(
      fc.constant({}),
      fc.record({ agent: fc.constantFrom('a', 'b') }),
      fc.record({ status: fc.constantFrom('ok', 'error', 'stalled', 'running') }),
      fc.record({ maxConfidence: fc.constantFrom(0.1, 0.5) }),
      fc.record({ minDurationMs: fc.constantFrom(1, 5_000_000) }),
      fc.record({ q: fc.constantFrom('REFUND', 'escal') }),
      fc.record({ attr: fc.constantFrom('word=refund', 'word=escalate') }),
    ),
  )
  .map(([range, filter]): Record<string, unknown> => ({ ...range, ...filter }));

const anyLimit = fc.integer({ min: 1, max: 5 });

test('paging gives each matching run once and in order, by the newest copy of each span, for any spans, late arrivals, filter and page size', async () => {
  const anyWorld = fc.record({ spans: anySpans(40), limit: anyLimit, filter: anyFilter });
  await holdsInMany(anyWorld, propertyRuns(4, 40), true, async (projectId, { spans, limit, filter }) => {
    const expected = await runsByReadingEachTrace(projectId, spans, runQuery(filter));
    expect(await readAllPages(db, projectId, filter, limit)).toEqual(expected);
  });
});

test('a span that was sent again with another start still gives its run once, and only where the newest copy fits', async () => {
  const anyUntil = fc.record({ to: anyHour }, { requiredKeys: [] });
  const anyWorld = fc.record({ spans: anySpans(30), limit: anyLimit, filter: anyUntil });
  await holdsInMany(anyWorld, propertyRuns(2, 20), false, async (projectId, { spans, limit, filter }) => {
    const expected = await runsByReadingEachTrace(projectId, spans, runQuery(filter));
    const paged = await readAllPages(db, projectId, filter, limit);
    const byId = (runs: readonly Run[]) => [...runs].sort((a, b) => (a.traceId < b.traceId ? -1 : 1));
    expect(byId(paged)).toEqual(byId(expected));
  });
});

/** Stores many worlds at once, each in a project of its own, since each insert has its price; then looks at each. */
async function holdsInMany<World extends { readonly spans: readonly AnySpan[] }>(
  anyWorld: fc.Arbitrary<World>,
  count: number,
  keepStart: boolean,
  holds: (projectId: string, world: World) => Promise<void>,
): Promise<void> {
  const anyWorlds = fc.array(anyWorld, { minLength: count, maxLength: count });
  const look = async (worlds: readonly World[]) => {
    const stored = worlds.map((world) => ({ projectId: `p${++project}`, world }));
    const copies = stored.map(({ projectId, world }) => copiesOf(projectId, world.spans, keepStart));
    await insertSpans(
      db,
      copies.flatMap(([early]) => early),
    );
    await insertSpans(
      db,
      copies.flatMap(([, late]) => late),
    );
    for (const { projectId, world } of stored) {
      try {
        await holds(projectId, world);
      } catch (cause) {
        throw new Error(`not so for ${JSON.stringify(world)}`, { cause });
      }
    }
  };
  await fc.assert(fc.asyncProperty(anyWorlds, look), { numRuns: 1, endOnFailure: true });
}

/**
 * The rows of two blocks. Equal ids are copies of one span, the first of them the newest; they differ in all but their
 * parent, and their start unless it is kept.
 */
function copiesOf(projectId: string, spans: readonly AnySpan[], keepStart: boolean): [TestSpan[], TestSpan[]] {
  const first = new Map([...spans].reverse().map((one) => [`${one.trace}/${one.number}`, one]));
  const rows = spans.map((one, i) => {
    const newest = first.get(`${one.trace}/${one.number}`) as AnySpan;
    return span(one.trace, one.number, {
      project_id: projectId,
      parent_span_id: id(newest.parent, 16),
      start_time: at(keepStart ? newest.offset : one.offset),
      name: `to ${one.word}`,
      attributes: { word: one.word },
      attribute_types: 's',
      duration_ns: String(one.durationNs),
      is_error: one.isError ? 1 : 0,
      agent: one.agent,
      decision_confidence: one.confidence,
      received_at: at(-i * 20 * SECOND).slice(0, 23),
    });
  });
  const half = Math.ceil(rows.length / 2);
  return [rows.slice(0, half), rows.slice(half)];
}

/** The list, made the slow way: every trace read whole, filtered and sorted here. */
async function runsByReadingEachTrace(projectId: string, spans: readonly AnySpan[], filter: RunQuery): Promise<Run[]> {
  const runs: Run[] = [];
  for (const trace of new Set(spans.map((one) => one.trace))) {
    const read = await readTrace(db, projectId, id(trace, 32), NOW_MS);
    if (read === null) throw new Error(`trace ${trace} is missing`);
    const startMs = Date.parse(read.run.startTime);
    const fits =
      (filter.agent === undefined || read.spans.some((row) => filter.agent?.includes(row.agent ?? ''))) &&
      (filter.status === undefined || filter.status.includes(read.run.status)) &&
      (filter.q === undefined ||
        read.spans.some((row) => row.name.toLowerCase().includes(filter.q?.toLowerCase() ?? ''))) &&
      // Name and attribute say the same word.
      (filter.attr === undefined || read.spans.some((row) => `word=${row.name.slice(3)}` === filter.attr?.[0])) &&
      (filter.maxConfidence === undefined || (read.run.minConfidence ?? 2) <= filter.maxConfidence) &&
      (filter.minDurationMs === undefined || read.run.durationMs >= filter.minDurationMs) &&
      (filter.from === undefined || startMs >= filter.from) &&
      (filter.to === undefined || startMs < filter.to);
    if (fits) runs.push(read.run);
  }
  const key = (run: Run) => `${run.startTime} ${run.traceId}`;
  return runs.sort((a, b) => (key(a) < key(b) ? 1 : -1));
}
