// Facts say what spans say, each with the spans that show it.
import { expect, test } from 'vitest';
import { runFactsSchema } from '#contracts/run-facts';
import { facts as span } from '../../../test/support/span-facts.ts';
import type { SpanFacts } from '../span-facts.ts';
import { storyText } from '../story/words.ts';
import { writeSummary } from '../story/write-summary.ts';
import { sumUp } from '../summarize-run.ts';
import type { Payload } from './excerpts.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 13);
const factsOf = (spans: SpanFacts[], payloads: Payload[] = []) =>
  sumUp('default', '4bf92f3577b34da6a3ce929d0e0e4736', spans, NOW_MS, [], { payloads }).facts;

const root = (over: Partial<SpanFacts> = {}) =>
  span('root', null, {
    name: 'refund request',
    kind: 'agent',
    agent: 'refund-desk',
    endTime: '2026-11-20T12:00:42.000000000Z',
    ...over,
  });
const payment = (attempt: number, startS: number, over: Partial<SpanFacts> = {}) =>
  span(`try-${attempt}`, 'pay', {
    startS,
    name: 'payments.refund',
    kind: 'tool',
    toolName: 'payments.refund',
    retryAttempt: attempt,
    isError: true,
    errorType: 'UpstreamTimeout',
    errorMessage: 'no answer in 8 s',
    ...over,
  });
const FAILED = [
  root({ isError: true, errorType: 'RefundNotPaid', errorMessage: 'Refund of order 48213 not paid' }),
  span('d', 'root', {
    startS: 2,
    kind: 'decision',
    agent: 'refund-desk',
    decisionName: 'refund_route',
    decisionChoice: 'auto_refund',
    decisionOptions: ['auto_refund', 'deny'],
    confidence: 0.72,
    threshold: 0.7,
  }),
  span('pay', 'root', {
    startS: 5,
    name: 'payments.refund',
    kind: 'tool',
    toolName: 'payments.refund',
    isError: true,
    errorType: 'RetriesExhausted',
    endTime: '2026-11-20T12:00:30.000000000Z',
  }),
  payment(0, 5),
  payment(1, 14),
  payment(2, 29, { errorType: 'circuit_open', errorMessage: 'circuit payments is open' }),
  span('e', 'root', { startS: 35, kind: 'escalation', escalationTarget: 'payments-oncall', reason: 'two timeouts' }),
];

test('a failed run: where it began, its attempts, its decision, who took over', () => {
  const facts = factsOf(FAILED, [{ spanId: 'root', input: '{"message":"My lamp came late"}', output: null }]);
  expect(runFactsSchema.parse(facts)).toEqual(facts);
  expect(facts).toMatchObject({
    outcome: 'failed',
    who: { spanId: 'root', name: 'refund-desk', isAgent: true },
    durationMs: 42_000,
    asked: { spanId: 'root', text: 'My lamp came late' },
    ownWords: { spanId: 'root', text: 'Refund of order 48213 not paid' },
    rootError: { spanId: 'try-1', step: 'payments.refund', errorType: 'UpstreamTimeout', timedOut: true, attempt: 2 },
    retries: [
      {
        step: 'payments.refund',
        attempts: 3,
        failed: 3,
        succeeded: false,
        spanIds: ['pay', 'try-0', 'try-1', 'try-2'],
      },
    ],
    escalations: [{ spanId: 'e', target: 'payments-oncall', reason: 'two timeouts', atMs: 35_000 }],
    decisions: [{ spanId: 'd', name: 'refund_route', choice: 'auto_refund', optionCount: 2, standing: 'near' }],
    slowest: { spanId: 'pay', step: 'payments.refund', durationMs: 25_000 },
    stepCount: 3,
  });
  expect(facts.errors.map(({ step, errorType, count }) => [step, errorType, count])).toEqual([
    ['payments.refund', 'UpstreamTimeout', 2],
    ['payments.refund', 'circuit_open', 1],
  ]);
});

test('its summary, written from these facts', () => {
  const { headline, sentences } = writeSummary(factsOf(FAILED));
  expect(headline).toBe('Refund of order 48213 not paid: payments.refund timed out, handed to payments-oncall');
  expect(storyText({ sentences })).toContain('the open circuit refused one more call');
  expect(sentences.every(({ spanIds }) => spanIds.length > 0)).toBe(true);
});
