// The shop's own services as the agent's tools see them: orders, policy, payments. They wait a little, as real ones do.
import { wait } from './retry.ts';
import type { Story } from './stories.ts';

const PAYMENT_TIMEOUT_MS = 250;

export interface Order {
  orderId: number;
  totalEur: number;
  daysLate: number;
  paidBy: 'card';
}

/** A service did not answer in time. */
export class UpstreamTimeout extends Error {
  override readonly name = 'UpstreamTimeout';
}

export async function lookUpOrder(story: Story): Promise<Order> {
  await wait(20);
  return { orderId: story.order, totalEur: story.amountEur, daysLate: story.daysLate, paidBy: 'card' };
}

export async function searchPolicy(): Promise<Array<{ id: string; text: string; score: number }>> {
  await wait(15);
  return [
    { id: 'policy-4.2', text: 'A parcel more than 7 days late may be refunded in full, without return.', score: 0.91 },
    { id: 'policy-4.5', text: 'Refunds above 150 EUR need the approval of a person.', score: 0.83 },
    { id: 'policy-2.1', text: 'Damaged goods are refunded when reported within 14 days.', score: 0.64 },
  ];
}

/** `attempt` counts from 0. Rejects with UpstreamTimeout when the payment service does not answer. */
export async function payBack(story: Story, attempt: number): Promise<{ refundId: string; amountEur: number }> {
  const isSlow = story.payments === 'down' || (story.payments === 'slow_once' && attempt === 0);
  if (isSlow) {
    await wait(PAYMENT_TIMEOUT_MS);
    throw new UpstreamTimeout(`no response from payments after ${PAYMENT_TIMEOUT_MS} ms (order ${story.order})`);
  }
  await wait(40);
  return { refundId: `re-${story.order}`, amountEur: story.amountEur };
}
