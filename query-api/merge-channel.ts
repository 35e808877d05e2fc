// A change laid over a stored channel. A secret is kept only for the host it was given for: otherwise whoever may
// change an address could have it sent to a host of their own.
import type { ChannelChange, ChannelConfig } from '#contracts/channel';
import { hostOf } from '#domain/channel/view-of-channel';
import { TelltaleError } from '#domain/errors';

/** @throws TelltaleError bad_request for another type, secret_needed when the host changes without its secrets */
export function mergeChannel(stored: ChannelConfig, change: ChannelChange): ChannelConfig {
  if (stored.type === 'slack' && change.type === 'slack') {
    return { ...change, webhookUrl: change.webhookUrl ?? stored.webhookUrl };
  }
  if (stored.type === 'webhook' && change.type === 'webhook') return mergeWebhook(stored, change);
  if (stored.type === 'email' && change.type === 'email') return change;
  throw new TelltaleError('bad_request', `body.type: this channel is of type ${stored.type}, which cannot be changed`);
}

type Webhook = Extract<ChannelConfig, { type: 'webhook' }>;

function mergeWebhook(stored: Webhook, change: Extract<ChannelChange, { type: 'webhook' }>): Webhook {
  const { url = stored.url, secret = stored.secret, authorization = stored.authorization } = change;
  if (hostOf(url) !== hostOf(stored.url)) {
    const missing = [
      change.secret === undefined ? ['secret'] : [],
      change.authorization === undefined && stored.authorization !== null ? ['authorization'] : [],
    ].flat();
    if (missing.length > 0) {
      throw new TelltaleError(
        'secret_needed',
        `The address leads to another host, so give ${missing.map((name) => `body.${name}`).join(' and ')} again.`,
      );
    }
  }
  return { ...change, url, secret, authorization };
}
