// Too many of an agent's runs fail.

import type { RuleOf } from '#contracts/rule';
import { minutesInWords } from '#domain/rule/describe-rule';
import { judgeShare, mayBeHighShare, type ShareRule } from './judge-share.ts';
import { type Measure, MINUTE_MS } from './measure.ts';
import { percent } from './words.ts';

const shareOf = ({ minRuns, minFailed, minShare, factor }: RuleOf<'error_share'>): ShareRule => ({
  minCount: minRuns,
  minHits: minFailed,
  minShare,
  factor,
});

export const errorShare: Measure<RuleOf<'error_share'>> = {
  source: 'runs',
  stepMs: 5 * MINUTE_MS,
  usual: 'days',
  unit: 'share',
  mayBeHigh: (rule, now) => mayBeHighShare(shareOf(rule), now),
  judge: (rule, now, days) => judgeShare(shareOf(rule), now, days),
  tell: (rule, { subject, now, judgement: { value, limit, baseline } }) => ({
    title: `${subject}: ${percent(value)} of runs fail, usually ${percent(baseline ?? 0)}`,
    words: `${now.hits} of ${now.count} runs failed within ${minutesInWords(rule.windowMinutes)}; usually ${percent(baseline ?? 0)} do, and it fires when surely more than ${percent(limit)} do.`,
  }),
};
