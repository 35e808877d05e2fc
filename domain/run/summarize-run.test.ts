import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runSchema } from '#contracts/run';
import { facts } from '../../test/support/span-facts.ts';
import type { SpanFacts } from './span-facts.ts';
import { summarizeRun } from './summarize-run.ts';

const summarize = (spans: SpanFacts[]) => runSchema.parse(summarizeRun('default', 't', spans, 0));

test('a run takes its name and service from its top span, and its length from the first start to the last end', () => {
  const spans = [
    facts('root', null, { name: 'refund', service: 'desk', startS: 1, endTime: '2026-11-20T12:00:05.000000001Z' }),
    facts('early', 'root', { startS: 0, service: 'queue' }),
    facts('late', 'root', { startS: 4, endTime: '2026-11-20T12:00:30.500000002Z' }),
  ];
  expect(summarize(spans)).toMatchObject({
    name: 'refund',
    service: 'desk',
    startTime: '2026-11-20T12:00:00.000000000Z',
    endTime: '2026-11-20T12:00:30.500000002Z',
    durationMs: 30_500.000002,
    spanCount: 3,
  });
});

test('the agent is the top span’s, else the first one named; session and user are the first ones named', () => {
  const step = facts('a', 'root', { startS: 2, agent: 'second', sessionId: 's2', userId: 'u' });
  const first = facts('b', 'root', { startS: 1, agent: 'first', sessionId: 's1' });
  expect(summarize([facts('root', null), step, first])).toMatchObject({ agent: 'first', sessionId: 's1', userId: 'u' });
  expect(summarize([facts('root', null, { agent: 'top', startS: 9 }), step, first]).agent).toBe('top');
  expect(summarize([facts('root', null)])).toMatchObject({ agent: null, sessionId: null, userId: null });
});

test('the error type is the top span’s when it failed, else that of the first failure', () => {
  const inner = facts('a', 'root', { isError: true, errorType: 'Inner', startS: 2 });
  const before = facts('b', 'root', { isError: true, errorType: 'Before', startS: 1 });
  expect(
    summarize([facts('root', null, { isError: true, errorType: 'Outer', startS: 5 }), inner, before]).errorType,
  ).toBe('Outer');
  expect(summarize([facts('root', null, { isError: true }), inner, before]).errorType).toBe('Before');
  expect(summarize([facts('root', null), inner])).toMatchObject({ status: 'ok', errorType: 'Inner', errorCount: 1 });
});

test('the least confidence comes with the threshold that stood against it', () => {
  const decide = (spanId: string, confidence: number | null, threshold: number | null) =>
    facts(spanId, 'root', { kind: 'decision', confidence, threshold });
  const spans = [facts('root', null), decide('a', 0.8, 0.9), decide('b', 0.3, 0.25), decide('c', null, 0.1)];
  expect(summarize(spans)).toMatchObject({ minConfidence: 0.3, minConfidenceThreshold: 0.25, decisionCount: 3 });
  expect(summarize([facts('root', null)])).toMatchObject({ minConfidence: null, minConfidenceThreshold: null });
  expect(summarize([facts('root', null), decide('z', 0, null)])).toMatchObject({ minConfidence: 0 });
});

test('models are listed once each, by name; totals of nothing are unknown', () => {
  const spans = [
    facts('root', null),
    facts('a', 'root', { model: 'm2' }),
    facts('b', 'root', { model: 'm1' }),
    facts('c', 'root', { model: 'm2' }),
  ];
  expect(summarize(spans)).toMatchObject({ model: ['m1', 'm2'], tokensIn: null, tokensOut: null, costUsd: null });
});

test('the order in which spans arrived changes nothing', () => {
  const spans = [
    facts('root', 'elsewhere', { otelKind: 2, startS: 1 }),
    facts('a', 'root', { startS: 1, agent: 'a', isError: true, errorType: 'A', tokensIn: 1 }),
    facts('b', 'root', { startS: 1, agent: 'b', isError: true, errorType: 'B', tokensIn: 2, escalationTarget: 'x' }),
    facts('c', 'a', { startS: 1, confidence: 0.1, threshold: 0.2, sessionId: 'c', escalationTarget: 'y' }),
    facts('d', 'a', { startS: 1, confidence: 0.1, threshold: 0.3, sessionId: 'd' }),
  ];
  const expected = summarize(spans);
  fc.assert(
    fc.property(fc.shuffledSubarray(spans, { minLength: spans.length }), (shuffled) => {
      expect(summarize(shuffled)).toEqual(expected);
    }),
  );
});
