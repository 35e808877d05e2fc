// The end of a refund: pays with retries, and escalates the case to a person when payments do not answer.
import { decide, escalate, failureOf, optionConfidenceFromLogprobs, type StepSpan } from '@telltale/sdk';
import { TELLTALE } from '@telltale/sdk/attributes';
import { ask, type Desk, type Visit } from './ask-as-desk.ts';
import { payBack } from './shop.ts';
import type { Story } from './stories.ts';

class RefundNotPaid extends Error {
  override readonly name = 'RefundNotPaid';
}

/** Resolves to one line that says how it ended. */
export async function payOrEscalate(desk: Desk, visit: Visit, run: StepSpan): Promise<string> {
  const { story } = visit;
  try {
    await payBack(desk.shop, story);
  } catch (error) {
    const attempts = failureOf(error)?.attempt ?? 1;
    return recover(desk, visit, `payments.refund failed ${attempts} times; last: ${messageOf(error)}`, run);
  }
  run.set(TELLTALE.STOP_REASON, 'goal_reached');
  return `Refunded ${euros(story)} for order ${story.order}`;
}

/** The payment failed permanently: the model suggests what to do, and an unsure suggestion goes to a person. */
async function recover(desk: Desk, visit: Visit, failure: string, run: StepSpan): Promise<string> {
  const { story } = visit;
  const asked = `${failure}. What now?`;
  const advice = await ask(desk, visit, 'explain_failure', asked, { wantsProbabilities: true });
  const options = ['retry_later', 'escalate', 'abandon'] as const;
  const confidence = optionConfidenceFromLogprobs(advice.response, options);
  await decide('recovery', { input: asked, options, threshold: 0.7 }, () => ({
    choice: 'retry_later',
    confidence,
    scores: confidence.scores,
    reasoning: advice.text,
    action: 'escalate to payments-oncall',
    outcome: 'escalated',
  }));
  const reason = `payments.refund timed out three times for order ${story.order}`;
  const context = {
    order: story.order,
    amountEur: story.amountEur,
    asked: `Approve ${euros(story)} by hand once payments answers.`,
  };
  await escalate('payments-oncall', { reason, targetType: 'human', input: context });
  const headline = `Refund of order ${story.order} not paid: payments.refund timed out, handed to payments-oncall`;
  run.set(TELLTALE.STOP_REASON, 'escalated').fail(new RefundNotPaid(headline));
  return headline;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function euros(story: Story): string {
  return `${story.amountEur.toFixed(2)} EUR`;
}
