// Where alerts go: what is stored of a channel, secrets included, and what of it anybody may see.
import { z } from 'zod';

export const CHANNEL_TYPES = ['slack', 'webhook', 'email', 'console'] as const;
export type ChannelType = (typeof CHANNEL_TYPES)[number];

/** Channels that come with the environment or the program, and cannot be changed through the API. */
export const CONSOLE_ID = 'console';
export const ENV_SLACK_ID = 'env-slack';
/** @public */
export const ENV_EMAIL_ID = 'env-email';

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

const common = { name: line(80), enabled: z.boolean().default(true) };
const webhookUrl = address;
const signingSecret = secretText(16, 200);
const authorization = secretText(1, 1000);
const recipients = z.array(z.email('a mail address').max(254)).min(1, 'at least one address').max(20);

/** A channel as it is stored. Its secrets lie in it as they are. */
export const channelConfigSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('slack'), ...common, webhookUrl }),
  z.strictObject({
    type: z.literal('webhook'),
    ...common,
    url: address,
    /** Signs each request (docs/webhook.md). */
    secret: signingSecret,
    /** The value of an `authorization` header, for receivers that want one. */
    authorization: authorization.nullable().default(null),
  }),
  z.strictObject({ type: z.literal('email'), ...common, to: recipients }),
]);
/** @public */
export type ChannelConfig = z.output<typeof channelConfigSchema>;
/** Kind of setting (storage/settings.ts): channels that people made, by id. @public */
export const CHANNELS = { kind: 'channel', shape: channelConfigSchema };

/** Why a channel is off without anybody having turned it off: its receiver refuses for good. */
export const channelStateSchema = z.object({ disabledBecause: z.string(), disabledAt: z.string() });
/** Kind of setting: the state of a channel, of the environment's ones too. Deleted when somebody mends the channel. @public */
export const CHANNEL_STATES = { kind: 'channel_state', shape: channelStateSchema };

/** What anybody may see of a channel. No secret is in it. */
export const channelSchema = z.object({
  id: z.string(),
  type: z.enum(CHANNEL_TYPES),
  name: z.string(),
  enabled: z.boolean(),
  /** Why nothing goes out here although it is enabled; null when all is well. */
  disabledBecause: z.string().nullable(),
  disabledAt: z.string().nullable(),
  /** The environment variable that makes it; null for a stored one. Those of the environment cannot be changed here. */
  setting: z.string().nullable(),
  isReadOnly: z.boolean(),
  /** Where it goes, without what is secret: a host, or mail addresses. */
  target: z.string(),
  /** Mail addresses; empty for the other types. */
  to: z.array(z.string()),
  /** Which of its secrets are set. */
  secrets: z.array(z.enum(['webhookUrl', 'url', 'secret', 'authorization'])),
  /** ISO 8601; null for those of the environment. */
  changedAt: z.string().nullable(),
});
/** @public */
export type PublicChannel = z.infer<typeof channelSchema>;
/** @public */
export const channelListSchema = z.object({ channels: z.array(channelSchema) });
