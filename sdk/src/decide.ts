// decide(): a point where the agent chooses, with its options, reasons and confidence.

import { applyPolicy } from './apply-policy.ts';
import { type ConfidenceSource, type Outcome, TELLTALE } from './attributes.ts';
import type { Confidence } from './confidence.ts';
import type { OptionInput } from './decision-option.ts';
import {
  type GoOnPolicy,
  type Held,
  type HoldPolicy,
  type Policy,
  policyName,
  type Settled,
} from './decision-policy.ts';
import { DecisionSpan } from './decision-span.ts';
import { expectCall, kindOf, misused } from './expect.ts';
import { quietly } from './quietly.ts';
import { isA } from './read.ts';
import { runSpan, type SpanPlan } from './run-span.ts';
import { AgentStopped } from './scope-stop.ts';

interface DecideBasics<Choice extends string> {
  /** What the decision is about. Recorded unless content capture is off. */
  input?: unknown;
  /** Your own reference to the input, such as `order:48213`, for the payload of a failure. Default: this span. */
  inputRef?: string | undefined;
  /** What can be chosen. Their ids type the choice. */
  options: readonly OptionInput<Choice>[];
  /** Confidence below this is low. Recorded with each decision, so that later changes do not affect earlier ones. */
  threshold?: number | undefined;
  /** Further attributes of your own. */
  attributes?: Record<string, unknown> | undefined;
}

export interface DecideOptions<Choice extends string = string> extends DecideBasics<Choice> {
  /** What happens below the threshold, or without a usable confidence. The policy and its use are recorded. */
  belowThreshold?: Policy<NoInfer<Choice>> | undefined;
}

/** What the agent decided. */
export type Decision<Choice extends string = string> = ChosenWith<Choice> & ConfidenceGiven;

interface ChosenWith<Choice extends string> {
  choice: Choice;
  /** Why, in words. Recorded unless content capture is off. */
  reasoning?: string | undefined;
  /** Scores of the options, when they are known only after choosing. */
  scores?: { readonly [Option in Choice]?: number | undefined } | undefined;
  /** What was done, when that differs from the choice. */
  action?: string | undefined;
  /** The outcome: executed, escalated, denied… */
  outcome?: Outcome | undefined;
}

/** A number with its source, or a Confidence, which includes its source: a number cannot get the wrong source. */
type ConfidenceGiven =
  | {
      /** 0 to 1. A value outside is recorded as it is, with a warning. */
      confidence?: number | undefined;
      /** Where the confidence comes from; confidences of different sources are never compared. */
      confidenceSource?: ConfidenceSource | undefined;
    }
  | {
      /** As a helper `confidenceFrom…` made it. */
      confidence: Confidence;
      confidenceSource?: undefined;
    };

/** What `fn` returned; the choice is any of the options, also when `fn` can only return one of them. */
export type Decided<Choice extends string, Made> = Omit<Made, 'choice'> & { choice: Choice };

export type DecideFunction<Made> = (span: DecisionSpan) => Made | Promise<Made>;

/** No policy, or one with the threshold that it is about. */
type MaybePolicy<P> = { belowThreshold?: undefined } | { threshold: number; belowThreshold: P };
type WithPolicy<Choice extends string, P> = DecideBasics<Choice> & { threshold: number; belowThreshold: P };

const USAGE = "decide(name, { options: ['pay', 'hold'] }, () => ({ choice: 'pay' }))";
/** A proxy may throw when it is read. */
const isList = (value: unknown): boolean => quietly(() => Array.isArray(value)) ?? true;

/**
 * Runs `fn`, which chooses, and records input, options, choice, reasoning, confidence and outcome.
 *
 * Without `belowThreshold` it resolves to the decision exactly as `fn` returned it. With it the result also says which
 * policy was applied and with what outcome; after `escalateTo` and `ask` the choice may be null: then there is nothing to
 * act on. A decision that waits for an answer is recorded as `pending` before the wait, and the answer as a decision of
 * its own with a link to it.
 *
 * A confidence outside 0..1, a choice that is no option and the like are recorded with a warning event; they never
 * throw. An error of `fn`, `notify` or `answer` is recorded (outcome failed) and rethrown. A call without options or
 * function is a TypeError.
 */
export function decide<
  Choice extends string,
  Made extends Decision<NoInfer<Choice>>,
  // A type of its own, so that what "answer" returns in place keeps its literal type.
  Reply extends NoInfer<Choice> = NoInfer<Choice>,
>(
  name: string,
  options: WithPolicy<Choice, HoldPolicy<Reply>>,
  fn: DecideFunction<Made>,
): Promise<Settled<Choice, Made> | Held<Choice, Made>>;
export function decide<Choice extends string, Made extends Decision<NoInfer<Choice>>>(
  name: string,
  options: WithPolicy<Choice, GoOnPolicy<NoInfer<Choice>>>,
  fn: DecideFunction<Made>,
): Promise<Settled<Choice, Made>>;
export function decide<Choice extends string, Made extends Decision<NoInfer<Choice>>>(
  name: string,
  options: DecideBasics<Choice> & { belowThreshold?: undefined },
  fn: DecideFunction<Made>,
): Promise<Decided<Choice, Made>>;
export function decide<Choice extends string, Made extends Decision<NoInfer<Choice>>>(
  name: string,
  options: WithPolicy<Choice, Policy<NoInfer<Choice>>>,
  fn: DecideFunction<Made>,
): Promise<Settled<Choice, Made> | Held<Choice, Made>>;
// The last overload fits every valid call, so that TypeScript says what is wrong with a call that fits none: it reports
// the errors of the last overload only.
export function decide<Choice extends string, Made extends Decision<NoInfer<Choice>>>(
  name: string,
  options: DecideBasics<Choice> & MaybePolicy<Policy<NoInfer<Choice>>>,
  fn: DecideFunction<Made>,
): Promise<Settled<Choice, Made> | Held<Choice, Made> | Decided<Choice, Made>>;
export async function decide<Made extends Decision>(
  name: string,
  options: DecideOptions,
  fn: DecideFunction<Made>,
): Promise<unknown> {
  expectCall(USAGE, options, fn);
  if (!isList(options.options))
    misused(USAGE, `options.options must list what can be chosen; it is ${kindOf(options.options)}.`);
  const { threshold, belowThreshold: policy } = options;
  const plan: SpanPlan = {
    name: `decide ${name}`,
    kind: 'decision',
    operation: 'decide',
    attributes: {
      [TELLTALE.DECISION_NAME]: name,
      [TELLTALE.CONFIDENCE_THRESHOLD]: threshold,
      [TELLTALE.DECISION_POLICY]: policy === undefined ? undefined : policyName(policy),
    },
    extra: options.attributes,
    inputRef: options.inputRef,
  };
  // The result is wrapped: a policy may have to wait for a person, which happens after this span has ended.
  const { finish } = await runSpan(
    plan,
    {
      handle: (span) => new DecisionSpan(span, TELLTALE.DECISION_INPUT),
      onStart: (span) => span.setInput(options.input).setOptions(options.options),
      // A stopped agent's decision is not tried.
      onError: (span, error) => span.setOutcome(isA(error, AgentStopped) ? 'skipped' : 'failed'),
    },
    async (span: DecisionSpan) => {
      const made = await fn(span);
      return applyPolicy(name, options, made, span);
    },
  );
  return finish();
}
