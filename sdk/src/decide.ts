// decide(): a point where the agent chooses, with its options, reasons and confidence.
import { type ConfidenceSource, type Outcome, TELLTALE } from './attributes.ts';
import type { OptionInput } from './decision-option.ts';
import { DecisionSpan } from './decision-span.ts';
import { runSpan, type SpanPlan } from './run-span.ts';

export interface DecideOptions<Choice extends string = string> {
  /** What the decision is about. Recorded unless content capture is off. */
  input?: unknown;
  /** What can be chosen. Their ids type the choice. */
  options: readonly OptionInput<Choice>[];
  /** Confidence below this is low. It is recorded, so that later changes do not rewrite the past. */
  threshold?: number | undefined;
  /** Further attributes of your own. */
  attributes?: Record<string, unknown> | undefined;
}

/** What the agent decided. */
export interface Decision<Choice extends string = string> {
  choice: Choice;
  /** 0 to 1. What lies outside is recorded as it is, with a warning. */
  confidence?: number | undefined;
  /** Where the confidence comes from; confidences of different sources are never compared. */
  confidenceSource?: ConfidenceSource | undefined;
  /** Why, in words. Recorded unless content capture is off. */
  reasoning?: string | undefined;
  /** Scores of the options, when they are known only after choosing. */
  scores?: { readonly [Option in Choice]?: number | undefined } | undefined;
  /** What was really done, when that differs from the choice. */
  action?: string | undefined;
  /** What became of it: executed, escalated, denied… */
  outcome?: Outcome | undefined;
}

/** What `fn` returned; the choice is any of the options, also when `fn` can only return one of them. */
export type Decided<Choice extends string, Made> = Omit<Made, 'choice'> & { choice: Choice };

export type DecideFunction<Made> = (span: DecisionSpan) => Made | Promise<Made>;

/**
 * Runs `fn`, which chooses, and records input, options, choice, reasoning, confidence and outcome.
 * Resolves to the decision exactly as `fn` returned it. A confidence outside 0..1, a choice that is no option and the
 * like are recorded with a warning event; they never throw. An error of `fn` is recorded (outcome failed) and rethrown.
 */
export function decide<Choice extends string, Made extends Decision<NoInfer<Choice>>>(
  name: string,
  options: DecideOptions<Choice>,
  fn: DecideFunction<Made>,
): Promise<Decided<Choice, Made>> {
  const plan: SpanPlan = {
    name: `decide ${name}`,
    kind: 'decision',
    operation: 'decide',
    attributes: {
      [TELLTALE.DECISION_NAME]: name,
      [TELLTALE.CONFIDENCE_THRESHOLD]: options.threshold,
    },
    extra: options.attributes,
  };
  return runSpan(
    plan,
    {
      handle: (span) => new DecisionSpan(span, TELLTALE.DECISION_INPUT),
      onStart: (span) => span.setInput(options.input).setOptions(options.options),
      onResult: (span, decision) => span.record(decision),
      onError: (span) => span.setOutcome('failed'),
    },
    fn,
  );
}
