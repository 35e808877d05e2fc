// Too many decisions of one name, and one source of confidence, are below their threshold.

import type { RuleOf } from '#contracts/rule';
import { minutesInWords } from '#domain/rule/describe-rule';
import { judgeShare, mayBeHighShare, type ShareRule } from './judge-share.ts';
import { type Measure, MINUTE_MS } from './measure.ts';
import { percent } from './words.ts';

const shareOf = ({ minDecisions, minShare, factor }: RuleOf<'low_confidence'>): ShareRule => ({
  minCount: minDecisions,
  minHits: 1,
  minShare,
  factor,
});

export const lowConfidence: Measure<RuleOf<'low_confidence'>> = {
  source: 'decisions',
  stepMs: 5 * MINUTE_MS,
  usual: 'days',
  unit: 'share',
  mayBeHigh: (rule, now) => mayBeHighShare(shareOf(rule), now),
  judge: (rule, now, days) => judgeShare(shareOf(rule), now, days),
  tell: (rule, { subject, now, judgement: { value, limit, baseline } }) => ({
    title: `${subject}: ${percent(value)} of decisions are below their threshold, usually ${percent(baseline ?? 0)}`,
    words: `${now.hits} of ${now.count} decisions were below their threshold within ${minutesInWords(rule.windowMinutes)}; usually ${percent(baseline ?? 0)} are, and it fires when surely more than ${percent(limit)} are.`,
  }),
};
