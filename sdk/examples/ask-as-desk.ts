// What every part of the desks shares: the visit they serve, and how they ask their models.
import type { Service } from '@telltale/sdk';
import type OpenAI from 'openai';
import { type Answer, askModel } from './ask-model.ts';
import type { RiskScore } from './call-risk-api.ts';
import type { Shop } from './shop.ts';
import type { Story, Task } from './stories.ts';

export interface Desk {
  modelUrl: string;
  /** A client of the provider's own package, observed. */
  openai: OpenAI;
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
type Asked = Exclude<Task, 'assess_risk' | 'reply_to_customer'>;
const MODELS: Record<Asked, string> = {
  classify_intent: 'gpt-4.1-mini',
  plan_refund: 'gpt-4.1',
  explain_failure: 'gpt-4.1-mini',
};

export function ask(
  desk: Desk,
  { story, turn }: Visit,
  task: Asked,
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

/** Writes to the customer, word by word; the observed client makes the span. */
export async function writeReply({ openai }: Desk, { story, turn }: Visit, user: string): Promise<string> {
  const stream = await openai.chat.completions.create({
    model: 'gpt-4.1-mini',
    messages: [
      { role: 'system', content: SYSTEM },
      { role: 'user', content: user },
    ],
    stream: true,
    metadata: { task: 'reply_to_customer' satisfies Task, order: String(story.order), turn: String(turn) },
  });
  let text = '';
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
  return text;
}
