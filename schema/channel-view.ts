// What anybody may see of a channel: everything but its secrets.
import { z } from 'zod';
import { CHANNEL_TYPES, type ChannelConfig, type ChannelState } from './channel.ts';

const SECRETS = ['webhookUrl', 'url', 'secret', 'authorization'] as const;

export const channelSchema = z.object({
  id: z.string(),
  type: z.enum(CHANNEL_TYPES),
  name: z.string(),
  enabled: z.boolean(),
  /** Why nothing goes out here although it is enabled; null when all is well. */
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
  secrets: z.array(z.enum(SECRETS)),
  /** ISO 8601; null for those that nobody made here. */
  changedAt: z.string().nullable(),
});
export type ChannelView = z.infer<typeof channelSchema>;
export const channelListSchema = z.object({ channels: z.array(channelSchema) });

export const channelTestSchema = z.object({
  /** `retry`: it may work later; `failed`: it will not. */
  outcome: z.enum(['sent', 'retry', 'failed']),
  /** What the receiver said, or why nothing came of it and what to do. */
  said: z.string(),
});
export type ChannelTest = z.infer<typeof channelTestSchema>;

/** A channel that comes with the environment or the program. */
export interface GivenChannel {
  readonly id: string;
  readonly type: ChannelView['type'];
  readonly name: string;
  readonly setting: string | null;
  readonly target: string;
  readonly to: readonly string[];
}

export function viewOfGiven(given: GivenChannel, state: ChannelState | undefined): ChannelView {
  return {
    ...given,
    to: [...given.to],
    enabled: true,
    isReadOnly: true,
    secrets: [],
    changedAt: null,
    ...stateOf(state),
  };
}

export function viewOfStored(
  id: string,
  config: ChannelConfig,
  state: ChannelState | undefined,
  changedAt: string,
): ChannelView {
  const { type, name, enabled } = config;
  return {
    id,
    type,
    name,
    enabled,
    ...stateOf(state),
    setting: null,
    isReadOnly: false,
    target: targetOf(config),
    to: config.type === 'email' ? config.to : [],
    secrets: SECRETS.filter((secret) => secret in config && (config as Record<string, unknown>)[secret] !== null),
    changedAt,
  };
}

const stateOf = (state: ChannelState | undefined) => ({
  disabledBecause: state?.disabledBecause ?? null,
  disabledAt: state?.disabledAt ?? null,
});

/** The path of an address often is a secret, and so is not shown. */
export function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : 'an address that cannot be read';
}

function targetOf(config: ChannelConfig): string {
  switch (config.type) {
    case 'slack':
      return hostOf(config.webhookUrl);
    case 'webhook':
      return hostOf(config.url);
    case 'email':
      return config.to.join(', ');
  }
}
