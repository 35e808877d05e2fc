// Runs whose process fell silent without an end.

import type { RuleOf } from '#contracts/rule';
import { minutesInWords } from '#domain/rule/describe-rule';
import { judgeCount, mayBeHighCount } from './judge-count.ts';
import { type Measure, MINUTE_MS } from './measure.ts';
import { many } from './words.ts';

export const stalledRuns: Measure<RuleOf<'stalled_runs'>> = {
  source: 'lost_runs',
  stepMs: MINUTE_MS,
  usual: 'none',
  unit: 'runs',
  mayBeHigh: ({ threshold }, now) => mayBeHighCount({ threshold, minTraces: 1 }, now),
  judge: ({ threshold }, now) => judgeCount({ threshold, minTraces: 1 }, now),
  tell: (rule, { subject, now, facts }) => ({
    title: `${subject}: ${many(now.hits, 'run')} fell silent without an end`,
    words: `${many(now.hits, 'run')} gave no sign of life any more within ${minutesInWords(rule.windowMinutes)}${facts === null || facts.step === '' ? '' : `, the last one at ${facts.step}`}. Their process may be gone.`,
  }),
};
