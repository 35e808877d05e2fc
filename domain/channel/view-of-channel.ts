// What of a channel may be seen. Pure.
import type { ChannelConfig, ChannelReceives, ChannelState } from '#contracts/channel';
import type { ChannelView } from '#contracts/channel-view';
import { CHANNEL_SECRETS } from './channel-ids.ts';

/** A channel that comes with the environment or the program. */
export interface GivenChannel {
  readonly id: string;
  readonly type: ChannelView['type'];
  readonly name: string;
  readonly setting: string | null;
  readonly target: string;
  readonly to: readonly string[];
}

/** What is stored beside a channel. */
export interface BesideChannel {
  readonly state: ChannelState | undefined;
  readonly receives: ChannelReceives | undefined;
}

export function viewOfGiven(given: GivenChannel, beside: BesideChannel): ChannelView {
  return {
    ...given,
    to: [...given.to],
    enabled: true,
    isReadOnly: true,
    secrets: [],
    changedAt: null,
    ...besideOf(beside),
    ...(given.type === 'console' ? ({ receives: 'backup', isKept: false } as const) : {}),
  };
}

export function viewOfStored(id: string, config: ChannelConfig, beside: BesideChannel, changedAt: string): ChannelView {
  const { type, name, enabled } = config;
  return {
    id,
    type,
    name,
    enabled,
    ...besideOf(beside),
    setting: null,
    isReadOnly: false,
    target: targetOf(config),
    to: config.type === 'email' ? config.to : [],
    secrets: CHANNEL_SECRETS.filter(
      (secret) => secret in config && (config as Record<string, unknown>)[secret] !== null,
    ),
    changedAt,
  };
}

const besideOf = ({ state, receives }: BesideChannel) => ({
  disabledBecause: state?.disabledBecause ?? null,
  disabledAt: state?.disabledAt ?? null,
  receives: receives?.receives ?? 'alerts',
  isKept: receives?.isKept ?? false,
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
