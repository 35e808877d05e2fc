// The support agent of the demo: reads a customer's words, checks order and risk, decides, pays back or asks a person.
import { setTimeout as wait } from 'node:timers/promises';
import {
  type AskPolicy,
  agent,
  decide,
  type EscalatePolicy,
  escalate,
  optionConfidenceFromLogprobs,
  preflight,
  retry,
  type StepSpan,
  selfReported,
  step,
} from '@telltale/sdk';
import { TELLTALE } from '@telltale/sdk/attributes';
import { ask, type Desk, type Visit, writeReply } from './ask-as-desk.ts';
import { scoreRisk } from './call-risk-api.ts';
import { payOrEscalate } from './pay-or-escalate.ts';
import { lookUpOrder, type Order, searchPolicy, track } from './shop.ts';
import type { Intent, Route, Story } from './stories.ts';

const ASKED = 'Which route should this refund take?';
/** How long a colleague takes to answer. */
const COLLEAGUE_MS = 900;
const INTENTS = ['refund', 'question', 'complaint', 'other'] as const;

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
  const query = 'late parcel, refund, limit';
  await step('policy_search', { kind: 'retrieval', input: query }, () => searchPolicy(desk.openai, query));
  const intent = await findIntent(desk, visit);
  const order = await lookUpOrder(desk.shop, story);
  // Tracking is optional: without it the answer is less exact.
  if (intent !== 'refund') await track(desk.shop, story);
  const outcome =
    intent === 'refund'
      ? await handleRefund(desk, visit, order, run)
      : `Answered a ${intent} about order ${story.order}`;
  const reply = await writeReply(desk, visit, `Tell the customer: ${outcome}`);
  await step('output_check', { kind: 'guardrail', input: reply }, () => ({ promisesNothingUnconfirmed: true }));
  run.setOutput(reply);
  return outcome;
}

async function findIntent(desk: Desk, visit: Visit): Promise<Intent> {
  const { response } = await ask(desk, visit, 'classify_intent', visit.story.text, { wantsProbabilities: true });
  const input = { message: visit.story.text };
  // A wrong guess costs little here: the steps after it would notice.
  const options = { input, options: INTENTS, threshold: 0.8, belowThreshold: 'proceed' } as const;
  const decision = await decide('intent', options, () => {
    const confidence = optionConfidenceFromLogprobs(response, INTENTS);
    return {
      choice: confidence.choice ?? 'other',
      confidence,
      scores: confidence.scores,
      reasoning: `The model's first token was "${confidence.choice}".`,
      outcome: 'executed',
    };
  });
  return decision.choice;
}

async function handleRefund(desk: Desk, visit: Visit, order: Order, run: StepSpan): Promise<string> {
  const { story } = visit;
  await preflight([desk.shop.payments, desk.risk]);
  const risk = await scoreRisk(desk.risk, visit);
  const question = `Order ${JSON.stringify(order)}, risk ${JSON.stringify(risk)}. Choose a route.`;
  const plan = await planRefund(desk, visit, question);
  const input = { order, risk, amountEur: story.amountEur };
  const options = [
    { id: 'auto_refund', reason: 'pays at once, up to 150 EUR' },
    { id: 'manual_review', reason: 'a colleague decides, takes a day' },
    { id: 'deny', reason: 'policy 4.2 is not met' },
  ] as const;
  const belowThreshold = whenUnsure(story);
  const route = await decide('refund_route', { input, options, threshold: 0.7, belowThreshold }, () => ({
    choice: plan.choice,
    confidence: selfReported(plan.confidence),
    scores: plan.scores,
    reasoning: plan.reasoning,
  }));
  if (route.choice === null) {
    run.set(TELLTALE.STOP_REASON, 'escalated');
    return sentToReview(story);
  }
  if (route.choice === 'manual_review') return askPerson(story, plan.reasoning, run);
  if (route.choice === 'deny') return `Explained why order ${story.order} does not qualify for a full refund`;
  return payOrEscalate(desk, visit, run);
}

/** Most unsure cases go to the queue; some are worth asking a colleague and waiting for the answer. */
function whenUnsure({ asks }: Story): EscalatePolicy | AskPolicy<Route> {
  if (asks === undefined) return { escalateTo: 'refund-review', targetType: 'queue', asked: ASKED };
  const { whom, choice, reasoning } = asks;
  const answer = async () => {
    await wait(COLLEAGUE_MS);
    return { choice, by: whom, reasoning };
  };
  return { ask: whom, asked: ASKED, answer };
}

async function planRefund(desk: Desk, visit: Visit, question: string): Promise<Plan> {
  const answer = await retry('plan_refund', { kind: 'other', initialDelayMs: 100 }, () =>
    ask(desk, visit, 'plan_refund', question),
  );
  return JSON.parse(answer.text) as Plan;
}

async function askPerson(story: Story, reason: string, run: StepSpan): Promise<string> {
  const input = { order: story.order, amountEur: story.amountEur };
  await escalate('refund-review', { reason, targetType: 'queue', input, asked: ASKED });
  run.set(TELLTALE.STOP_REASON, 'escalated');
  return sentToReview(story);
}

function sentToReview({ order }: Story): string {
  return `Sent order ${order} to manual review`;
}
