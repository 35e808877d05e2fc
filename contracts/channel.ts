// Where alerts go: what is stored of a channel, secrets included, and what of it anybody may see.
import { z } from 'zod';
import { CHANNEL_SECRETS } from '#domain/channel/channel-ids';

export const CHANNEL_TYPES = ['slack', 'webhook', 'email', 'console'] as const;
export type ChannelType = (typeof CHANNEL_TYPES)[number];

/** One line of print: nothing that a terminal, a header or a list could stumble over. */
const line = (maxChars: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(maxChars)
    .regex(/^[^\p{Cc}\p{Cf}\u2028\u2029]*$/u, 'one line without control characters');
const address = z.url('an address that starts with https://').max(2000);
/** What a header value may hold. */
const secretText = (minChars: number, maxChars: number) =>
  z
    .string()
    .min(minChars, `at least ${minChars} characters`)
    .max(maxChars)
    .regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, 'printable ASCII characters');

/**
 * What a channel gets. `alerts`: every alert whose rule names no channels. `backup`: an alert only when no channel that
 * gets every alert is on, or when another could not take it. `digest`: no alert; its addresses get the daily digest.
 * Alerts of a rule that names it come on top, unless it is `digest`.
 */
export const RECEIVES = ['alerts', 'backup', 'digest'] as const;
const receives = z.enum(RECEIVES);
export type Receives = z.output<typeof receives>;

const common = { name: line(80), enabled: z.boolean().default(true) };
const webhookUrl = address;
const signingSecret = secretText(16, 200);
const authorization = secretText(1, 1000);
const recipients = z.array(z.email('a mail address').max(254)).min(1, 'at least one address').max(20);

const slackConfig = z.strictObject({ type: z.literal('slack'), ...common, webhookUrl });
const webhookConfig = z.strictObject({
  type: z.literal('webhook'),
  ...common,
  url: address,
  /** Signs each request (docs/webhook.md). */
  secret: signingSecret,
  /** The value of an `authorization` header, for receivers that want one. */
  authorization: authorization.nullable().default(null),
});
const emailConfig = z.strictObject({ type: z.literal('email'), ...common, to: recipients });

/** A channel as it is stored, with its secrets open (storage/sealed-settings.ts seals them). */
export const channelConfigSchema = z.discriminatedUnion('type', [slackConfig, webhookConfig, emailConfig]);

const withoutDigest = { receives: z.enum(['alerts', 'backup'], 'only mail can be digest only').default('alerts') };
/** A channel as it is made: with what it gets, which is a setting of its own (CHANNEL_RECEIVES). */
export const channelDraftSchema = z.discriminatedUnion('type', [
  slackConfig.extend(withoutDigest),
  webhookConfig.extend(withoutDigest),
  emailConfig.extend({ receives: receives.default('alerts') }),
]);

const changed = { name: line(80), enabled: z.boolean() };
/** What is changed of a channel: secrets that are left out stay. Its type stays for good. */
export const channelChangeSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('slack'), ...changed, webhookUrl: webhookUrl.optional() }),
  z.strictObject({
    type: z.literal('webhook'),
    ...changed,
    url: address.optional(),
    secret: signingSecret.optional(),
    /** null for none. */
    authorization: authorization.nullable().optional(),
  }),
  z.strictObject({ type: z.literal('email'), ...changed, to: recipients }),
]);
export type ChannelChange = z.output<typeof channelChangeSchema>;
export type ChannelConfig = z.output<typeof channelConfigSchema>;
/** As it is sent to be made: what has a default may be left out. */
export type ChannelDraft = z.input<typeof channelDraftSchema>;
/** Kind of setting (storage/settings.ts): channels that people made, by id. */
export const CHANNELS = {
  kind: 'channel',
  shape: channelConfigSchema,
  /** An address of Slack or of a webhook is a secret too: whoever knows it can send there. */
  secrets: CHANNEL_SECRETS,
};

/** Why a channel is off without anybody having turned it off: its receiver refuses for good. */
const channelStateSchema = z.object({ disabledBecause: z.string(), disabledAt: z.string() });
export type ChannelState = z.output<typeof channelStateSchema>;
/** Kind of setting: the state of a channel, of the environment's ones too. Deleted when someone repairs the channel. */
export const CHANNEL_STATES = { kind: 'channel_state', shape: channelStateSchema };

export const receivesBodySchema = z.strictObject({ receives });
const channelReceivesSchema = z.object({
  receives,
  /** Set at an upgrade, so that a configuration goes on as it did; nobody has chosen it yet. */
  isKept: z.boolean().default(false),
});
/** Kind of setting: what a channel gets, of the environment's ones too. Without one it gets every alert. */
export const CHANNEL_RECEIVES = { kind: 'channel_receives', shape: channelReceivesSchema };
export type ChannelReceives = z.output<typeof channelReceivesSchema>;

/** Kind of setting: changes of behavior that stored data was migrated for once, by name. */
export const UPGRADES = { kind: 'upgrade', shape: z.object({ isFromBefore: z.boolean() }) };
