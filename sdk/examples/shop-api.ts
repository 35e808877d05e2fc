// The shop's own services of the demo, over real HTTP: orders, payments and tracking, with the faults that stories ask for.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { type Listening, listen } from './listen.ts';
import type { Story } from './stories.ts';

const PAYMENT_TIMEOUT_MS = 250;

export interface ShopApi extends Listening {
  /** Payments answer again, whatever the stories say. */
  repairPayments: () => void;
}

export async function startShopApi(stories: readonly Story[]): Promise<ShopApi> {
  const shop = new Shop(stories);
  const server = createServer((req, res) => {
    shop.serve(req, res).catch((error: unknown) => res.writeHead(500).end(String(error)));
  });
  return { ...(await listen(server)), repairPayments: () => shop.repairPayments() };
}

class Shop {
  readonly #stories: ReadonlyMap<string, Story>;
  readonly #refundsAsked = new Map<string, number>();
  readonly #expired = new Set<string>();
  #tokens = 1;
  #arePaymentsRepaired = false;

  constructor(stories: readonly Story[]) {
    this.#stories = new Map(stories.map((story) => [String(story.order), story]));
  }

  repairPayments(): void {
    this.#arePaymentsRepaired = true;
  }

  async serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const [, what = '', order = ''] = (req.url ?? '').split('/');
    const story = this.#stories.get(order);
    if (what === 'health') return send(res, 200, {});
    if (what === 'token') return send(res, 200, { access_token: this.#token(), expires_in: 3600 });
    if (story === undefined) return send(res, 404, { error: `no order ${order}` });
    if (what === 'orders') return this.#order(story, res);
    if (what === 'refunds') return this.#refund(story, req, res);
    if (what === 'mail') return send(res, 200, { sent: true });
    // Tracking and loyalty: their own suppliers are gone, so they never answer.
  }

  async #order({ order, amountEur, daysLate, ordersChanged }: Story, res: ServerResponse): Promise<void> {
    await wait(20);
    const known = { orderId: order, totalEur: amountEur, paidBy: 'card' };
    send(res, 200, ordersChanged ? { ...known, days_late: String(daysLate) } : { ...known, daysLate });
  }

  async #refund(story: Story, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const order = String(story.order);
    if (story.tokenExpires && !this.#expired.has(order)) {
      this.#expired.add(order);
      this.#tokens += 1;
    }
    if (req.headers.authorization !== `Bearer ${this.#token()}`) return send(res, 401, { error: 'token expired' });
    const asked = (this.#refundsAsked.get(order) ?? 0) + 1;
    this.#refundsAsked.set(order, asked);
    const isSlow = story.payments === 'down' || (story.payments === 'slow_once' && asked === 1);
    if (isSlow && !this.#arePaymentsRepaired) {
      await wait(PAYMENT_TIMEOUT_MS);
      return send(res, 504, `the bank timed out after ${PAYMENT_TIMEOUT_MS} ms (order ${order})`);
    }
    await wait(40);
    send(res, 200, { refundId: `re-${order}`, amountEur: story.amountEur });
  }

  #token(): string {
    return `demo-${this.#tokens}`;
  }
}

function send(res: ServerResponse, status: number, body: unknown): void {
  const isText = typeof body === 'string';
  res.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json', 'x-api-version': '2026-09-01' });
  res.end(isText ? body : JSON.stringify(body));
}
