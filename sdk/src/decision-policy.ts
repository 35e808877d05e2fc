// What happens to a decision that is not sure enough: it is escalated, asked about, replaced, or executed anyway.
import type { Outcome, PolicyName, TargetType } from './attributes.ts';
import { inWords, isConfidence, isShare } from './confidence.ts';
import type { EscalationContext } from './escalation-context.ts';
import { quietly } from './quietly.ts';

/** Escalates the decision and does not wait. The choice becomes null, the outcome `escalated`. */
export interface EscalatePolicy {
  escalateTo: string;
  /** Default human. */
  targetType?: TargetType | undefined;
  /** What is asked. Default: to decide. */
  asked?: string | undefined;
  /** Sends the message or opens the ticket. What it throws is thrown by `decide`, since nobody was notified. */
  notify?: ((context: EscalationContext) => unknown) | undefined;
}

/** A person's or another system's answer. */
export type Answer<Choice extends string> =
  | {
      choice: Choice;
      /** Who answered. */
      by?: string | undefined;
      reasoning?: string | undefined;
      denied?: undefined;
    }
  | { denied: true; by?: string | undefined; reasoning?: string | undefined; choice?: undefined };

/** Asks and waits. The answer counts as the choice; without one (null, undefined) the outcome stays `pending`. */
export interface AskPolicy<Choice extends string = string> {
  ask: string;
  targetType?: TargetType | undefined;
  asked?: string | undefined;
  /** Resolves when someone answered. What it throws is thrown by `decide`. */
  answer: (
    context: EscalationContext,
  ) => Answer<Choice> | null | undefined | Promise<Answer<Choice> | null | undefined>;
}

/** Takes a safe option instead. */
export interface FallBackPolicy<Choice extends string = string> {
  fallBackTo: Choice;
}

/** Applies when the confidence is below the threshold, is missing, or is not a number from 0 to 1. */
export type Policy<Choice extends string = string> = HoldPolicy<Choice> | GoOnPolicy<Choice>;
/** After these there may be no choice to act on. */
export type HoldPolicy<Choice extends string = string> = EscalatePolicy | AskPolicy<Choice>;
/** After these there is always a choice; `proceed` takes the unsure one. */
export type GoOnPolicy<Choice extends string = string> = FallBackPolicy<Choice> | 'proceed';

/** What a policy adds to what the function returned. */
interface PolicyResult<Choice extends string> {
  /** What the function chose. */
  proposed: Choice;
  /** The policy that was applied; null when the confidence was high enough. */
  policy: PolicyName | null;
}

/** There is a choice to act on. */
export type Settled<Choice extends string, Made> = Omit<Made, 'choice' | 'outcome'> &
  PolicyResult<Choice> & { choice: Choice; outcome: Outcome; answeredBy?: string | undefined };

/** There is nothing to act on: it was escalated, refused, or nobody has answered yet. */
export type Held<Choice extends string, Made> = Omit<Made, 'choice' | 'outcome'> &
  PolicyResult<Choice> & {
    choice: null;
    outcome: Extract<Outcome, 'escalated' | 'denied' | 'pending'>;
    answeredBy?: string | undefined;
  };

/** @throws TypeError on an invalid policy: a decision that should be held must not continue because of a typo */
export function policyName(policy: Policy): PolicyName {
  if (policy === 'proceed') return 'proceed';
  if (typeof policy === 'object' && policy !== null) {
    if ('escalateTo' in policy) return 'escalate';
    if ('ask' in policy && typeof policy.answer === 'function') return 'ask';
    if ('fallBackTo' in policy) return 'fall_back';
  }
  throw new TypeError(
    'belowThreshold is no policy: give "proceed", { fallBackTo: option }, { escalateTo: name } or { ask: name, answer: function }.',
  );
}

/**
 * Why a decision is not sure enough, as a sentence part; null when it is sure enough. What cannot be compared (no
 * confidence, not a number from 0 to 1, no threshold) is unsure: a policy must be on the safe side.
 */
export function whyUnsure(confidence: unknown, threshold: unknown): string | null {
  const value = quietly(() => (isConfidence(confidence) ? confidence.value : confidence));
  if (typeof threshold !== 'number' || Number.isNaN(threshold)) return 'there is no threshold to compare with';
  if (value === undefined || value === null) return `no confidence, threshold ${threshold}`;
  if (!isShare(value)) return `confidence ${inWords(value)} is no number from 0 to 1`;
  if (value >= threshold) return null;
  return `confidence ${words(value, threshold)} below ${words(threshold, value)}`;
}

/** The same without a confidence that is not a number: it may be personal text. */
export function plainReason(reason: string, confidence: unknown): string {
  const value = quietly(() => (isConfidence(confidence) ? confidence.value : confidence));
  const isText = value !== undefined && value !== null && typeof value !== 'number';
  return isText ? 'confidence is no number from 0 to 1' : reason;
}

/** Two decimals, or as many as it takes to distinguish the two. */
function words(value: number, other: number): string {
  for (let digits = 2; digits < 12; digits++) {
    const [rounded, against] = [Number(value.toFixed(digits)), Number(other.toFixed(digits))];
    if (rounded !== against) return String(rounded);
  }
  return String(value);
}

/** What the policy did about it; the reason follows. */
export function policyInWords(policy: Policy): string {
  if (policy === 'proceed') return 'went on all the same';
  if ('escalateTo' in policy) return `escalated to ${policy.escalateTo}`;
  return 'ask' in policy ? `asked ${policy.ask}` : `fell back to ${policy.fallBackTo}`;
}
