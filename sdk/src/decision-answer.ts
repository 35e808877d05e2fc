// Waits for the answer to a decision, and records it as a decision of whoever answered, linked to the one that waited.
import { TELLTALE } from './attributes.ts';
import { isContentCaptured } from './content.ts';
import type { DecideOptions } from './decide.ts';
import type { AskPolicy } from './decision-policy.ts';
import { DecisionSpan } from './decision-span.ts';
import { handOver } from './escalate.ts';
import type { EscalationContext } from './escalation-context.ts';
import { runSpan } from './run-span.ts';
import { runGuarded } from './scope-guard.ts';
import type { StepSpan } from './step-span.ts';

interface Answered {
  choice: string | null;
  outcome: 'executed' | 'denied' | 'pending';
  answeredBy?: string | undefined;
}

/** Resolves when `answer` does; rejects with what it throws. */
export async function askForAnswer(
  name: string,
  options: DecideOptions,
  policy: AskPolicy,
  { context, plainReason }: { context: EscalationContext; plainReason: string },
  waiting: DecisionSpan,
): Promise<Answered> {
  const { reason, asked, targetType } = context;
  const ask = async (span: StepSpan): Promise<Answered> => {
    span.waitingFor(policy.ask);
    // Outside the agent's scope: what carries the question is no step of the agent.
    const answer = await runGuarded(undefined, () => policy.answer(context));
    span.waitingFor(null);
    if (answer === null || answer === undefined) return { choice: null, outcome: 'pending' };
    const { reasoning, by } = answer;
    const choice = answer.choice ?? null;
    const outcome = choice === null ? 'denied' : 'executed';
    await recordAnswer(name, options, waiting, { choice, reasoning, outcome, by });
    return { choice, outcome, answeredBy: by };
  };
  const answered = await handOver(policy.ask, { reason, asked, targetType, input: options.input }, ask, plainReason);
  return answered ?? { choice: null, outcome: 'pending' };
}

function recordAnswer(
  name: string,
  options: DecideOptions,
  waiting: DecisionSpan,
  answer: { choice: string | null; reasoning: string | undefined; outcome: string; by: string | undefined },
): Promise<void> {
  const attributes = {
    [TELLTALE.DECISION_NAME]: name,
    [TELLTALE.DECISION_ACTION]:
      answer.by === undefined || !isContentCaptured() ? undefined : `answered by ${answer.by}`,
  };
  // Not the agent's step: its limits do not apply to a person's answer.
  return runGuarded(undefined, () =>
    runSpan(
      { name: `decide ${name}`, kind: 'decision', operation: 'decide', attributes },
      {
        handle: (span) => new DecisionSpan(span, TELLTALE.DECISION_INPUT),
        onStart: (span) => span.setInput(options.input).setOptions(options.options).linkTo(waiting.context),
        onResult: (span) => span.recordAnswer(answer),
      },
      () => undefined,
    ),
  );
}
