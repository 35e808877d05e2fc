// What every part of the refund desk shares: the visit it serves, and how it asks its models.
import type { Service } from '@telltale/sdk';
import { type Answer, askModel } from './ask-model.ts';
import type { RiskScore } from './call-risk-api.ts';
import type { Shop } from './shop.ts';
import type { Story, Task } from './stories.ts';

export interface Desk {
  modelUrl: string;
  shop: Shop;
  risk: Service<RiskScore>;
}

/** One message of a customer; `turn` counts the messages of the same order from 0. */
export interface Visit {
  story: Story;
  turn: number;
}

const SYSTEM =
  'You are refund-desk of an online shop. You may refund up to 150 EUR without a person. Never promise a date that payments has not confirmed. Answer in the language of the customer.';
const MODELS: Record<Exclude<Task, 'assess_risk'>, string> = {
  classify_intent: 'gpt-4.1-mini',
  plan_refund: 'gpt-4.1',
  explain_failure: 'gpt-4.1-mini',
  reply_to_customer: 'gpt-4.1-mini',
};

export function ask(
  desk: Desk,
  { story, turn }: Visit,
  task: Exclude<Task, 'assess_risk'>,
  user: string,
  more: { wantsProbabilities?: boolean } = {},
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
