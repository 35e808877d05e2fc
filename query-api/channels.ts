// Answers about channels. What is secret comes in and never goes out.
import { randomBytes } from 'node:crypto';
import { API } from '#contracts/api';
import {
  CHANNEL_RECEIVES,
  CHANNEL_STATES,
  CHANNELS,
  type ChannelChange,
  type ChannelConfig,
  type ChannelReceives,
} from '#contracts/channel';
import type { ChannelTest, ChannelView } from '#contracts/channel-view';
import { CONSOLE_ID } from '#domain/channel/channel-ids';
import { TelltaleError } from '#domain/errors';
import { readChannels } from '#storage/read-channels';
import { putSettings } from '#storage/settings';
import { type ChannelListDeps, listChannels, viewsOf } from './channel-list.ts';
import { createTestLimit } from './limit-tests.ts';
import { refuseNewAddresses } from './mail-addresses.ts';
import { mergeChannel } from './merge-channel.ts';
import { type Route, route } from './route.ts';

export interface ChannelDeps extends ChannelListDeps {
  /** What is wrong with an address that someone enters; null when nothing is. */
  readonly checkAddress: (address: string) => Promise<string | null>;
  /** Sends a test message; null from it when there is no such channel. Itself null where no alerting runs. */
  readonly sendTest: ((id: string) => Promise<ChannelTest | null>) | null;
}

export function channelRoutes(deps: ChannelDeps): Route[] {
  const limitTests = createTestLimit(deps.now);
  return [
    route(API.listChannels, () => listChannels(deps)),
    route(API.createChannel, async (_params, { by }, { receives, ...config }) => {
      await refuseTooMany(deps);
      await refuseBadAddress(deps, config);
      if (config.type === 'email') await refuseNewAddresses(deps, config.to);
      const id = `ch-${randomBytes(8).toString('hex')}`;
      // In one block: a channel that is digest only never was anything else.
      await put(deps, id, config, by, { receives, isKept: false });
      return one(deps, id);
    }),
    route(API.changeChannel, async ({ id }, { by }, change) => {
      const { config } = await findStored(deps, id);
      const merged = mergeChannel(config, change);
      if (addressOf(change) !== undefined) await refuseBadAddress(deps, merged);
      const known = config.type === 'email' ? config.to : [];
      if (merged.type === 'email')
        await refuseNewAddresses(
          deps,
          merged.to.filter((address) => !known.includes(address)),
        );
      await put(deps, id, merged, by);
      return one(deps, id);
    }),
    route(API.setReceives, async ({ id }, { by }, { receives }) => {
      const { type } = await one(deps, id);
      if (id === CONSOLE_ID) {
        const hint = 'It is always there, for what no other channel takes.';
        throw new TelltaleError('channel_read_only', 'What the console gets cannot be changed.', { hint });
      }
      if (receives === 'digest' && type !== 'email') {
        throw new TelltaleError('not_digest_only', `${id} is a channel of type ${type}, and gets no digest.`);
      }
      const value = { receives, isKept: false };
      await putSettings(deps.db, deps.projectId, [{ of: CHANNEL_RECEIVES, id, value }], by, deps.now());
      return one(deps, id);
    }),
    route(API.deleteChannel, async ({ id }, { by }) => {
      const { unreadable } = await readChannels(deps.db, deps.projectId);
      if (!unreadable.includes(id)) await findStored(deps, id);
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

async function one(deps: ChannelDeps, id: string): Promise<ChannelView> {
  const views = viewsOf(deps.givenChannels, await readChannels(deps.db, deps.projectId));
  return views.find((view) => view.id === id) ?? unknown(id);
}

async function findStored({ db, projectId, givenChannels }: ChannelDeps, id: string) {
  const given = givenChannels.find((channel) => channel.id === id);
  if (given !== undefined) {
    const hint =
      given.setting === null
        ? 'It is part of Telltale.'
        : `It comes from ${given.setting}: change that and start again.`;
    throw new TelltaleError('channel_read_only', `The channel ${id} cannot be changed here.`, { hint });
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

/** An alert may go to all of them, so that many would make one alert many calls. */
export const MAX_CHANNELS = 50;

async function refuseTooMany({ db, projectId }: ChannelDeps): Promise<void> {
  const { channels } = await readChannels(db, projectId);
  if (channels.length < MAX_CHANNELS) return;
  throw new TelltaleError('too_many_channels', `There are ${MAX_CHANNELS} channels already.`);
}

/** Whoever saves a channel has fixed it: its failure is forgotten with it. @param receives left as it is without one */
function put(
  { db, projectId, now }: ChannelDeps,
  id: string,
  config: ChannelConfig | null,
  by: string,
  receives?: ChannelReceives,
): Promise<void> {
  const gets = config === null ? null : receives;
  const puts = [
    { of: CHANNELS, id, value: config },
    { of: CHANNEL_STATES, id, value: null },
    ...(gets === undefined ? [] : [{ of: CHANNEL_RECEIVES, id, value: gets }]),
  ];
  return putSettings(db, projectId, puts, by, now());
}
