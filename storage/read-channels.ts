// The channels that people made, with their state.
import { CHANNEL_STATES, CHANNELS, type ChannelConfig, type ChannelState } from '#schema/channel';
import type { Database } from './database.ts';
import { readSettings } from './settings.ts';

export interface StoredChannel {
  readonly id: string;
  /** With its secrets. */
  readonly config: ChannelConfig;
  /** ISO 8601, UTC. */
  readonly changedAt: string;
}

export interface StoredChannels {
  /** By id. */
  readonly channels: readonly StoredChannel[];
  /** Channels that are off because their receiver refuses for good, those of the environment too. */
  readonly states: ReadonlyMap<string, ChannelState>;
}

/**
 * Channels and states that can be read: one that cannot does not keep the others (the detector names it).
 * @throws StorageError
 */
export async function readChannels(db: Database, projectId: string): Promise<StoredChannels> {
  const channels = await readSettings(db, projectId, CHANNELS);
  const states = await readSettings(db, projectId, CHANNEL_STATES);
  return {
    channels: channels.map(({ id, value, changedAt }) => ({ id, config: value, changedAt })),
    states: new Map(states.map(({ id, value }) => [id, value])),
  };
}
