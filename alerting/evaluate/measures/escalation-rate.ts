// Too many of an agent's runs are handed to a person.

import type { RuleOf } from '#contracts/rule';
import { minutesInWords } from '#domain/rule/describe-rule';
import { judgeShare, mayBeHighShare, type ShareRule } from './judge-share.ts';
import { type Measure, MINUTE_MS } from './measure.ts';
import { percent } from './words.ts';

const shareOf = ({ minRuns, minShare, factor }: RuleOf<'escalation_rate'>): ShareRule => ({
  minCount: minRuns,
  minHits: 1,
  minShare,
  factor,
});

export const escalationRate: Measure<RuleOf<'escalation_rate'>> = {
  source: 'escalations',
  stepMs: 5 * MINUTE_MS,
  usual: 'days',
  unit: 'share',
  mayBeHigh: (rule, now) => mayBeHighShare(shareOf(rule), now),
  judge: (rule, now, days) => judgeShare(shareOf(rule), now, days),
  tell: (rule, { subject, now, judgement: { value, limit, baseline } }) => ({
    title: `${subject}: ${percent(value)} of runs are handed to a person, usually ${percent(baseline ?? 0)}`,
    words: `${now.hits} of ${now.count} runs were escalated within ${minutesInWords(rule.windowMinutes)}; usually ${percent(baseline ?? 0)} are, and it fires when surely more than ${percent(limit)} are.`,
  }),
};
