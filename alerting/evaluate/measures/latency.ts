// The slowest runs of an agent take longer than usual at that weekday and time.

import type { RuleOf } from '#contracts/rule';
import { minutesInWords } from '#domain/rule/describe-rule';
import { judgeLatency, mayBeHighLatency } from './judge-slot.ts';
import { type Measure, MINUTE_MS } from './measure.ts';
import { duration } from './words.ts';

export const latency: Measure<RuleOf<'latency'>> = {
  source: 'runs',
  stepMs: 5 * MINUTE_MS,
  usual: 'slots_or_days',
  unit: 'ms',
  mayBeHigh: mayBeHighLatency,
  judge: judgeLatency,
  tell: (rule, { subject, now, judgement: { value, limit, baseline } }) => ({
    title: `${subject}: slow runs, p95 ${duration(value)}, usually ${duration(baseline ?? 0)}`,
    words: `The slowest twentieth of ${now.count} runs took ${duration(value)} or more within ${minutesInWords(rule.windowMinutes)}; at this time it is usually ${duration(baseline ?? 0)}, and it fires when surely more than a twentieth take ${duration(limit)}.`,
  }),
};
