// Judges how often something happened that should not happen at all. Pure.
import type { RuleOf } from '#contracts/rule';
import { minutesInWords } from '#domain/rule/describe-rule';
import type { Judgement } from './measure.ts';
import { type Measure, MINUTE_MS } from './measure.ts';
import type { Totals } from './totals.ts';
import { many, note } from './words.ts';

interface CountRule {
  readonly threshold: number;
  readonly minTraces: number;
}

/** High at the threshold, in enough different runs. Low below half of it, at the least when there is none at all. */
export function judgeCount(rule: CountRule, now: Totals): Judgement {
  const { hits, traces } = now;
  const found = { value: hits, limit: rule.threshold, baseline: null };
  if (mayBeHighCount(rule, now)) return { ...found, level: 'high', silentBecause: null };
  const isLow = hits * 2 < rule.threshold || hits === 0;
  const tooFew = hits >= rule.threshold && traces < rule.minTraces;
  return { ...found, level: isLow ? 'low' : 'middle', silentBecause: tooFew ? 'too_few' : null };
}

export const mayBeHighCount = ({ threshold, minTraces }: CountRule, { hits, traces }: Totals): boolean =>
  hits >= threshold && traces >= minTraces;

export const circuitOpen: Measure<RuleOf<'circuit_open'>> = {
  source: 'circuits',
  stepMs: MINUTE_MS,
  baseline: 'none',
  unit: 'steps',
  mayBeHigh: ({ threshold }, now) => mayBeHighCount({ threshold, minTraces: 1 }, now),
  judge: ({ threshold }, now) => judgeCount({ threshold, minTraces: 1 }, now),
  describe: (rule, { subject, now }) => ({
    title: `Circuit ${subject} is open`,
    words: `${many(now.hits, 'step')} met the open circuit within ${minutesInWords(rule.windowMinutes)}.`,
  }),
};

export const deadLetters: Measure<RuleOf<'dead_letters'>> = {
  source: 'dead_letters',
  stepMs: MINUTE_MS,
  baseline: 'none',
  unit: 'dead letters',
  mayBeHigh: ({ threshold }, now) => mayBeHighCount({ threshold, minTraces: 1 }, now),
  judge: ({ threshold }, now) => judgeCount({ threshold, minTraces: 1 }, now),
  describe: (rule, { subject, now, facts }) => ({
    title: `${subject}: ${many(now.hits, 'dead letter')}${note(facts?.note ?? '')}`,
    words: `${many(now.hits, 'piece')} of work ${now.hits === 1 ? 'was' : 'were'} given up within ${minutesInWords(rule.windowMinutes)}. Once the cause is fixed they can be replayed.`,
  }),
};

export const schemaDrift: Measure<RuleOf<'schema_drift'>> = {
  source: 'drift',
  stepMs: MINUTE_MS,
  baseline: 'none',
  unit: 'answers',
  mayBeHigh: mayBeHighCount,
  judge: judgeCount,
  describe: (rule, { subject, now, facts }) => ({
    title: `${subject}: answers in another shape${note(facts?.note ?? '')}`,
    words: `${many(now.hits, 'answer')} in ${many(now.traces, 'run')} had another shape than before within ${minutesInWords(rule.windowMinutes)}.`,
  }),
};

export const stalledRuns: Measure<RuleOf<'stalled_runs'>> = {
  source: 'lost_runs',
  stepMs: MINUTE_MS,
  baseline: 'none',
  unit: 'runs',
  mayBeHigh: ({ threshold }, now) => mayBeHighCount({ threshold, minTraces: 1 }, now),
  judge: ({ threshold }, now) => judgeCount({ threshold, minTraces: 1 }, now),
  describe: (rule, { subject, now, facts }) => ({
    title: `${subject}: ${many(now.hits, 'run')} fell silent without an end`,
    words: `${many(now.hits, 'run')} gave no sign of life any more within ${minutesInWords(rule.windowMinutes)}${facts === null || facts.step === '' ? '' : `, the last one at ${facts.step}`}. Their process may be gone.`,
  }),
};
