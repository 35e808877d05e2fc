// An agent's runs cost more than usual at that weekday and time.

import type { RuleOf } from '#contracts/rule';
import { minutesInWords } from '#domain/rule/describe-rule';
import { judgeCost, mayBeHighCost } from './judge-slot.ts';
import { type Measure, MINUTE_MS } from './measure.ts';
import { many, usd } from './words.ts';

export const cost: Measure<RuleOf<'cost'>> = {
  source: 'cost',
  stepMs: 5 * MINUTE_MS,
  usual: 'slots',
  unit: 'usd',
  mayBeHigh: mayBeHighCost,
  judge: judgeCost,
  tell: (rule, { subject, judgement: { value, limit, baseline }, facts }) => ({
    title: `${subject}: ${usd(value)} in ${minutesInWords(rule.windowMinutes)}, usually ${usd(baseline ?? 0)}`,
    words: `${facts === null ? 'Its runs' : many(facts.traces, 'run')} cost ${usd(value)} within ${minutesInWords(rule.windowMinutes)}; at this weekday and time it is usually ${usd(baseline ?? 0)}, and it fires from ${usd(limit)} on.`,
  }),
};
