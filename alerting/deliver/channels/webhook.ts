// The generic webhook: one signed POST of JSON per message (docs/webhook.md).
import { createHmac } from 'node:crypto';
import { headOf } from '#domain/clip';
import { createOutboundFetch } from '../../outbound/fetch.ts';
import type { OutboundGuard } from '../../outbound/guard.ts';
import type { Channel, Outcome } from './channel.ts';
import { noAnswer, retryOf } from './http-outcome.ts';
import { plainText } from './plain-text.ts';
import { toPayload } from './webhook-payload.ts';

export interface WebhookOptions {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  /** Signs each request. */
  readonly secret: string;
  /** Value of an `authorization` header; null sends none. */
  readonly authorization: string | null;
  readonly guard: OutboundGuard | null;
  /** How long to wait for an answer. Default 10 s. */
  readonly timeoutMs?: number | undefined;
  /** ms since 1970. */
  readonly now: () => number;
}

export function createWebhookChannel(options: WebhookOptions): Channel {
  const { id, name, url, secret, authorization, guard, timeoutMs, now } = options;
  const post = createOutboundFetch({ guard, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  return {
    id,
    type: 'webhook',
    name,
    async send(message) {
      if (message.kind === 'digest') {
        return { kind: 'failed', reason: 'A webhook takes no digest; mail it.', disables: false };
      }
      const nowMs = now();
      const body = JSON.stringify(toPayload(message, nowMs));
      try {
        const response = await post(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'user-agent': 'Telltale',
            'idempotency-key': message.messageId,
            'telltale-signature': sign(secret, body, nowMs),
            ...(authorization === null ? {} : { authorization }),
          },
          body,
        });
        const said = wordsOf(await response.text(), [secret, url, authorization]);
        return toOutcome(response.status, said, response.headers.get('retry-after'), nowMs);
      } catch (error) {
        return noAnswer('The webhook', error);
      }
    },
  };
}

/** `t=<seconds>,v1=<hex HMAC-SHA256 of "<seconds>.<body>">`. The time in it is what lets a receiver refuse replays. */
export function sign(secret: string, body: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}

function toOutcome(status: number, said: string, retryAfter: string | null, nowMs: number): Outcome {
  const reason = `The webhook answered ${status}${said === '' ? '' : ` (${said})`}.`;
  if (status >= 200 && status < 300) return { kind: 'sent', said: reason };
  const retry = retryOf(status, retryAfter, nowMs);
  if (retry !== null) return { kind: 'retry', ...retry, reason };
  if (status < 400) {
    const remedy = 'Redirects are not followed: enter the address it leads to.';
    return { kind: 'failed', disables: true, reason: `${reason} ${remedy}` };
  }
  const remedy = REMEDIES[status];
  if (remedy !== undefined) return { kind: 'failed', disables: true, reason: `${reason} ${remedy}` };
  return {
    kind: 'failed',
    disables: false,
    reason: `${reason} The receiver refuses this message; its log may say why.`,
  };
}

/** Answers that no other message would change. */
const REMEDIES: Readonly<Record<number, string>> = {
  401: 'Enter the authorization that the receiver asks for, and compare the signing secret.',
  403: 'Enter the authorization that the receiver asks for, and compare the signing secret.',
  404: 'Check the address.',
  405: 'The address takes no POST. Check it.',
  410: 'The receiver is gone for good. Enter another address, or delete the channel.',
};

/** The beginning of the reply on one line; secrets that a receiver repeats do not get into the log. */
function wordsOf(reply: string, secrets: readonly (string | null)[]): string {
  const kept = secrets.reduce<string>((text, secret) => (secret ? text.replaceAll(secret, '•••') : text), reply);
  return plainText(headOf(kept, 2000), 200);
}
