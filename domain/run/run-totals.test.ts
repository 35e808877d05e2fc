import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lowestReports } from './run-totals.ts';

type Reported = { spanId: string; parentSpanId: string | null; tokens: number | null };
const span = (spanId: string, parentSpanId: string | null, tokens: number | null = null): Reported => ({
  spanId,
  parentSpanId,
  tokens,
});
const sum = (...spans: Reported[]) => lowestReports(spans)((one) => one.tokens);

test('nobody reported: unknown, not zero', () => {
  expect(sum(span('a', null), span('b', 'a'))).toBeNull();
  expect(sum()).toBeNull();
  expect(sum(span('a', null, 0))).toBe(0);
});

test('a parent that repeats its children is not counted again, over any number of levels', () => {
  const tree = [
    span('run', null, 465),
    span('agent', 'run', 465),
    span('step', 'agent'),
    span('llm1', 'step', 400),
    span('llm2', 'agent', 65),
  ];
  expect(sum(...tree)).toBe(465);
  expect(sum(...[...tree].reverse())).toBe(465);
});

test('a parent whose children report nothing counts itself', () => {
  expect(sum(span('run', null), span('llm', 'run', 12), span('tool', 'llm'))).toBe(12);
});

test('a missing parent separates: both sides count', () => {
  expect(sum(span('a', null, 1), span('b', 'never received', 2))).toBe(3);
});

test('links in a loop, or to oneself, end and lose no report', () => {
  expect(sum(span('a', 'a', 5))).toBe(5);
  expect(sum(span('a', 'b', 5), span('b', 'a', 7))).toBeGreaterThanOrEqual(5);
  expect(sum(span('a', 'b'), span('b', 'c'), span('c', 'a', 3))).toBe(3);
});

test('each measure is judged on its own', () => {
  const spans = [
    { spanId: 'run', parentSpanId: null, tokens: 10, cost: 1 },
    { spanId: 'llm', parentSpanId: 'run', tokens: 10, cost: null },
  ];
  const total = lowestReports(spans);
  expect([total((one) => one.tokens), total((one) => one.cost)]).toEqual([10, 1]);
});

test('a chain of a hundred thousand spans is no problem', () => {
  const chain = Array.from({ length: 100_000 }, (_, i) => span(String(i), i === 0 ? null : String(i - 1), 1));
  expect(sum(...chain)).toBe(1);
});

test('for any links, loops too: it ends, counts at least one report, and never more than all', () => {
  const anySpans = fc.uniqueArray(
    fc.record({
      spanId: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      parentSpanId: fc.constantFrom(null, 'a', 'b', 'c', 'd', 'e', 'f', 'gone'),
      tokens: fc.option(fc.integer({ min: 1, max: 9 })),
    }),
    { selector: (one) => one.spanId },
  );
  fc.assert(
    fc.property(anySpans, (spans) => {
      const total = sum(...spans);
      const reports = spans.flatMap((one) => one.tokens ?? []);
      if (reports.length === 0) expect(total).toBeNull();
      else {
        expect(total).toBeGreaterThanOrEqual(Math.min(...reports));
        expect(total).toBeLessThanOrEqual(reports.reduce((all, one) => all + one, 0));
      }
    }),
    { numRuns: 500 },
  );
});

test('for any tree: the sum of the reports without a report below them', () => {
  // Span i hangs under a span before it, so there is no loop.
  const anyTree = fc
    .array(fc.record({ parent: fc.nat(), tokens: fc.option(fc.integer({ min: 0, max: 9 })) }), {
      minLength: 1,
      maxLength: 30,
    })
    .map((nodes) => nodes.map((node, i) => span(String(i), i === 0 ? null : String(node.parent % i), node.tokens)));
  fc.assert(
    fc.property(anyTree, (spans) => {
      const children = (parent: Reported) => spans.filter((one) => one.parentSpanId === parent.spanId);
      const below = (one: Reported): boolean => children(one).some((child) => child.tokens !== null || below(child));
      const counted = spans.filter((one) => one.tokens !== null && !below(one));
      const expected = counted.length === 0 ? null : counted.reduce((all, one) => all + (one.tokens ?? 0), 0);
      expect(sum(...spans)).toBe(expected);
    }),
  );
});
