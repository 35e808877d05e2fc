// What runs have in common is what at least half of them show, each trait with an example.
import { expect, test } from 'vitest';
import type { RunFacts } from '#contracts/run-facts';
import { makeRun } from '../../test/support/generated-runs.ts';
import { commonOf } from './common-facts.ts';
import { sumUp } from './summarize-run.ts';

const NOW_MS = Date.UTC(2027, 0, 1);
const factsOf = (seed: number, over: Partial<RunFacts> = {}): RunFacts => {
  const { spans, payloads } = makeRun('failed', seed);
  return { ...sumUp('default', seed.toString(16).padStart(32, '0'), spans, NOW_MS, [], { payloads }).facts, ...over };
};
const failing = (seed: number, step: string, errorType: string): RunFacts =>
  factsOf(seed, {
    decisions: [],
    escalations: [],
    services: ['shop'],
    models: [],
    who: { spanId: 'r', name: `desk ${seed}`, isAgent: true },
    rootError: {
      spanId: `s${seed}`,
      step,
      kind: 'tool',
      errorType,
      message: null,
      timedOut: false,
      attempt: null,
      isRun: false,
    },
  });

test('what most of them share comes first, and what few share is left out', () => {
  const common = commonOf([
    failing(1, 'pay', 'Timeout'),
    failing(2, 'pay', 'Timeout'),
    failing(3, 'pay', 'Declined'),
    failing(4, 'refund', 'Timeout'),
  ]);
  expect(common.map(({ what, value, runs }) => [what, value, runs])).toEqual([
    ['outcome', 'failed', 4],
    ['service', 'shop', 4],
    ['failing step', 'pay', 3],
    ['error', 'Timeout', 3],
  ]);
  expect(common[2]?.example).toEqual({ traceId: '1'.padStart(32, '0'), spanId: 's1' });
});

test('one run has nothing in common, and a run given twice is one', () => {
  expect(commonOf([])).toEqual([]);
  expect(commonOf([failing(1, 'pay', 'Timeout')])).toEqual([]);
  expect(commonOf([failing(1, 'pay', 'Timeout'), failing(1, 'pay', 'Timeout')])).toEqual([]);
});
