// The Slack channel: one incoming webhook. Maps each of Slack's answers to an outcome. The webhook's address is a
// secret: reasons are built from known words only, never from an error's own text.
import { IncomingWebhook, IncomingWebhookHTTPError, IncomingWebhookRequestError } from '@slack/webhook';
import { createOutboundFetch } from '../../outbound/fetch.ts';
import type { OutboundGuard } from '../../outbound/guard.ts';
import type { Channel, Outcome } from './channel.ts';
import { noAnswer, retryOf } from './http-outcome.ts';
import { toSlackMessage } from './slack-blocks.ts';

export interface SlackOptions {
  readonly id: string;
  readonly name: string;
  readonly webhookUrl: string;
  /** null for the address of the environment. */
  readonly guard: OutboundGuard | null;
  /** Where a new address is entered: `SLACK_WEBHOOK_URL`, or "Settings › Channels". */
  readonly setting: string;
  /** How long to wait for an answer. Default 10 s. */
  readonly timeoutMs?: number | undefined;
  /** ms since 1970. */
  readonly now: () => number;
}

export function createSlackChannel(options: SlackOptions): Channel {
  const { id, name, webhookUrl, guard, timeoutMs, setting, now } = options;
  const send = createOutboundFetch({ guard, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  return {
    id,
    type: 'slack',
    name,
    async send(message) {
      if (message.kind === 'digest') {
        return { kind: 'failed', reason: 'Slack takes no digest; mail it.', disables: false };
      }
      // The library drops the headers of a refusal, so Retry-After is kept here on its way through.
      let retryAfter: string | null = null;
      // Before the request: a message that cannot be written says nothing of whether Slack answers.
      const written = toSlackMessage(message);
      try {
        const webhook = new IncomingWebhook(webhookUrl, {
          timeout: 0,
          fetch: async (url, init) => {
            const response = await send(url, init as RequestInit);
            retryAfter = response.headers.get('retry-after');
            return response;
          },
        });
        await webhook.send(written);
        return { kind: 'sent', said: 'Slack answered 200 (ok).' };
      } catch (error) {
        if (error instanceof IncomingWebhookHTTPError) {
          return fromStatus(error.statusCode, error.body, retryAfter, setting, now());
        }
        return noAnswer('Slack', error instanceof IncomingWebhookRequestError ? error.original : error);
      }
    },
  };
}

function fromStatus(status: number, body: string, retryAfter: string | null, setting: string, nowMs: number): Outcome {
  const word = /^[a-z_]{1,50}$/.test(body.trim()) ? body.trim() : 'no reason given';
  const reason = `Slack answered ${status} (${word}).`;
  const retry = retryOf(status, retryAfter, nowMs);
  if (retry !== null) return { kind: 'retry', ...retry, reason };
  if (status < 400) {
    return {
      kind: 'failed',
      disables: true,
      reason: `Slack answered ${status}: redirects are not followed. Check ${setting}.`,
    };
  }
  const isMalformed = MALFORMED.has(word);
  const remedy = isMalformed
    ? 'This is a bug in Telltale: the message has a form that Slack refuses.'
    : remedyOf(word, setting);
  // A 400 with an unknown word may be about this message only.
  return {
    kind: 'failed',
    disables: !isMalformed && (status !== 400 || word in WHAT_TO_DO),
    reason: `${reason} ${remedy}`,
  };
}

/** Only this message is refused; the next may go out. */
const MALFORMED: ReadonlySet<string> = new Set([
  'invalid_payload',
  'invalid_blocks',
  'no_text',
  'too_many_attachments',
]);

const WHAT_TO_DO: Readonly<Record<string, (setting: string) => string>> = {
  channel_is_archived: (setting) => `Unarchive the channel in Slack, or enter a webhook of another one in ${setting}.`,
  action_prohibited: () =>
    'An administrator of the Slack workspace restricts this channel; ask for it, or use another one.',
  posting_to_general_channel_denied: (setting) => `Enter a webhook of another channel than #general in ${setting}.`,
};

function remedyOf(word: string, setting: string): string {
  return WHAT_TO_DO[word]?.(setting) ?? `Create a new incoming webhook in Slack and enter it in ${setting}.`;
}
