// Work of a step that was given up.

import type { RuleOf } from '#contracts/rule';
import { minutesInWords } from '#domain/rule/describe-rule';
import { judgeCount, mayBeHighCount } from './judge-count.ts';
import { type Measure, MINUTE_MS } from './measure.ts';
import { many, note } from './words.ts';

export const deadLetters: Measure<RuleOf<'dead_letters'>> = {
  source: 'dead_letters',
  stepMs: MINUTE_MS,
  usual: 'none',
  unit: 'dead letters',
  mayBeHigh: ({ threshold }, now) => mayBeHighCount({ threshold, minTraces: 1 }, now),
  judge: ({ threshold }, now) => judgeCount({ threshold, minTraces: 1 }, now),
  tell: (rule, { subject, now, facts }) => ({
    title: `${subject}: ${many(now.hits, 'dead letter')}${note(facts?.note ?? '')}`,
    words: `${many(now.hits, 'piece')} of work ${now.hits === 1 ? 'was' : 'were'} given up within ${minutesInWords(rule.windowMinutes)}. Once the cause is mended they can be replayed.`,
  }),
};
