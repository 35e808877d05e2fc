// The Slack channel: one incoming webhook. Says what each of Slack's answers means for us. The webhook's address is a
// secret: reasons are built from known words only, never from an error's own text.
import { IncomingWebhook, IncomingWebhookHTTPError, IncomingWebhookRequestError } from '@slack/webhook';
import { ENV_SLACK_ID } from '#schema/channel';
import type { Channel, Outcome } from './channel.ts';
import { toSlackMessage } from './slack-blocks.ts';

const TIMEOUT_MS = 10_000;
const REPLY_MAX_BYTES = 64 * 1024;
const DEFAULT_REST_MS = 60_000;
const LONGEST_REST_MS = 3_600_000;

export interface SlackOptions {
  readonly id?: string;
  readonly name?: string;
  readonly webhookUrl: string;
  /** How long to wait for an answer. Default 10 s. */
  readonly timeoutMs?: number;
}

export function createSlackChannel(options: SlackOptions): Channel {
  const { id = ENV_SLACK_ID, name = 'Slack', webhookUrl, timeoutMs = TIMEOUT_MS } = options;
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
      const webhook = new IncomingWebhook(webhookUrl, {
        timeout: timeoutMs,
        fetch: async (url, init) => {
          const response = await fetch(url, init as RequestInit);
          retryAfter = response.headers.get('retry-after');
          return new Response((await readCapped(response)) || null, { status: response.status });
        },
      });
      try {
        await webhook.send(toSlackMessage(message));
        return { kind: 'sent', said: 'Slack answered ok.' };
      } catch (error) {
        return toOutcome(error, retryAfter);
      }
    },
  };
}

/** The beginning of the reply; a receiver cannot make us hold more. */
async function readCapped(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > REPLY_MAX_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, REPLY_MAX_BYTES).toString('utf8');
}

function toOutcome(error: unknown, retryAfter: string | null): Outcome {
  if (error instanceof IncomingWebhookHTTPError) return fromStatus(error.statusCode, error.body, retryAfter);
  const cause = error instanceof IncomingWebhookRequestError ? error.original : error;
  const word = networkWord(cause);
  return {
    kind: 'retry',
    afterMs: null,
    mayHaveArrived: !NEVER_ARRIVED.has(word),
    reason: `Slack did not answer (${word}).`,
  };
}

/** Failures that happen before anything is sent. */
const NEVER_ARRIVED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function networkWord(cause: unknown): string {
  if (cause instanceof Error && cause.name === 'TimeoutError') return 'timeout';
  const inner = cause instanceof Error ? (cause.cause as { code?: unknown } | undefined) : undefined;
  return typeof inner?.code === 'string' && /^[A-Z0-9_]{1,50}$/.test(inner.code) ? inner.code : 'network error';
}

function fromStatus(status: number, body: string, retryAfter: string | null): Outcome {
  const word = /^[a-z_]{1,50}$/.test(body.trim()) ? body.trim() : 'no reason given';
  const reason = `Slack answered ${status} (${word}).`;
  if (status === 429) return { kind: 'retry', afterMs: restMs(retryAfter), mayHaveArrived: false, reason };
  if (status >= 500 || status === 408) return { kind: 'retry', afterMs: null, mayHaveArrived: true, reason };
  return {
    kind: 'failed',
    reason: `${reason} ${WHAT_TO_DO[word] ?? WHAT_TO_DO.no_service}`,
    disables: !MALFORMED_WORDS.has(word),
  };
}

/** Slack gives whole seconds. */
function restMs(retryAfter: string | null): number {
  const seconds = Number(retryAfter);
  if (retryAfter === null || !Number.isFinite(seconds) || seconds < 0) return DEFAULT_REST_MS;
  return Math.min(seconds * 1000, LONGEST_REST_MS);
}

/** Only this message is refused; the next may go out. */
const MALFORMED_WORDS: ReadonlySet<string> = new Set(['invalid_payload', 'invalid_blocks']);
const MALFORMED = 'This is a bug in Telltale: the message has a form that Slack refuses.';
const RENEW = 'Create a new incoming webhook in Slack and set SLACK_WEBHOOK_URL to it.';
const WHAT_TO_DO: Readonly<Record<string, string>> & { readonly no_service: string } = {
  no_service: RENEW,
  invalid_payload: MALFORMED,
  invalid_blocks: MALFORMED,
  channel_is_archived: 'Unarchive the channel in Slack, or set SLACK_WEBHOOK_URL to a webhook of another one.',
  action_prohibited: 'An administrator of the Slack workspace restricts this channel; ask for it, or use another one.',
  posting_to_general_channel_denied: 'Set SLACK_WEBHOOK_URL to a webhook of another channel than #general.',
};
