// Which span is shown first, what counts as a pattern and as the longest step.
import { describe, expect, it } from 'vitest';
import { longestStep, mostNotable, patternCount } from './facts.ts';
import { decided, spanRow } from './fixture.ts';

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
describe('facts', () => {
  it('the span shown first is the lowest decision, then an error, then the root', () => {
    expect(mostNotable(RUN)?.spanId).toBe('unsure');
    expect(mostNotable(RUN.slice(0, 6))?.spanId).toBe('try-1');
    expect(mostNotable(RUN.slice(1, 2))?.spanId).toBe('easy');
    expect(mostNotable([])).toBeNull();
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
});
