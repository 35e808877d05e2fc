// Applies the policy of a decision to what was decided: continues, takes the safe option, escalates, or asks and waits.
import { CONFIDENCE_SOURCES, OUTCOMES, TELLTALE } from './attributes.ts';
import { isConfidence } from './confidence.ts';
import { isContentCaptured } from './content.ts';
import type { DecideOptions } from './decide.ts';
import { askForAnswer } from './decision-answer.ts';
import { plainReason, policyInWords, policyName, whyUnsure } from './decision-policy.ts';
import type { DecisionSpan } from './decision-span.ts';
import { handOver } from './escalate.ts';
import { type DecisionFacts, escalationContext } from './escalation-context.ts';
import { quietly } from './quietly.ts';
import { at } from './read.ts';
import { currentGuard, runGuarded } from './scope-guard.ts';
import { sendSoon } from './send-soon.ts';

/** What is left to do after the decision's span has ended. */
interface Applied {
  finish: () => unknown;
}

/** `made` is what the agent's function returned; without types it may be anything. */
export async function applyPolicy(
  name: string,
  options: DecideOptions,
  made: unknown,
  span: DecisionSpan,
): Promise<Applied> {
  const { threshold, belowThreshold: policy } = options;
  quietly(() => span.record(made));
  const facts = factsOf(name, made, threshold);
  const note = (outcome: DecisionFacts['outcome']) =>
    quietly(() => currentGuard()?.noteDecision({ ...facts, outcome: outcome ?? facts.outcome }));
  if (policy === undefined || typeof made !== 'object' || made === null) {
    note(null);
    return { finish: () => made };
  }
  const proposed = facts.choice;
  // A copy; what cannot be read is left out.
  const copy = quietly(() => ({ ...made })) ?? { choice: proposed };
  const reason = whyUnsure(at(made, 'confidence'), threshold);
  if (reason === null) {
    const outcome = facts.outcome ?? 'executed';
    span.setOutcome(outcome);
    note(outcome);
    return { finish: () => ({ ...copy, outcome, proposed, policy: null }) };
  }
  const applied = policyName(policy);
  const plain = plainReason(reason, at(made, 'confidence'));
  const recorded = isContentCaptured() ? reason : plain;
  span.set(TELLTALE.DECISION_POLICY_REASON, `${policyInWords(policy)}: ${recorded}`);
  if (policy === 'proceed' || 'fallBackTo' in policy) {
    const choice = policy === 'proceed' ? proposed : policy.fallBackTo;
    span.setOutcome('executed', choice ?? undefined);
    note('executed');
    return { finish: () => ({ ...copy, choice, outcome: 'executed', proposed, policy: applied }) };
  }
  const target = 'ask' in policy ? policy.ask : policy.escalateTo;
  const context = escalationContext({
    target,
    targetType: policy.targetType ?? 'human',
    reason: `${name}: ${reason}`,
    asked: policy.asked ?? `Decide ${name}: ${facts.choice ?? 'nothing'} was proposed.`,
    input: options.input,
    from: span,
    decision: facts,
  });
  const held = { ...copy, choice: null, proposed, policy: applied };
  const { reason: why, asked, targetType } = context;
  if ('escalateTo' in policy) {
    span.setOutcome('escalated', `escalated to ${target}`);
    note('escalated');
    await handOver(
      target,
      { reason: why, asked, targetType, input: options.input },
      () => runGuarded(undefined, () => policy.notify?.(context)),
      `${name}: ${plain}`,
    );
    return { finish: () => ({ ...held, outcome: 'escalated' }) };
  }
  span.setOutcome('pending', `asked ${target}`);
  note('pending');
  return {
    finish: async () => {
      // The span has ended; sending it now shows what the run waits for.
      sendSoon();
      return {
        ...held,
        ...(await askForAnswer(name, options, policy, { context, plainReason: `${name}: ${plain}` }, span)),
      };
    },
  };
}

function factsOf(name: string, made: unknown, threshold: unknown): DecisionFacts {
  const given = at(made, 'confidence');
  const confidence = isConfidence(given) ? given.value : given;
  const source = isConfidence(given) ? given.source : at(made, 'confidenceSource');
  const outcome = at(made, 'outcome');
  return {
    name,
    choice: text(at(made, 'choice')),
    confidence: typeof confidence === 'number' ? confidence : null,
    confidenceSource: CONFIDENCE_SOURCES.find((known) => known === source) ?? null,
    threshold: typeof threshold === 'number' ? threshold : null,
    reasoning: text(at(made, 'reasoning')),
    outcome: OUTCOMES.find((known) => known === outcome) ?? null,
  };
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
