// What the fake model answers in each story. Everything varies by order number only, so a run can be repeated.
import type { ModelFailure, ModelReply, ModelScript } from './fake-model.ts';
import type { Band, Intent, Route, Story, Task } from './stories.ts';

const INTENTS: readonly Intent[] = ['refund', 'question', 'complaint', 'other'];
const ROUTES: readonly Route[] = ['auto_refund', 'manual_review', 'deny'];
const BANDS: readonly Band[] = ['low', 'medium', 'high'];

/** `stories` by order; the turns of one session share an order and are asked for in their sequence. */
export function scriptFor(stories: readonly Story[]): ModelScript {
  const faultsLeft = new Map(stories.map((story) => [story, story.modelFault?.times ?? 0]));
  return ({ order = '', turn = '', task = '' }) => {
    const story = stories.filter((candidate) => String(candidate.order) === order)[Number(turn)];
    if (story === undefined) return { status: 404, message: `no story for order ${order}` };
    const left = faultsLeft.get(story) ?? 0;
    if (story.modelFault !== undefined && story.modelFault.task === task && left > 0) {
      faultsLeft.set(story, left - 1);
      return fault(story.modelFault.status);
    }
    return replyTo(task, story);
  };
}

/** Milliseconds a model takes, from 40 to 120, the same for the same order and task. */
export function thinkMs({ order = '', task = '' }: Record<string, string>): number {
  return 40 + ((Number(order) * 7 + task.length * 31) % 80);
}

function fault(status: 429 | 500): ModelFailure {
  return status === 429
    ? { status, message: 'Rate limit reached for gpt-4.1: please try again in 100 ms.' }
    : { status, message: 'The server had an error while processing your request.' };
}

function replyTo(task: string, story: Story): ModelReply {
  const replies: Record<Task, () => ModelReply> = {
    classify_intent: () => ({
      text: story.intent.choice,
      probabilities: spread(INTENTS, story.intent.choice, story.intent.confidence),
    }),
    assess_risk: () => json({ ...story.risk, scores: spread(BANDS, story.risk.band, story.risk.confidence) }),
    plan_refund: () => json({ ...story.route, scores: spread(ROUTES, story.route.choice, story.route.confidence) }),
    explain_failure: () => ({
      text: 'retry_later: the timeouts look transient, but it is not known whether one of the attempts went through, and paying twice is worse than paying late.',
      probabilities: {
        retry_later: hesitation(story.order),
        escalate: 0.41,
        abandon: round(0.59 - hesitation(story.order)),
      },
    }),
    reply_to_customer: () => ({ text: story.reply }),
  };
  return isTask(task, replies) ? replies[task]() : { text: '' };
}

/** The chosen option gets its confidence, the others share the rest, the earlier the more. */
function spread(options: readonly string[], chosen: string, confidence: number): Record<string, number> {
  const others = options.filter((option) => option !== chosen);
  const parts = (others.length * (others.length + 1)) / 2;
  const shares = others.map((option, index) => [option, round(((1 - confidence) * (others.length - index)) / parts)]);
  return { [chosen]: confidence, ...Object.fromEntries(shares) };
}

/** Between 0.43 and 0.53: always under the threshold of 0.70. */
function hesitation(order: number): number {
  return round(0.43 + (order % 11) / 100);
}

function json(value: unknown): ModelReply {
  return { text: JSON.stringify(value) };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function isTask(task: string, replies: Record<Task, unknown>): task is Task {
  return task in replies;
}
