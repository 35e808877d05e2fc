// A receiver of generic webhooks that checks each request as docs/webhook.md asks receivers to.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebhookPayload, webhookPayloadSchema } from '#contracts/webhook';

export type WebhookMood =
  | { readonly status: number; readonly body?: string; readonly retryAfter?: string; readonly location?: string }
  | 'hang'
  | 'reset';

export interface FakeWebhook {
  readonly url: string;
  readonly secret: string;
  /** Bodies of good requests, oldest first. A repeat of an idempotency key is not in it. */
  readonly payloads: readonly WebhookPayload[];
  readonly headers: readonly NodeJS.Dict<string | string[]>[];
  requests(): number;
  answerWith(mood: WebhookMood): void;
  close(): Promise<void>;
}

const SECRET = 'whsec_3Jx8kQp2vLz7Rt5Y';
const WINDOW_S = 300;

/** @param now the receiver's clock, ms since 1970 */
export async function startFakeWebhook(now: () => number): Promise<FakeWebhook> {
  const payloads: WebhookPayload[] = [];
  const headers: NodeJS.Dict<string | string[]>[] = [];
  const seen = new Set<unknown>();
  let requests = 0;
  let mood: WebhookMood = { status: 200, body: 'thanks' };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      requests++;
      if (mood === 'hang') return;
      if (mood === 'reset') return void request.socket.resetAndDestroy();
      const wrong = problemOf(String(request.headers['telltale-signature']), body, now());
      if (wrong !== null) return void response.writeHead(401).end(wrong);
      const key = request.headers['idempotency-key'];
      if (mood.status < 300 && !seen.has(key)) {
        seen.add(key);
        payloads.push(webhookPayloadSchema.parse(JSON.parse(body)));
        headers.push(request.headers);
      }
      const { status, retryAfter, location } = mood;
      response
        .writeHead(status, {
          ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
          ...(location === undefined ? {} : { location }),
        })
        .end(mood.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/s3cr3t-path`,
    secret: SECRET,
    payloads,
    headers,
    requests: () => requests,
    answerWith(next) {
      mood = next;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function problemOf(signature: string, body: string, nowMs: number): string | null {
  const [, seconds = '', mac = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
  const wanted = createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest();
  const given = Buffer.from(mac, 'hex');
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return 'wrong signature';
  return Math.abs(nowMs / 1000 - Number(seconds)) > WINDOW_S ? 'too old' : null;
}
