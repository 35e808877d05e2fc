// The handle of decide(): writes a decision onto its span, with a warning for what is wrong with it.
import type { Span, SpanContext } from '@opentelemetry/api';
import { CONFIDENCE_SOURCES, OUTCOMES, type Outcome, TELLTALE } from './attributes.ts';
import { isConfidence, isShare } from './confidence.ts';
import { isContentCaptured } from './content.ts';
import type { OptionInput } from './decision-option.ts';
import { quietly } from './quietly.ts';
import { StepSpan } from './step-span.ts';

/** A decision as it may arrive at run time: the agent's return value is checked. */
interface RawDecision {
  choice?: unknown;
  confidence?: unknown;
  confidenceSource?: unknown;
  reasoning?: unknown;
  scores?: unknown;
  action?: unknown;
  outcome?: unknown;
}

interface KnownOption {
  id: string;
  score?: unknown;
  reason?: unknown;
}

export class DecisionSpan extends StepSpan {
  readonly #linkable: Span;
  #options: KnownOption[] = [];
  #outcomeSet = false;

  constructor(span: Span, inputKey: string) {
    super(span, inputKey);
    this.#linkable = span;
  }

  /** Links the decision that this one answers. */
  linkTo(context: SpanContext): this {
    quietly(() => this.#linkable.addLink({ context }));
    return this;
  }

  /** Records the options; `decide` does this already with those it was given. */
  setOptions(options: readonly OptionInput[]): this {
    quietly(() => {
      this.#options = options.map(knownOption);
      const ids = this.#options.map((option) => String(option.id));
      this.set(TELLTALE.DECISION_OPTIONS, ids);
    });
    return this.#recordDetails();
  }

  /** The outcome of the decision, and what was done when that differs from the choice. */
  setOutcome(outcome: Outcome, action?: string): this {
    this.#outcomeSet = true;
    return this.set({ [TELLTALE.DECISION_OUTCOME]: outcome, [TELLTALE.DECISION_ACTION]: action });
  }

  /** Writes what the agent returned. */
  record(decision: unknown): this {
    if (typeof decision !== 'object' || decision === null) {
      return this.warn(
        'no_decision',
        `The decision is ${decision === null ? 'null' : typeof decision}, not an object.`,
      );
    }
    const made: RawDecision = decision;
    this.#recordScores(made.scores);
    this.#recordChoice(made.choice);
    this.#recordConfidence(made.confidence, made.confidenceSource);
    this.setContent(TELLTALE.DECISION_REASONING, made.reasoning);
    this.setContent(TELLTALE.DECISION_ACTION, made.action);
    return this.#recordOutcome(made.outcome);
  }

  /** Writes a person's answer: a choice, or a refusal without one. */
  recordAnswer(answer: { choice: string | null; reasoning: string | undefined; outcome: string }): this {
    if (answer.choice !== null) this.#recordChoice(answer.choice);
    this.setContent(TELLTALE.DECISION_REASONING, answer.reasoning);
    return this.set({ [TELLTALE.CONFIDENCE_SOURCE]: 'human', [TELLTALE.DECISION_OUTCOME]: answer.outcome });
  }

  #recordChoice(choice: unknown): void {
    const isOption = this.#options.some((option) => option.id === choice);
    if (isOption || isContentCaptured()) this.set(TELLTALE.DECISION_CHOICE, choice);
    if (!isOption) this.warn('choice_not_an_option', `The choice ${shown(choice)}is not among the options.`);
  }

  #recordConfidence(given: unknown, givenSource: unknown): void {
    const made = isConfidence(given) ? given : null;
    const source: unknown = made?.source ?? givenSource;
    const confidence: unknown = made === null ? given : (made.value ?? undefined);
    if (includes(CONFIDENCE_SOURCES, source) || isContentCaptured()) this.set(TELLTALE.CONFIDENCE_SOURCE, source);
    // It may quote the tokens of the answer.
    this.setContent(TELLTALE.CONFIDENCE_METHOD, made?.method);
    if (made !== null && made.value === null)
      this.warn('confidence_unknown', `There is no confidence${isContentCaptured() ? `: ${made.method}` : ''}.`);
    if (confidence === undefined) return;
    if (typeof confidence === 'number' || isContentCaptured()) this.set(TELLTALE.CONFIDENCE_VALUE, confidence);
    if (!isShare(confidence)) {
      this.warn('confidence_out_of_range', `The confidence ${shown(confidence)}is not a number from 0 to 1.`);
    }
    if (!includes(CONFIDENCE_SOURCES, source)) {
      const what = source === undefined ? 'no source' : `the unknown source ${shown(source)}`.trim();
      this.warn('confidence_source_unknown', `The confidence comes with ${what}.`);
    }
  }

  #recordOutcome(outcome: unknown): this {
    if (outcome === undefined || this.#outcomeSet) return this;
    const isKnown = includes(OUTCOMES, outcome);
    if (!isKnown) this.warn('outcome_unknown', `The outcome ${shown(outcome)}is not a known one.`);
    if (!isKnown && !isContentCaptured()) return this;
    return this.set(TELLTALE.DECISION_OUTCOME, outcome);
  }

  /** Scores returned with the decision override those known before. */
  #recordScores(scores: unknown): void {
    if (typeof scores !== 'object' || scores === null) return;
    const byId = new Map<string, unknown>(Object.entries(scores));
    this.#options = this.#options.map((option) => ({ ...option, score: byId.get(option.id) ?? option.score }));
    this.#recordDetails();
  }

  /** Scores are numbers about ids we record anyway; the reasons are words, so they obey the capture switch. */
  #recordDetails(): this {
    if (!this.#options.some((option) => option.score !== undefined || option.reason !== undefined)) return this;
    const scores = this.#options.map(({ id, score }) => ({ id, score }));
    return this.set(TELLTALE.DECISION_OPTION_DETAILS, scores).setContent(
      TELLTALE.DECISION_OPTION_DETAILS,
      this.#options.map(({ id, score, reason }) => ({ id, score, reason })),
    );
  }
}

/** Field by field: a value passed in place of an option may have a million fields. */
function knownOption(option: OptionInput): KnownOption {
  if (typeof option === 'string') return { id: option };
  const { id, score, reason } = Object(option) as KnownOption;
  return { id, score, reason };
}

/** An invalid value after a space: it may be personal text, so it obeys the capture switch. */
function shown(value: unknown): string {
  return isContentCaptured() || typeof value === 'number' ? `${String(value)} ` : '';
}

function includes(known: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && known.includes(value);
}
