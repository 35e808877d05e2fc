// The story is told from recorded facts, in order of time, and each sentence names its span.
import { describe, expect, it } from 'vitest';
import { longestStep, mostTelling, patternCount } from './facts.ts';
import { decided, spanRow } from './fixture.ts';
import { storyOf } from './story.ts';

const RUN = [
  spanRow('root', null, 0, 42_000, { kind: 'agent', isError: true, errorType: 'Timeout' }),
  spanRow('easy', 'root', 100, 10, { decision: decided(0.94, 0.8) }),
  spanRow('close', 'root', 200, 10, { decision: decided(0.72, 0.7) }),
  spanRow('pay', 'root', 1000, 19_000, { isError: true, errorType: 'Timeout' }),
  spanRow('try-1', 'pay', 1000, 8000, {
    isError: true,
    errorType: 'Timeout',
    toolName: 'payments.refund',
    fingerprint: 'f',
  }),
  spanRow('try-2', 'pay', 9000, 8000, {
    isError: true,
    errorType: 'Timeout',
    toolName: 'payments.refund',
    fingerprint: 'f',
  }),
  spanRow('unsure', 'root', 38_000, 10, { decision: decided(0.46, 0.7, 'retry_later') }),
  spanRow('person', 'root', 39_000, 10, { kind: 'escalation', escalationTarget: 'payments-oncall' }),
];
const read = (spans = RUN) => storyOf(spans).map((sentence) => sentence.words.map((each) => each.text).join(''));

