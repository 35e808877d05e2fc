import { expect, test } from 'vitest';
import type { RunSummary } from '#contracts/summary';
import { originOf } from './origin.ts';

const TEMPLATE: RunSummary = {
  traceId: 'a'.repeat(32),
  outcome: 'ok',
  headline: 'desk finished',
  sentences: [],
  kind: 'template',
  model: null,
  promptVersion: null,
  tokensIn: null,
  tokensOut: null,
  costUsd: null,
  verdict: null,
  factsHash: '',
  writtenAt: null,
};
const AUDIT = { model: 'm-1', promptVersion: 'run-1', tokensIn: 900, tokensOut: 150, costUsd: 0.0042 };
const STATUS = { model: 'm-1', dailyUsd: 1, spentUsd: 1, isAtCap: true, lastError: null };

test('a reader sees who wrote it, and the result of the check in the tooltip', () => {
  expect(originOf(TEMPLATE, null)).toEqual({ words: 'Written from facts, no AI', more: '' });
  expect(originOf({ ...TEMPLATE, ...AUDIT, kind: 'model', verdict: 'checked, all of it kept' }, STATUS)).toEqual({
    words: 'Written by m-1 from facts, checked',
    more: 'checked, all of it kept · prompt run-1 · 900 tokens in, 150 out · cost $0.0042',
  });
  expect(originOf({ ...TEMPLATE, ...AUDIT, verdict: 'not taken: wrong outcome' }, null)).toMatchObject({
    words: 'Written from facts, no AI; the text from m-1 was not used',
  });
});

test('at the cap it says so', () => {
  const used = 'Written from facts, no AI; the budget for a model is used up today';
  expect(originOf(TEMPLATE, STATUS).words).toBe(used);
  expect(originOf(TEMPLATE, { ...STATUS, isAtCap: false }).words).toBe('Written from facts, no AI');
  expect(originOf({ ...TEMPLATE, verdict: 'not asked: the budget of today is used up' }, null).words).toBe(used);
});
