// Where alerts go: reading, making, changing and trying channels.
import { z } from 'zod';
import { channelChangeSchema, channelDraftSchema, receivesBodySchema } from '../channel.ts';
import { channelListSchema, channelSchema, channelTestSchema } from '../channel-view.ts';
import { contract, noBody, nothing } from '../contract.ts';
import { ENDPOINTS } from '../paths.ts';

const byQuery = z.strictObject({
  by: z.string().trim().min(1).max(100).default('someone').describe('Who changes it, for the history'),
});
const params = z.object({ id: z.string().min(1).max(100) });

export const CHANNEL_ROUTES = {
  listChannels: contract({
    ...ENDPOINTS.listChannels,
    summary: 'All channels without their secrets: what each gets, when it last did, and the newest messages',
    params: nothing,
    query: nothing,
    reply: channelListSchema,
    errors: [],
  }),
  createChannel: contract({
    ...ENDPOINTS.createChannel,
    summary: 'Creates a channel',
    params: nothing,
    query: byQuery,
    body: channelDraftSchema,
    reply: channelSchema,
    errors: ['address_refused', 'mail_address_refused', 'too_many_channels'],
  }),
  changeChannel: contract({
    ...ENDPOINTS.changeChannel,
    summary: 'Changes a channel; secrets that are left out stay, unless the address leads to another host',
    params,
    query: byQuery,
    body: channelChangeSchema,
    reply: channelSchema,
    errors: ['channel_not_found', 'channel_read_only', 'address_refused', 'mail_address_refused', 'secret_needed'],
  }),
  setReceives: contract({
    ...ENDPOINTS.setReceives,
    summary: 'What a channel gets, those of the environment too: every alert, alerts as a backup, or the digest only',
    params,
    query: byQuery,
    body: receivesBodySchema,
    reply: channelSchema,
    errors: ['channel_not_found', 'channel_read_only', 'not_digest_only'],
  }),
  deleteChannel: contract({
    ...ENDPOINTS.deleteChannel,
    summary: 'Deletes a channel; notifications of its rules go to the console from then on',
    params,
    query: byQuery,
    body: noBody,
    reply: z.object({ id: z.string() }),
    errors: ['channel_not_found', 'channel_read_only'],
  }),
  testChannel: contract({
    ...ENDPOINTS.testChannel,
    summary: 'Sends a test message now and returns what the receiver answered; five a minute for each channel',
    params,
    query: nothing,
    body: noBody,
    reply: channelTestSchema,
    errors: ['channel_not_found', 'alerting_elsewhere', 'too_many_tests'],
  }),
} as const;
