// Steps that met an open circuit: what they call is not called for a while.

import type { RuleOf } from '#contracts/rule';
import { minutesInWords } from '#domain/rule/describe-rule';
import { judgeCount, mayBeHighCount } from './judge-count.ts';
import { type Measure, MINUTE_MS } from './measure.ts';
import { many } from './words.ts';

export const circuitOpen: Measure<RuleOf<'circuit_open'>> = {
  source: 'circuits',
  stepMs: MINUTE_MS,
  usual: 'none',
  unit: 'steps',
  mayBeHigh: ({ threshold }, now) => mayBeHighCount({ threshold, minTraces: 1 }, now),
  judge: ({ threshold }, now) => judgeCount({ threshold, minTraces: 1 }, now),
  tell: (rule, { subject, now }) => ({
    title: `Circuit ${subject} is open`,
    words: `${many(now.hits, 'step')} met the open circuit within ${minutesInWords(rule.windowMinutes)}.`,
  }),
};
