// The channels that people made, with their state.
import {
  CHANNEL_RECEIVES,
  CHANNEL_STATES,
  CHANNELS,
  type ChannelConfig,
  type ChannelReceives,
  type ChannelState,
} from '#contracts/channel';
import type { Database } from './database.ts';
import { readKinds } from './settings.ts';

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
  /** Ids of those that cannot be read. */
  readonly unreadable: readonly string[];
  /** Channels that are off because their receiver refuses for good, those of the environment too. */
  readonly states: ReadonlyMap<string, ChannelState>;
  /** What channels get, those of the environment too; one that is not here gets every alert. */
  readonly receives: ReadonlyMap<string, ChannelReceives>;
}

/**
 * Channels and states that can be read: one that cannot does not keep the others (the detector names it).
 * @throws StorageError
 */
export async function readChannels(db: Database, projectId: string): Promise<StoredChannels> {
  const read = await readKinds(db, projectId, [CHANNELS, CHANNEL_STATES, CHANNEL_RECEIVES]);
  return {
    channels: read(CHANNELS).settings.map(({ id, value, changedAt }) => ({ id, config: value, changedAt })),
    unreadable: read(CHANNELS).unreadable.map(({ id }) => id),
    states: new Map(read(CHANNEL_STATES).settings.map(({ id, value }) => [id, value])),
    receives: new Map(read(CHANNEL_RECEIVES).settings.map(({ id, value }) => [id, value])),
  };
}
