// What headlines say of limits, policies and answers.
import { expect, test } from 'vitest';
import type { OpenStep } from '#contracts/open-step';
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
/** Its root has not come. */
const begun = (over: Partial<SpanFacts> = {}) => ({ ...root(over), parentSpanId: 'gone' });
const decision = (over: Partial<SpanFacts>) =>
  facts('d', 'root', { startS: 1, kind: 'decision', decisionName: 'intent', decisionChoice: 'refund', ...over });
const timeout = { isError: true, errorType: 'UpstreamTimeout', toolName: 'payments.refund', startS: 3 };

test.each<[string, string, SpanFacts[], Status]>([
  [
    'the limit that stopped the run, and who it was handed to',
    'refund-desk stopped: cost limit reached: 0.06 of 0.05 USD, handed to refund-review',
    [
      root({
        kind: 'agent',
        isError: true,
        errorType: 'budget',
        stopReason: 'budget',
        reason: 'cost limit reached: 0.06 of 0.05 USD',
      }),
      facts('t', 'root', { ...timeout, errorType: 'budget' }),
      facts('e', 'root', { startS: 5, escalationTarget: 'refund-review', reason: 'cost limit reached' }),
    ],
    'error',
  ],
  [
    'a condition of its scope that an agent within the run met',
    'risk-desk stopped: the input is outside its scope (order: missing)',
    [
      root(),
      facts('a', 'root', {
        kind: 'agent',
        agent: 'risk-desk',
        stopReason: 'input_out_of_scope',
        reason: 'the input is outside its scope (order: missing)',
      }),
    ],
    'ok',
  ],
  [
    'the failure of a run, not the stop of an agent within it that it got over',
    'refund-desk failed: ValueError: no order id',
    [
      root({ isError: true, errorType: 'ValueError', errorMessage: 'no order id' }),
      facts('a', 'root', { kind: 'agent', agent: 'risk-desk', stopReason: 'stop_condition', reason: 'no answer' }),
    ],
    'error',
  ],
  [
    'what a run does now, not the stop of an agent within it',
    'refund-desk is running; last step a',
    [
      begun({ endTime: root().startTime }),
      facts('a', 'root', {
        startS: 1,
        kind: 'agent',
        agent: 'risk-desk',
        stopReason: 'budget',
        reason: 'cost limit reached',
      }),
    ],
    'running',
  ],
  [
    'no stop in a run that ended as it was meant to',
    'refund-desk chose refund',
    [root({ kind: 'agent', stopReason: 'goal_reached', reason: 'done' }), decision({})],
    'ok',
  ],
  [
    'what a policy did about an unsure decision',
    'refund-desk handed over to refund-review: unsure of refund, 0.52 of 0.70 needed',
    [
      root(),
      decision({ confidence: 0.52, threshold: 0.7, reason: 'escalated to refund-review: confidence 0.52 below 0.7' }),
      facts('e', 'd', { startS: 2, kind: 'escalation', escalationTarget: 'refund-review' }),
    ],
    'ok',
  ],
  [
    'the decision that a running run waits for',
    'refund-desk is waiting: intent asked ana: confidence 0.52 below 0.7',
    [
      begun({ name: '', kind: 'other' }),
      decision({ decisionOutcome: 'pending', reason: 'asked ana: confidence 0.52 below 0.7' }),
    ],
    'running',
  ],
  [
    'the answer to a decision that asked for one',
    'refund-desk asked ana about intent; the answer was deny',
    [
      root(),
      decision({ decisionOutcome: 'pending', reason: 'asked ana: confidence 0.52 below 0.7' }),
      facts('a', 'root', {
        startS: 8,
        kind: 'decision',
        decisionName: 'intent',
        decisionChoice: 'deny',
        decisionOutcome: 'executed',
      }),
    ],
    'ok',
  ],
  [
    'no waiting once the answer is there',
    'refund-desk is running; last step d2',
    [
      begun(),
      decision({ decisionOutcome: 'pending', reason: 'asked ana: confidence 0.52 below 0.7' }),
      facts('d2', 'root', { startS: 8, kind: 'decision', decisionName: 'intent', decisionOutcome: 'executed' }),
    ],
    'running',
  ],
])('%s: %s', (_case, expected, spans, status) => {
  expect(headlineFor(spans, status)).toBe(expected);
});

test('a run that says whom it waits for names the decision that asked, when one did', () => {
  const spans = [
    begun({ name: '', kind: 'other' }),
    decision({ decisionOutcome: 'pending', reason: 'asked ana: confidence 0.52 below 0.7' }),
  ];
  const step: OpenStep = {
    spanId: 'e',
    parentSpanId: 'root',
    name: 'escalate ana',
    kind: 'escalation',
    service: 'shop',
    agent: null,
    sessionId: null,
    userId: null,
    startTime: '2026-11-20T12:00:09.000000000Z',
    state: 'waiting',
    waitingFor: 'ana',
    lastSeenAt: '2026-11-20T12:00:40.000000000Z',
  };
  const say = (over: Partial<OpenStep>) =>
    summarizeRun('default', '4bf92f3577b34da6a3ce929d0e0e4736', spans, NOW_MS, [{ ...step, ...over }]).headline;
  expect(say({})).toBe('refund-desk is waiting: intent asked ana: confidence 0.52 below 0.7');
  expect(say({ waitingFor: 'finance' })).toBe('refund-desk is waiting for finance');
  expect(say({ state: 'running', name: 'lookup', waitingFor: null })).toBe('refund-desk is running, in lookup');
  expect(say({ state: 'stalled' })).toBe(
    'refund-desk went silent while waiting: intent asked ana: confidence 0.52 below 0.7',
  );
});
