// Confidence from numbers computed elsewhere: option probabilities, a classifier's scores, a model's own statement.
import type { ConfidenceSource } from './attributes.ts';
import { type Confidence, isShare, type ScoredConfidence, unknownConfidence, unknownScores } from './confidence.ts';
import { headOf } from './whole-text.ts';

/** Probabilities that sum to this much more than 1 are no distribution; rounding explains less. */
const ROUNDING = 0.02;

type Scores<Id extends string> = Readonly<Partial<Record<Id, number>>>;

/**
 * The highest of the options' probabilities. They must be from 0 to 1 and sum to 1 at most (0.02 is granted for
 * rounding); a rest that belongs to no option is not shared out. For a yes-or-no probability p give
 * `{ yes: p, no: 1 - p }`: the confidence is then max(p, 1 − p). Never throws; unusable numbers give a null value.
 */
export function confidenceFromProbabilities<Id extends string>(
  probabilities: Scores<Id>,
): ScoredConfidence<Id, 'probabilities'> {
  return highest(probabilities, 'probabilities', 'highest of');
}

export interface ClassifierOptions {
  /**
   * What the scores are. `probabilities` (default): from 0 to 1 and summing to 1 at most. `logits`: any numbers; they go
   * through a softmax.
   */
  scale?: 'probabilities' | 'logits' | undefined;
  /** Divides the logits, when the classifier was calibrated that way. Above 0; default 1. */
  temperature?: number | undefined;
}

/**
 * The highest of a classifier's scores. Logits z become exp(zᵢ/T) / Σⱼ exp(zⱼ/T); dividing by a temperature T fitted on
 * held-out data is the calibration of Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 4.2.
 * Never throws; unusable numbers give a null value.
 */
export function confidenceFromClassifier<Id extends string>(
  scores: Scores<Id>,
  options: ClassifierOptions = {},
): ScoredConfidence<Id, 'classifier'> {
  if (options.scale !== 'logits') return highest(scores, 'classifier', 'highest of the classifier’s');
  const temperature = options.temperature ?? 1;
  const logits = entriesOf(scores);
  const usable = logits.length > 0 && temperature > 0 && logits.every(([, logit]) => Number.isFinite(logit));
  if (!usable) return unknownScores('classifier', 'the logits are not all finite numbers');
  const largest = Math.max(...logits.map(([, logit]) => logit));
  // Less the largest, so that exp() cannot overflow; the quotient stays the same.
  const powers = logits.map(([id, logit]) => [id, Math.exp((logit - largest) / temperature)] as const);
  const sum = powers.reduce((total, [, power]) => total + power, 0);
  const shares = Object.fromEntries(powers.map(([id, power]) => [id, power / sum])) as Scores<Id>;
  return highest(
    shares,
    'classifier',
    `softmax${temperature === 1 ? '' : ` at temperature ${temperature}`}, highest of`,
  );
}

export interface SelfReportedOptions {
  /** The number that means certain: 1 (default), 10 or 100. It is never guessed from the number itself. */
  scale?: 1 | 10 | 100 | undefined;
}

/**
 * What the model said of its own confidence: a number on the given scale, or text such as `0.8`, `80%` or `8/10`, which
 * name their scale themselves. Words such as "high" have no value. Models tend to say too much, so do not compare it
 * with other sources (Xiong et al., "Can LLMs Express Their Uncertainty?", ICLR 2024). Never throws.
 */
export function selfReported(said: unknown, options: SelfReportedOptions = {}): Confidence<'self_reported'> {
  const scale = options.scale ?? 1;
  const share =
    typeof said === 'string' ? shareInText(said, scale) : typeof said === 'number' ? said / scale : Number.NaN;
  if (isShare(share)) return { value: share, source: 'self_reported', method: `said by the model: ${brief(said)}` };
  return unknownConfidence('self_reported', `the model said ${brief(said)}, which is no number from 0 to ${scale}`);
}

const NUMBER = /^\s*(\d{1,6}(?:\.\d{1,12})?|\.\d{1,12})\s*(%|\/\s*(1|10|100))?\s*$/;

function shareInText(text: string, scale: number): number {
  const match = NUMBER.exec(text.slice(0, 100));
  if (match === null) return Number.NaN;
  const [, number, unit, outOf] = match;
  return Number(number) / (unit === '%' ? 100 : outOf === undefined ? scale : Number(outOf));
}

function highest<Id extends string, Source extends ConfidenceSource>(
  scores: Scores<Id>,
  source: Source,
  words: string,
): ScoredConfidence<Id, Source> {
  const entries = entriesOf(scores);
  const sum = entries.reduce((total, [, share]) => total + share, 0);
  const [first] = entries;
  if (first === undefined) return unknownScores(source, 'no scores were given');
  if (!entries.every(([, share]) => isShare(share)) || sum > 1 + ROUNDING) {
    const why = `the scores are not probabilities: each must be from 0 to 1, all of them 1 at most (they sum to ${sum.toFixed(2)})`;
    return unknownScores(source, why);
  }
  const [choice, value] = entries.reduce((best, next) => (next[1] > best[1] ? next : best), first);
  const method = `${words} ${entries.length} probabilities, which sum to ${sum.toFixed(2)}`;
  return { value, source, method, choice, scores: Object.fromEntries(entries) as Scores<Id> };
}

/** What is undefined is left out; what cannot be read at all is no score. */
function entriesOf<Id extends string>(scores: Scores<Id>): [Id, number][] {
  try {
    const entries = Object.entries(scores).filter(([, score]) => score !== undefined);
    return entries.map(([id, score]) => [id as Id, typeof score === 'number' ? score : Number.NaN]);
  } catch {
    return [];
  }
}

function brief(value: unknown): string {
  if (typeof value === 'string') return `"${headOf(value, 40)}"`;
  return typeof value === 'number' ? String(value) : typeof value;
}
