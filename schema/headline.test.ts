import fc from 'fast-check';
import { expect, test } from 'vitest';
import { facts } from '../test/support/span-facts.ts';
import { headline } from './headline.ts';
import { topSpan } from './run-status.ts';
import { byStart, type SpanFacts } from './span-facts.ts';

function told(spans: SpanFacts[], status: Parameters<typeof headline>[2] = 'ok'): string {
  const ordered = [...spans].sort(byStart);
  return headline(ordered, topSpan(ordered), status);
}
const root = (over: Partial<SpanFacts> = {}) =>
  facts('root', null, { name: 'refund request', agent: 'refund-desk', ...over });
const failedRoot = root({ isError: true });
const decision = (over: Partial<SpanFacts>) =>
  facts('d', 'root', { startS: 1, kind: 'decision', decisionName: 'intent', decisionChoice: 'refund', ...over });
const timeout = { isError: true, errorType: 'UpstreamTimeout', toolName: 'payments.refund', startS: 3 };

test.each<[string, string, SpanFacts[], Parameters<typeof headline>[2]]>([
  ['a plain run', 'refund request', [root()], 'ok'],
  [
    'a failure and its cause',
    'refund-desk failed: payments.refund timed out (UpstreamTimeout), escalated to payments-oncall',
    [failedRoot, facts('t', 'root', timeout), facts('e', 'root', { startS: 5, escalationTarget: 'payments-oncall' })],
    'error',
  ],
  [
    'the attempt that failed last',
    'refund-desk failed: payments.refund failed on attempt 3 (CardDeclined: insufficient funds)',
    [
      failedRoot,
      facts('t1', 'root', { ...timeout, retryAttempt: 0 }),
      facts('t3', 'root', {
        ...timeout,
        startS: 7,
        retryAttempt: 2,
        errorType: 'CardDeclined',
        errorMessage: 'insufficient funds',
      }),
    ],
    'error',
  ],
  [
    'the innermost failed step, not the steps that passed it on',
    'refund-desk failed: db failed (PoolExhausted)',
    [
      failedRoot,
      facts('tool', 'root', { startS: 1, isError: true, errorType: 'ToolError' }),
      facts('db', 'tool', { startS: 2, isError: true, errorType: 'PoolExhausted' }),
    ],
    'error',
  ],
  [
    'a failure of the run itself',
    'refund-desk failed (ValueError: no order id)',
    [root({ isError: true, errorType: 'ValueError', errorMessage: 'no order id' })],
    'error',
  ],
  [
    'what the run said itself, when it is more than its step said',
    'Refund of order 48213 not paid, escalated to payments-oncall',
    [
      root({ isError: true, errorType: 'RefundNotPaid', errorMessage: 'Refund of order 48213 not paid' }),
      facts('t', 'root', { ...timeout, errorMessage: 'no answer in 8 s' }),
      facts('e', 'root', { startS: 5, escalationTarget: 'payments-oncall' }),
    ],
    'error',
  ],
  [
    'who took over, once',
    'Refund not paid, handed to payments-oncall',
    [
      root({ isError: true, errorMessage: 'Refund not paid, handed to payments-oncall' }),
      facts('t', 'root', { ...timeout, errorMessage: 'no answer in 8 s' }),
      facts('e', 'root', { startS: 5, escalationTarget: 'payments-oncall' }),
    ],
    'error',
  ],
  [
    'an error that was only passed on',
    'refund-desk failed: payments.refund failed (CardDeclined: no funds)',
    [
      root({ isError: true, errorType: 'CardDeclined', errorMessage: 'no funds' }),
      facts('t', 'root', { ...timeout, errorType: 'CardDeclined', errorMessage: 'no funds' }),
    ],
    'error',
  ],
  [
    'a name that would turn the reading direction',
    'evil agent failed',
    [facts('root', null, { agent: '\u202eevil\u2066 agent', isError: true })],
    'error',
  ],
  ['a failure without a reason', 'refund-desk failed', [failedRoot], 'error'],
  [
    'a message on several lines',
    'refund-desk failed (boom)',
    [root({ isError: true, errorMessage: 'boom\n  at file.ts:1' })],
    'error',
  ],
  ['doubt', 'intent chose refund at 0.46, below 0.70', [root(), decision({ confidence: 0.46, threshold: 0.7 })], 'ok'],
  [
    'the greatest doubt of several, and who took over',
    'route chose human at 0.10, below 0.50, escalated to desk',
    [
      root(),
      decision({ confidence: 0.46, threshold: 0.7 }),
      decision({
        spanId: 'd2',
        decisionName: 'route',
        decisionChoice: 'human',
        confidence: 0.1,
        threshold: 0.5,
        escalationTarget: 'desk',
      }),
    ],
    'ok',
  ],
  [
    'doubt by a hair',
    'intent chose refund at 0.699, below 0.700',
    [root(), decision({ confidence: 0.6994, threshold: 0.7 })],
    'ok',
  ],
  [
    'doubt without a choice',
    'intent decided at 0.40, below 0.70',
    [root(), decision({ decisionChoice: null, confidence: 0.4, threshold: 0.7 })],
    'ok',
  ],
  [
    'confidence without a threshold is no doubt',
    'refund-desk chose refund',
    [root(), decision({ confidence: 0.1 })],
    'ok',
  ],
  [
    'choices in order',
    'refund-desk chose refund, auto_refund',
    [root(), decision({}), decision({ spanId: 'd2', decisionChoice: 'auto_refund' })],
    'ok',
  ],
  [
    'confidence at its threshold is no doubt',
    'refund-desk chose refund',
    [root(), decision({ confidence: 0.7, threshold: 0.7 })],
    'ok',
  ],
  [
    'an escalation',
    'refund-desk escalated to payments-oncall',
    [root(), facts('e', 'root', { escalationTarget: 'payments-oncall' })],
    'ok',
  ],
  [
    'a recovery',
    'refund-desk finished with 2 failed steps (UpstreamTimeout)',
    [root(), facts('t', 'root', timeout), facts('u', 'root', timeout)],
    'ok',
  ],
  [
    'a run that went on without something',
    'refund-desk chose refund, degraded: without risk, stock',
    [
      root(),
      decision({}),
      facts('r', 'root', { marks: [{ code: 'degraded', detail: 'fallback risk' }] }),
      facts('s', 'root', { marks: [{ code: 'degraded', detail: 'skipped risk, stock' }] }),
    ],
    'ok',
  ],
  [
    'a run that runs',
    'refund-desk is running; last step plan',
    [facts('plan', 'root', { agent: 'refund-desk' })],
    'running',
  ],
  [
    'a run that went silent',
    'refund-desk went silent; last step payments.refund',
    [facts('plan', 'root', { agent: 'refund-desk' }), facts('t', 'root', { startS: 4, toolName: 'payments.refund' })],
    'stalled',
  ],
  ['nobody named', 'root failed', [facts('root', null, { isError: true })], 'error'],
])('%s: %s', (_case, expected, spans, status) => {
  expect(told(spans, status)).toBe(expected);
});

test('it is one line of at most 160 characters, whatever was recorded', () => {
  const anyText = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.constant('🙂'.repeat(200)));
  fc.assert(
    fc.property(
      anyText,
      anyText,
      anyText,
      fc.constantFrom('ok', 'error', 'running', 'stalled'),
      (name, message, target, status) => {
        const spans = [
          facts('root', null, { name, isError: status === 'error', errorMessage: message }),
          facts('s', 'root', {
            name: message,
            startS: 1,
            isError: true,
            errorType: name || null,
            escalationTarget: target || null,
          }),
        ];
        const line = told(spans, status);
        expect([...line].length).toBeLessThanOrEqual(160);
        expect(line).not.toMatch(/[\n\r\t]/);
        expect(line.isWellFormed()).toBe(true);
      },
    ),
  );
});
