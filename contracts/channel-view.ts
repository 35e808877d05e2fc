// What anybody may see of a channel: everything but its secrets.
import { z } from 'zod';
import { CHANNEL_SECRETS } from '#domain/channel/channel-ids';
import { CHANNEL_TYPES, RECEIVES } from './channel.ts';
import { DELIVERY_STATUSES } from './delivery.ts';

export const channelSchema = z.object({
  id: z.string(),
  type: z.enum(CHANNEL_TYPES),
  name: z.string(),
  enabled: z.boolean(),
  /** Why nothing is sent here although it is enabled; null when all is well. */
  disabledBecause: z.string().nullable(),
  disabledAt: z.string().nullable(),
  /** The environment variable that makes it, and that alone can change it; null for the console and stored ones. */
  setting: z.string().nullable(),
  isReadOnly: z.boolean(),
  /** Where it goes, without what is secret: a host, or mail addresses. */
  target: z.string(),
  /** Mail addresses; empty for the other types. */
  to: z.array(z.string()),
  /** Which secrets it has; their values are never shown. */
  secrets: z.array(z.enum(CHANNEL_SECRETS)),
  /** ISO 8601; null for channels of the environment. */
  changedAt: z.string().nullable(),
  /** Every alert; an alert only when another channel cannot take it; or the digest only. The console is a backup. */
  receives: z.enum(RECEIVES),
  /** `receives` was set at an upgrade, so that this configuration goes on as it did: someone should choose. */
  isKept: z.boolean(),
});
/** What one channel is. */
export type ChannelView = z.infer<typeof channelSchema>;

/** A message as the outbox knows it: when, about what, and what became of it. */
export const channelEventSchema = z.object({
  /** ISO 8601, UTC: when it was sent, or when the last attempt was recorded. */
  at: z.string(),
  channel: z.string(),
  /** `incident:<id>`, `notice:<id>` or `digest:<date>:<recipient>`. */
  subject: z.string(),
  transition: z.string(),
  status: z.enum(DELIVERY_STATUSES),
  attempts: z.number(),
  lastError: z.string().nullable(),
});
export type ChannelEvent = z.infer<typeof channelEventSchema>;

/** A channel in the list: what it gets, in sentences that hold for the rules and channels of this moment. */
const listedChannelSchema = z.object({
  ...channelSchema.shape,
  gets: z.array(z.string()),
  /** The newest message it took; null when there was none in the last 40 days. */
  lastSent: channelEventSchema.nullable(),
  /** The newest message it did not take, when that is newer than `lastSent`. */
  lastFailed: channelEventSchema.nullable(),
  /** Messages that wait to be sent. */
  waiting: z.number(),
});
export type ListedChannelView = z.infer<typeof listedChannelSchema>;
export const channelListSchema = z.object({
  channels: z.array(listedChannelSchema),
  /** What holds for all of them, one sentence each. */
  gets: z.array(z.string()),
  /** What an upgrade kept as it was, and what to do about it; one sentence each. */
  notices: z.array(z.string()),
  /** The newest messages of the last 24 hours, newest first, at most 30. */
  deliveries: z.array(channelEventSchema),
});
export type ChannelList = z.infer<typeof channelListSchema>;

export const channelTestSchema = z.object({
  /** `retry`: it may work later; `failed`: it will not. */
  outcome: z.enum(['sent', 'retry', 'failed']),
  /** What the receiver answered, or why it failed and what to do. */
  said: z.string(),
});
export type ChannelTest = z.infer<typeof channelTestSchema>;
