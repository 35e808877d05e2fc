// A confidence that says where it comes from. Its source is part of its type, so two sources cannot be compared by accident.
import type { ConfidenceSource } from './attributes.ts';

/**
 * How sure a decision is, as the helpers `confidenceFrom…` return it and `decide` accepts it. It names its source;
 * without usable data the value is null, never a guess.
 */
export interface Confidence<Source extends ConfidenceSource = ConfidenceSource> {
  /** 0 to 1; null when the given data contains no confidence. */
  readonly value: number | null;
  readonly source: Source;
  /** How it was computed, and from what; without a value: what was missing. */
  readonly method: string;
}

/** A confidence that comes with a score for every option. */
export interface ScoredConfidence<Id extends string, Source extends ConfidenceSource> extends Confidence<Source> {
  /** The option with the highest score, the first of equals; null when there is no value. */
  readonly choice: Id | null;
  readonly scores: Readonly<Partial<Record<Id, number>>>;
}

/** A confidence of your own, where no helper fits: an ensemble, a rule, a person. Outside 0 to 1 it has no value. */
export function confidenceOf<Source extends ConfidenceSource>(
  source: Source,
  value: number,
  method: string,
): Confidence<Source> {
  return isShare(value)
    ? { value, source, method }
    : unknownConfidence(source, `${inWords(value)} is not a number from 0 to 1`);
}

/**
 * The least sure of several confidences of one source; confidences of different sources do not type-check, because 0.8
 * said by a model and 0.8 from its token probabilities are not the same. One without a value is the least sure.
 */
export function leastSure<Source extends ConfidenceSource>(
  first: Confidence<Source>,
  ...others: readonly Confidence<NoInfer<Source>>[]
): Confidence<Source> {
  return others.reduce((least, next) => ((next.value ?? -1) < (least.value ?? -1) ? next : least), first);
}

export function unknownConfidence<Source extends ConfidenceSource>(source: Source, why: string): Confidence<Source> {
  return { value: null, source, method: why };
}

/** As `unknownConfidence`, where scores were asked for. */
export function unknownScores<Id extends string, Source extends ConfidenceSource>(
  source: Source,
  why: string,
): ScoredConfidence<Id, Source> {
  return { value: null, source, method: why, choice: null, scores: {} as Partial<Record<Id, number>> };
}

/** What a decision may carry as its confidence: one of ours, not just any object. */
export function isConfidence(value: unknown): value is Confidence {
  return typeof value === 'object' && value !== null && 'value' in value && 'source' in value;
}

/** A value in place of the expected number, as text for a message. An object may have no text, or throw in toString. */
export function inWords(value: unknown): string {
  return typeof value === 'object' || typeof value === 'function' ? `of type ${typeof value}` : String(value);
}

export function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
