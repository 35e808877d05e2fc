// The support agent of the demo: reads a customer's words, checks order and risk, decides, pays back or asks a person.
import { agent, decide, escalate, type StepSpan, step, tool } from '@telltale/sdk';
import { TELLTALE } from '@telltale/sdk/attributes';
import { type Answer, askModel, ModelError } from './ask-model.ts';
import { scoreRisk } from './call-risk-api.ts';
import { withRetry } from './retry.ts';
import { lookUpOrder, type Order, payBack, searchPolicy, UpstreamTimeout } from './shop.ts';
import type { Intent, Route, Story, Task } from './stories.ts';

export interface Desk {
  modelUrl: string;
  riskUrl: string;
}

/** One message of a customer; `turn` counts the messages of the same order from 0. */
export interface Visit {
  story: Story;
  turn: number;
}

export interface VisitResult {
  traceId: string;
  /** One line for a log. */
  headline: string;
}

interface Plan {
  choice: Route;
  confidence: number;
  reasoning: string;
  scores: Record<Route, number>;
}

const SYSTEM =
  'You are refund-desk of an online shop. You may refund up to 150 EUR without a person. Never promise a date that payments has not confirmed. Answer in the language of the customer.';
const MODELS: Record<Exclude<Task, 'assess_risk'>, string> = {
  classify_intent: 'gpt-4.1-mini',
  plan_refund: 'gpt-4.1',
  explain_failure: 'gpt-4.1-mini',
  reply_to_customer: 'gpt-4.1-mini',
};

class RefundNotPaid extends Error {
  override readonly name = 'RefundNotPaid';
}

/** Plays one visit as one trace. Never rejects: a failed run is part of the story. */
export async function serveCustomer(desk: Desk, visit: Visit): Promise<VisitResult> {
  const { story } = visit;
  let traceId = '';
  const options = { version: '2.14.1', sessionId: story.session, userId: story.customer, input: story.text };
  try {
    const headline = await agent('refund-desk', options, async (span) => {
      traceId = span.traceId;
      return answerCustomer(desk, visit, span);
    });
    return { traceId, headline };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { traceId, headline: `Refund of order ${story.order} failed: ${reason}` };
  }
}

async function answerCustomer(desk: Desk, visit: Visit, run: StepSpan): Promise<string> {
  const { story } = visit;
  await step('check_scope', { kind: 'guardrail', input: story.text }, () => ({
    inScope: true,
    rule: 'orders and refunds',
  }));
  await step('policy_search', { kind: 'retrieval', input: 'late parcel, refund, limit' }, searchPolicy);
  const intent = await findIntent(desk, visit);
  const order = await tool('orders.lookup', { input: { orderId: story.order } }, () => lookUpOrder(story));
  const outcome =
    intent === 'refund'
      ? await handleRefund(desk, visit, order, run)
      : `Answered a ${intent} about order ${story.order}`;
  const reply = await ask(desk, visit, 'reply_to_customer', `Tell the customer: ${outcome}`);
  await step('output_check', { kind: 'guardrail', input: reply.text }, () => ({ promisesNothingUnconfirmed: true }));
  run.setOutput(reply.text);
  return outcome;
}

async function findIntent(desk: Desk, visit: Visit): Promise<Intent> {
  const { probabilities } = await ask(desk, visit, 'classify_intent', visit.story.text, { wantsProbabilities: true });
  const input = { message: visit.story.text };
  const options = ['refund', 'question', 'complaint', 'other'] as const;
  const decision = await decide('intent', { input, options, threshold: 0.8 }, () => {
    const [choice, confidence] = mostLikely(probabilities);
    const isOption = options.find((option) => option === choice) ?? 'other';
    return {
      choice: isOption,
      confidence,
      confidenceSource: 'logprobs',
      scores: probabilities,
      reasoning: `The model's first token was "${choice}".`,
      outcome: 'executed',
    };
  });
  return decision.choice;
}

