// What every measure is: where its numbers come from, when they are high, and how that is described.
import type { Rule, RuleOf } from '#contracts/rule';
import type { MeasureSource } from '#storage/measure-sources';
import type { MeasureFacts } from '#storage/read-measures';
import type { Level } from '../measured.ts';
import type { Totals } from './totals.ts';

/** Kinds of rules that measure; the others evaluate error patterns. */
export type MeasuredKind = Exclude<Rule['kind'], 'similar_errors' | 'new_pattern' | 'regression'>;
export type MeasuredRule = RuleOf<MeasuredKind>;

export interface Judgement {
  readonly level: Level;
  readonly value: number;
  /** What the value had to reach. */
  readonly limit: number;
  /** null when the measure needs no baseline, or has none yet. */
  readonly baseline: number | null;
  /** Why it says nothing although there is something: too few, or no baseline yet. */
  readonly silentBecause: 'too_few' | 'no_baseline' | null;
}

/**
 * What a judgement is compared with. `days`: one total for each of the last days. `slots`: one for the same weekday and
 * time of each of the last four weeks, scaled to the window; `slots_or_days` also takes the same time of the last seven
 * days while there are too few weeks.
 */
export type BaselineKind = 'none' | 'days' | 'slots' | 'slots_or_days';

export interface Measure<R extends MeasuredRule = MeasuredRule> {
  readonly source: MeasureSource;
  /** How often it is evaluated; windows are multiples of it. */
  readonly stepMs: number;
  readonly baseline: BaselineKind;
  /** Units of value, limit and baseline: `share`, `usd`, `ms` or what is counted. */
  readonly unit: string;
  /** Whether the numbers of the window alone could be high: only then the baseline is read. Pure. */
  mayBeHigh(rule: R, now: Totals): boolean;
  /** @param baseline the totals of earlier times, without empty ones. Pure. */
  judge(rule: R, now: Totals, baseline: readonly Totals[]): Judgement;
  /** One line, and one sentence with the numbers. Pure. */
  describe(rule: R, finding: Finding): { readonly title: string; readonly words: string };
}

export interface Finding {
  readonly subject: string;
  readonly now: Totals;
  readonly judgement: Judgement;
  /** Its runs, errors and examples; null while they are not read. */
  readonly facts: MeasureFacts | null;
}

export const MINUTE_MS = 60_000;
export const windowMs = (rule: MeasuredRule): number => rule.windowMinutes * MINUTE_MS;