describe('the story', () => {
  it('tells close and low decisions, failures where they began, and the handover', () => {
    expect(read()).toEqual([
      'refund-desk chose auto_refund at 0.72, just over its 0.70 threshold.',
      'payments.refund failed 2 times with Timeout, after 16.0 s in all.',
      'refund-desk chose retry_later at 0.46, below its 0.70 threshold.',
      'It was handed to payments-oncall.',
    ]);
    expect(storyOf(RUN).map((sentence) => sentence.spanId)).toEqual(['close', 'try-1', 'unsure', 'person']);
  });
  it('tells how steps got through, each fact once', () => {
    const marked = (spanId: string, name: string, code: string, detail: string, more = {}) =>
      spanRow(spanId, 'root', 10, 5, { name, marks: [{ code, detail }], ...more });
    const first = [
      spanRow('root', null, 0, 900, { kind: 'agent' }),
      marked('a', 'pay', 'retry', '1 of 3'),
      marked('b', 'pay', 'retry', '2 of 3'),
      marked('c', 'orders.get', 'schema_changed', 'total missing, status new value'),
      marked('d', 'risk.score', 'degraded', 'fallback risk'),
      marked('e', 'risk.score', 'degraded', 'fallback risk'),
      marked('f', 'refresh token crm', 'token_refreshed', 'rejected'),
    ];
    expect(read(first)).toEqual([
      'pay succeeded on retry 2 of 3.',
      'The answer of orders.get no longer fits its schema: total missing, status new value.',
      'It went on without risk, degraded.',
      'The token of crm was refreshed after a 401.',
    ]);
    const second = [
      marked('g', 'pay', 'circuit', 'open payments'),
      marked('h', 'dead letter pay', 'dead_letter', 'max_attempts'),
      marked('i', 'pay', 'key', 'replayed'),
      marked('j', 'pay', 'circuit', 'closed payments'),
    ];
    expect(read(second)).toEqual([
      'The circuit payments opened.',
      'pay was kept as a dead letter.',
      'pay had been done before, so its result was used again.',
      'The circuit payments closed again.',
    ]);
  });
  it('keeps words of strangers apart, so that they can be isolated', () => {
    const told = storyOf(RUN).flatMap((sentence) =>
      sentence.words.filter((each) => each.isTold).map((each) => each.text),
    );
    expect(told).toEqual([
      'refund-desk',
      'auto_refund',
      'payments.refund',
      'Timeout',
      'refund-desk',
      'retry_later',
      'payments-oncall',
    ]);
  });
  it('tells what a policy did, and why it was handed over only once', () => {
    const reason = 'escalated to refund-review: confidence 0.52 below 0.7';
    const handover = { kind: 'escalation', escalationTarget: 'refund-review' } as const;
    expect(
      read([
        spanRow('root', null, 0, 100, { kind: 'agent' }),
        spanRow('unsure', 'root', 1, 10, { decision: decided(0.52, 0.7), reason }),
        spanRow('to', 'unsure', 2, 1, { ...handover, reason: 'refund_route: confidence 0.52 below 0.7' }),
      ]),
    ).toEqual([`refund-desk chose auto_refund; ${reason}.`, 'It was handed to refund-review.']);
    expect(read([spanRow('to', null, 2, 1, { ...handover, reason: 'three timeouts' })])).toEqual([
      'It was handed to refund-review: three timeouts.',
    ]);
  });
  it('tells what was asked, and what the answer was', () => {
    const reason = 'asked ana: confidence 0.55 below 0.7';
    const human = { ...decided(null, null, 'manual_review'), confidenceSource: 'human', outcome: 'executed' };
    expect(
      read([
        spanRow('asks', null, 1, 10, { decision: { ...decided(0.55, 0.7), outcome: 'pending' }, reason }),
        spanRow('answer', null, 90, 1, { decision: human }),
        spanRow('refusal', null, 95, 1, { decision: { ...human, choice: null, outcome: 'denied' } }),
      ]),
    ).toEqual([`refund-desk chose auto_refund; ${reason}.`, 'The answer was manual_review.', 'The answer was denied.']);
  });
  it('tells the condition that stopped it, instead of the error it is', () => {
    const reason = 'cost limit reached: 0.06 of 0.05 USD';
    const stopped = { kind: 'agent', isError: true, errorType: 'budget', stopReason: 'budget', reason } as const;
    const spans = [
      spanRow('root', null, 0, 100, stopped),
      spanRow('to', 'root', 90, 1, { kind: 'escalation', escalationTarget: 'ana', reason }),
    ];
    expect(read(spans)).toEqual([`refund-desk stopped: ${reason}.`, 'It was handed to ana.']);
    expect(storyOf(spans)[0]).toMatchObject({ spanId: 'root', isError: true });
    expect(read([spanRow('root', null, 0, 1, { kind: 'agent', stopReason: 'goal_reached', reason: 'done' })])).toEqual(
      [],
    );
  });
  it('says nothing of a run without anything special', () => {
    expect(read([spanRow('a', null, 0, 1)])).toEqual([]);
  });
});

describe('facts', () => {
  it('the span shown first is the lowest decision, then an error, then the root', () => {
    expect(mostTelling(RUN)?.spanId).toBe('unsure');
    expect(mostTelling(RUN.slice(0, 6))?.spanId).toBe('try-1');
    expect(mostTelling(RUN.slice(1, 2))?.spanId).toBe('easy');
    expect(mostTelling([])).toBeNull();
  });
  it('a pattern is counted once, where it began', () => {
    expect(patternCount(RUN)).toBe(1);
    expect(longestStep(RUN)?.spanId).toBe('pay');
  });
  it('the longest step is below the root and no agent around others; a lone root is its own', () => {
    const nested = [spanRow('root', null, 0, 50), spanRow('desk', 'root', 0, 49, { kind: 'agent' })];
    expect(longestStep([...nested, spanRow('call', 'desk', 1, 7)])?.spanId).toBe('call');
    expect(longestStep(nested)?.spanId).toBe('desk');
    expect(longestStep(nested.slice(0, 1))?.spanId).toBe('root');
    expect(longestStep([])).toBeNull();
  });
  it('a step without a name is told as one', () => {
    const [sentence] = storyOf([spanRow('a', null, 0, 5, { name: '', isError: true, errorType: 'Timeout' })]);
    expect(sentence).toMatchObject({ cite: '(no name)' });
  });
});
