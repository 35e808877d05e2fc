import { expect, test } from 'vitest';
import { facts } from '../../../test/support/span-facts.ts';
import type { SpanFacts } from '../span-facts.ts';
import { summarizeRun } from '../summarize-run.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 12, 1);
type Status = 'ok' | 'error' | 'running' | 'stalled';

/** As the list of runs shows it. Without a root it is running, or stalled once it was silent for long. */
function headlineFor(spans: SpanFacts[], status: Status = 'ok'): string {
  const run = summarizeRun(
    'default',
    '4bf92f3577b34da6a3ce929d0e0e4736',
    spans,
    status === 'stalled' ? NOW_MS + 3_600_000 : NOW_MS,
  );
  expect(run.status).toBe(status);
  return run.headline;
}
const root = (over: Partial<SpanFacts> = {}) =>
  facts('root', null, { name: 'refund request', agent: 'refund-desk', ...over });
const failedRoot = root({ isError: true });
const decision = (over: Partial<SpanFacts>) =>
  facts('d', 'root', { startS: 1, kind: 'decision', decisionName: 'intent', decisionChoice: 'refund', ...over });
const timeout = { isError: true, errorType: 'UpstreamTimeout', toolName: 'payments.refund', startS: 3 };

test.each<[string, string, SpanFacts[], Status]>([
  ['a plain run', 'refund-desk finished in 1.00 s', [root()], 'ok'],
  [
    'a failure and its cause',
    'refund-desk failed: payments.refund timed out, handed to payments-oncall',
    [failedRoot, facts('t', 'root', timeout), facts('e', 'root', { startS: 5, escalationTarget: 'payments-oncall' })],
    'error',
  ],
  [
    'the attempt that failed last',
    'refund-desk failed in payments.refund on attempt 3: CardDeclined: insufficient funds',
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
    'refund-desk failed in db: PoolExhausted',
    [
      failedRoot,
      facts('tool', 'root', { startS: 1, isError: true, errorType: 'ToolError' }),
      facts('db', 'tool', { startS: 2, isError: true, errorType: 'PoolExhausted' }),
    ],
    'error',
  ],
  [
    'a failure of the run itself',
    'refund-desk failed: ValueError: no order id',
    [root({ isError: true, errorType: 'ValueError', errorMessage: 'no order id' })],
    'error',
  ],
  [
    'what the run said itself, when it is more than its step said',
    'Refund of order 48213 not paid: payments.refund timed out, handed to payments-oncall',
    [
      root({ isError: true, errorType: 'RefundNotPaid', errorMessage: 'Refund of order 48213 not paid' }),
      facts('t', 'root', { ...timeout, errorMessage: 'no answer in 8 s' }),
      facts('e', 'root', { startS: 5, escalationTarget: 'payments-oncall' }),
    ],
    'error',
  ],
  [
    'who took over, once',
    'Refund not paid, handed to payments-oncall: payments.refund timed out',
    [
      root({ isError: true, errorMessage: 'Refund not paid, handed to payments-oncall' }),
      facts('t', 'root', { ...timeout, errorMessage: 'no answer in 8 s' }),
      facts('e', 'root', { startS: 5, escalationTarget: 'payments-oncall' }),
    ],
    'error',
  ],
  [
    'an error that was only passed on',
    'refund-desk failed in payments.refund: CardDeclined: no funds',
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
    'refund-desk failed: boom',
    [root({ isError: true, errorMessage: 'boom\n  at file.ts:1' })],
    'error',
  ],
  [
    'doubt',
    'refund-desk chose refund at 0.46, below the 0.70 it needs',
    [root(), decision({ confidence: 0.46, threshold: 0.7 })],
    'ok',
  ],
  [
    'the greatest doubt of several, and who took over',
    'refund-desk handed over to desk: unsure of human, 0.10 of 0.50 needed',
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
    'refund-desk chose refund at 0.699, below the 0.700 it needs',
    [root(), decision({ confidence: 0.6994, threshold: 0.7 })],
    'ok',
  ],
  [
    'doubt without a choice',
    'refund-desk could not settle intent at 0.40, below the 0.70 it needs',
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
    'refund-desk handed over to payments-oncall',
    [root(), facts('e', 'root', { escalationTarget: 'payments-oncall' })],
    'ok',
  ],
  [
    'a recovery',
    'refund-desk finished although payments.refund timed out twice',
    [root(), facts('t', 'root', timeout), facts('u', 'root', timeout)],
    'ok',
  ],
  [
    'a run that went on without something',
    'refund-desk finished without risk, stock',
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
    [facts('plan', 'root', { agent: 'refund-desk', startS: 30 })],
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
  expect(headlineFor(spans, status)).toBe(expected);
});