async function handleRefund(desk: Desk, visit: Visit, order: Order, run: StepSpan): Promise<string> {
  const { story } = visit;
  const risk = await scoreRisk(desk.riskUrl, visit);
  const question = `Order ${JSON.stringify(order)}, risk ${JSON.stringify(risk)}. Choose a route.`;
  const plan = await planRefund(desk, visit, question);
  const threshold = 0.7;
  const isSure = plan.confidence >= threshold;
  const input = { order, risk, amountEur: story.amountEur };
  const options = [
    { id: 'auto_refund', reason: 'pays at once, up to 150 EUR' },
    { id: 'manual_review', reason: 'a colleague decides, takes a day' },
    { id: 'deny', reason: 'policy 4.2 is not met' },
  ] as const;
  const route = await decide('refund_route', { input, options, threshold }, () => ({
    choice: plan.choice,
    confidence: plan.confidence,
    confidenceSource: 'self_reported',
    scores: plan.scores,
    reasoning: plan.reasoning,
    action: isSure ? plan.choice : 'manual_review',
    outcome: isSure ? 'executed' : 'escalated',
  }));
  if (!isSure)
    return askPerson(story, `refund_route says ${route.choice} at ${plan.confidence}, under ${threshold}`, run);
  if (route.choice === 'manual_review') return askPerson(story, plan.reasoning, run);
  if (route.choice === 'deny') return `Explained why order ${story.order} does not qualify for a full refund`;
  return payOrEscalate(desk, visit, run);
}

async function planRefund(desk: Desk, visit: Visit, question: string): Promise<Plan> {
  const isTransient = (error: unknown): boolean => error instanceof ModelError;
  const answer = await withRetry(isTransient, (_label, mark) =>
    ask(desk, visit, 'plan_refund', question, { onSpan: mark }),
  );
  return JSON.parse(answer.text) as Plan;
}

async function payOrEscalate(desk: Desk, visit: Visit, run: StepSpan): Promise<string> {
  const { story } = visit;
  const input = { orderId: story.order, amountEur: story.amountEur, reason: 'late_delivery' };
  const isTransient = (error: unknown): boolean => error instanceof UpstreamTimeout;
  let attempts = 0;
  try {
    await tool('payments.refund', { input }, () =>
      withRetry(isTransient, (label, mark) =>
        tool('payments.refund', { input, attributes: { 'payments.attempt': label } }, (span) => {
          mark(span);
          attempts += 1;
          return payBack(story, attempts - 1);
        }),
      ),
    );
  } catch (error) {
    return recover(desk, visit, error, run);
  }
  run.set(TELLTALE.STOP_REASON, 'goal_reached');
  return `Refunded ${euros(story)} for order ${story.order}${attempts > 1 ? ', one retry' : ''}`;
}

/** The payment failed for good: the model suggests what now, and what is not sure enough goes to a person. */
async function recover(desk: Desk, visit: Visit, error: unknown, run: StepSpan): Promise<string> {
  const { story } = visit;
  const asked = `payments.refund failed 3 times: ${String(error)}. What now?`;
  const advice = await ask(desk, visit, 'explain_failure', asked, { wantsProbabilities: true });
  await decide('recovery', { input: asked, options: ['retry_later', 'escalate', 'abandon'], threshold: 0.7 }, () => ({
    choice: 'retry_later',
    confidence: mostLikely(advice.probabilities)[1],
    confidenceSource: 'logprobs',
    scores: advice.probabilities,
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

async function askPerson(story: Story, reason: string, run: StepSpan): Promise<string> {
  const input = { order: story.order, amountEur: story.amountEur, asked: 'Which route should this refund take?' };
  await escalate('refund-review', { reason, targetType: 'queue', input });
  run.set(TELLTALE.STOP_REASON, 'escalated');
  return `Sent order ${story.order} to manual review`;
}

function ask(
  desk: Desk,
  { story, turn }: Visit,
  task: Exclude<Task, 'assess_risk'>,
  user: string,
  more: { wantsProbabilities?: boolean; onSpan?: (span: StepSpan) => void } = {},
): Promise<Answer> {
  return askModel(desk.modelUrl, {
    task,
    model: MODELS[task],
    provider: 'openai',
    system: SYSTEM,
    user,
    order: story.order,
    turn,
    ...more,
  });
}

function mostLikely(probabilities: Record<string, number>): [string, number] {
  return Object.entries(probabilities).sort((a, b) => b[1] - a[1])[0] ?? ['other', 0];
}

function euros(story: Story): string {
  return `${story.amountEur.toFixed(2)} EUR`;
}
