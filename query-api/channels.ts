// Answers about channels. What is secret comes in and never goes out.
import { randomBytes } from 'node:crypto';
import { API } from '#schema/api';
import { CHANNEL_STATES, CHANNELS, type ChannelChange, type ChannelConfig } from '#schema/channel';
import { type ChannelTest, type ChannelView, type GivenChannel, viewOfGiven, viewOfStored } from '#schema/channel-view';
import { TelltaleError } from '#schema/errors';
import type { Database } from '#storage/database';
import { readChannels } from '#storage/read-channels';
import { putSettings } from '#storage/settings';
import { createTestLimit } from './limit-tests.ts';
import { mergeChannel } from './merge-channel.ts';
import { type Route, route } from './route.ts';

export interface ChannelDeps {
  readonly db: Database;
  readonly projectId: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Channels of the environment, and the console. */
  readonly givenChannels: readonly GivenChannel[];
  /** What is wrong with an address that somebody enters; null when nothing is. */
  readonly checkAddress: (address: string) => Promise<string | null>;
  /** Sends a test message; null from it when there is no such channel. Itself null where no alerting runs. */
  readonly sendTest: ((id: string) => Promise<ChannelTest | null>) | null;
}

export function channelRoutes(deps: ChannelDeps): Route[] {
  const limitTests = createTestLimit(deps.now);
  return [
    route(API.listChannels, async () => ({ channels: await listChannels(deps) })),
    route(API.createChannel, async (_params, { by }, config) => {
      await refuseTooMany(deps);
      await refuseBadAddress(deps, config);
      return save(deps, `ch-${randomBytes(8).toString('hex')}`, config, by);
    }),
    route(API.changeChannel, async ({ id }, { by }, change) => {
      const { config } = await findStored(deps, id);
      const merged = mergeChannel(config, change);
      if (addressOf(change) !== undefined) await refuseBadAddress(deps, merged);
      return save(deps, id, merged, by);
    }),
    route(API.deleteChannel, async ({ id }, { by }) => {
      await findStored(deps, id);
      await put(deps, id, null, by);
      return { id };
    }),
    route(API.testChannel, async ({ id }) => {
      if (deps.sendTest === null) {
        throw new TelltaleError('alerting_elsewhere', 'This process sends no messages: it runs without alerting.');
      }
      limitTests(id);
      return (await deps.sendTest(id)) ?? unknown(id);
    }),
  ];
}

async function listChannels({ db, projectId, givenChannels }: ChannelDeps): Promise<ChannelView[]> {
  const { channels, states } = await readChannels(db, projectId);
  return [
    ...givenChannels.map((given) => viewOfGiven(given, states.get(given.id))),
    ...channels.map(({ id, config, changedAt }) => viewOfStored(id, config, states.get(id), changedAt)),
  ];
}

async function findStored({ db, projectId, givenChannels }: ChannelDeps, id: string) {
  const given = givenChannels.find((channel) => channel.id === id);
  if (given !== undefined) {
    const mend =
      given.setting === null
        ? 'It is part of Telltale.'
        : `It comes from ${given.setting}: change that and start again.`;
    throw new TelltaleError('channel_read_only', `The channel ${id} cannot be changed here.`, { hint: mend });
  }
  const { channels } = await readChannels(db, projectId);
  return channels.find((channel) => channel.id === id) ?? unknown(id);
}

function unknown(id: string): never {
  throw new TelltaleError('channel_not_found', `There is no channel ${id}.`);
}

const addressOf = (config: ChannelConfig | ChannelChange): string | undefined =>
  config.type === 'slack' ? config.webhookUrl : config.type === 'webhook' ? config.url : undefined;

async function refuseBadAddress({ checkAddress }: ChannelDeps, config: ChannelConfig): Promise<void> {
  const address = addressOf(config);
  const wrong = address === undefined ? null : await checkAddress(address);
  if (wrong !== null) throw new TelltaleError('address_refused', wrong);
}

/** Every alert goes to all of them, so that many would make one alert many calls. */
export const MAX_CHANNELS = 50;

async function refuseTooMany({ db, projectId }: ChannelDeps): Promise<void> {
  const { channels } = await readChannels(db, projectId);
  if (channels.length < MAX_CHANNELS) return;
  throw new TelltaleError('too_many_channels', `There are ${MAX_CHANNELS} channels already.`);
}

async function save(deps: ChannelDeps, id: string, config: ChannelConfig, by: string): Promise<ChannelView> {
  await put(deps, id, config, by);
  return viewOfStored(id, config, undefined, new Date(deps.now()).toISOString());
}

/** Whoever saves a channel has mended it: its failure is forgotten with it. */
function put({ db, projectId, now }: ChannelDeps, id: string, config: ChannelConfig | null, by: string): Promise<void> {
  const puts = [
    { of: CHANNELS, id, value: config },
    { of: CHANNEL_STATES, id, value: null },
  ];
  return putSettings(db, projectId, puts, by, now());
}
