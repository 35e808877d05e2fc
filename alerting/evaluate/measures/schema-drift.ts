// Answers of a step come in another shape than before.

import type { RuleOf } from '#contracts/rule';
import { minutesInWords } from '#domain/rule/describe-rule';
import { judgeCount, mayBeHighCount } from './judge-count.ts';
import { type Measure, MINUTE_MS } from './measure.ts';
import { many, note } from './words.ts';

export const schemaDrift: Measure<RuleOf<'schema_drift'>> = {
  source: 'drift',
  stepMs: MINUTE_MS,
  usual: 'none',
  unit: 'answers',
  mayBeHigh: mayBeHighCount,
  judge: judgeCount,
  tell: (rule, { subject, now, facts }) => ({
    title: `${subject}: answers in another shape${note(facts?.note ?? '')}`,
    words: `${many(now.hits, 'answer')} in ${many(now.traces, 'run')} had another shape than before within ${minutesInWords(rule.windowMinutes)}.`,
  }),
};
