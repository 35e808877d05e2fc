// The shop's own services as tools of the agent: connected once, with retries, limits and schemas.
import { setTimeout as wait } from 'node:timers/promises';
import {
  connect,
  type DeadLetters,
  memoryKeys,
  type Service,
  type ServiceResult,
  TimeoutError,
  timeout,
} from '@telltale/sdk';
import type OpenAI from 'openai';
import { z } from 'zod';
import type { Story } from './stories.ts';

const ORDER = z.object({ orderId: z.number(), totalEur: z.number(), daysLate: z.number(), paidBy: z.enum(['card']) });
const REFUND = z.object({ refundId: z.string(), amountEur: z.number() });
export type Order = z.infer<typeof ORDER>;
export type Refund = z.infer<typeof REFUND>;

/** The demo is one process and starts anew each time; a real desk keeps its keys in files or in a database. */
export const KEYS = memoryKeys();

export interface Shop {
  /** Base address of all of them. */
  url: string;
  orders: Service<Order>;
  payments: Service<Refund>;
  tracking: Service;
  mail: Service;
}

/** `letters` keeps refunds that could not be paid. */
export function connectShop(baseUrl: string, letters: DeadLetters): Shop {
  const shared = { baseUrl, version: '2026-09-01', versionHeader: 'x-api-version' };
  const health: NonNullable<Parameters<typeof connect>[1]>['health'] = ({ fetch }) => fetch('/health');
  return {
    url: baseUrl,
    orders: connect('orders', { ...shared, schema: ORDER, health }),
    payments: connect('payments', {
      ...shared,
      schema: REFUND,
      health,
      auth: { refresh: ({ signal }) => newToken(baseUrl, signal) },
      rateLimit: { requests: 50, perMs: 1000 },
      retry: { maxAttempts: 3, initialDelayMs: 100, timeoutMs: 5_000 },
      circuit: { failures: 50 },
      deadLetters: letters,
    }),
    tracking: connect('tracking', {
      ...shared,
      critical: false,
      retry: { maxAttempts: 2, initialDelayMs: 20, timeoutMs: 120 },
      circuit: { failures: 2 },
    }),
    mail: connect('mail', { ...shared, rateLimit: { requests: 2, perMs: 250 } }),
  };
}

export async function lookUpOrder({ orders }: Shop, { order }: Story): Promise<Order> {
  const { value } = await orders.call('lookup', { input: { orderId: order } }, ({ json }) => json(`/orders/${order}`));
  if (value === undefined) throw new Error(`order ${order} is not known`);
  return value;
}

/** Pays once per order, however often it is called. Rejects when payments do not answer. */
export function payBack({ payments }: Shop, story: Story): Promise<ServiceResult<Refund>> {
  const { order, amountEur } = story;
  return payments.call(
    'refund',
    {
      input: { orderId: order, amountEur, reason: 'late_delivery' },
      inputRef: `order:${order}`,
      // The payment service knows the key too and pays once per key, so a refund whose answer was lost may be repeated.
      idempotency: { key: `refund:${order}`, store: KEYS, isOutcomeUnknown: () => false },
    },
    ({ json }) => json(`/refunds/${order}`, { method: 'POST' }),
  );
}

/** Where the parcel is, or nothing when tracking is not available. */
export async function track({ tracking }: Shop, { order }: Story): Promise<unknown> {
  return (await tracking.call('status', { input: { order } }, ({ json }) => json(`/tracking/${order}`))).value;
}

/** The customer's points, or null when the loyalty program takes too long: it is not one of our services. */
export async function loyaltyPoints({ url }: Shop, { order, customer }: Story): Promise<number | null> {
  try {
    return await timeout('loyalty.points', { timeoutMs: 150, input: { customer } }, async ({ signal }) => {
      const response = await fetch(`${url}/loyalty/${order}`, { signal });
      return ((await response.json()) as { points: number }).points;
    });
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    return null;
  }
}

export async function sendReceipt({ mail }: Shop, { order }: Story): Promise<void> {
  await mail.call('receipt', { input: { order } }, ({ json }) => json(`/mail/${order}`, { method: 'POST' }));
}

export async function searchPolicy(
  openai: OpenAI,
  query: string,
): Promise<Array<{ id: string; text: string; score: number }>> {
  await openai.embeddings.create({ model: 'text-embedding-3-small', input: query });
  await wait(15);
  return [
    { id: 'policy-4.2', text: 'A parcel more than 7 days late may be refunded in full, without return.', score: 0.91 },
    { id: 'policy-4.5', text: 'Refunds above 150 EUR need the approval of a person.', score: 0.83 },
    { id: 'policy-2.1', text: 'Damaged goods are refunded when reported within 14 days.', score: 0.64 },
  ];
}

async function newToken(baseUrl: string, signal: AbortSignal): Promise<{ token: string; expiresInSeconds: number }> {
  const response = await fetch(`${baseUrl}/token`, { method: 'POST', signal });
  const answer = (await response.json()) as { access_token: string; expires_in: number };
  return { token: answer.access_token, expiresInSeconds: answer.expires_in };
}
