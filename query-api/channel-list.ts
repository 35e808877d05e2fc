// The list of channels: each with what it gets, in sentences, and with what it took last.
import type { ChannelEvent, ChannelList, ChannelView } from '#contracts/channel-view';
import {
  type ChannelWorld,
  keptSentence,
  type RuleFacts,
  sentencesOf,
  sentencesOfAll,
  unreadableSentence,
} from '#domain/channel/channel-words';
import { type GivenChannel, viewOfGiven, viewOfStored } from '#domain/channel/view-of-channel';
import type { Database } from '#storage/database';
import { type ChannelActivity, readChannelActivity, readRecentEvents } from '#storage/read-channel-events';
import { readChannels, type StoredChannels } from '#storage/read-channels';
import { readRules } from '#storage/read-rules';
import { digestOnlyAddresses, isCurrent, readRecipients, sourcedRecipients } from '#storage/recipients';
import type { DigestWriter } from './digest-deps.ts';

export interface ChannelListDeps {
  readonly db: Database;
  readonly projectId: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Channels of the environment, and the console. */
  readonly givenChannels: readonly GivenChannel[];
  /** Whether there is a mail server. */
  readonly digests: DigestWriter;
}

const DAY_MS = 24 * 3_600_000;
const REACH_MS = 40 * DAY_MS;
const MOST_EVENTS = 30;

/** Every channel, without what is secret. */
export function viewsOf(given: readonly GivenChannel[], { channels, states, receives }: StoredChannels): ChannelView[] {
  const beside = (id: string) => ({ state: states.get(id), receives: receives.get(id) });
  return [
    ...given.map((one) => viewOfGiven(one, beside(one.id))),
    ...channels.map(({ id, config, changedAt }) => viewOfStored(id, config, beside(id), changedAt)),
  ];
}

/** @throws StorageError */
export async function listChannels(deps: ChannelListDeps): Promise<ChannelList> {
  const { db, projectId, now } = deps;
  const stored = await readChannels(db, projectId);
  const views = viewsOf(deps.givenChannels, stored);
  const readers = await readDigestReaders(deps, views);
  const world: ChannelWorld = {
    channels: views,
    rules: (await readRules(db, projectId)).flatMap((rule): RuleFacts[] => {
      const { name, channels, notify, enabled } = rule;
      const named = channels === 'default' ? null : channels;
      return enabled ? [{ name, named, isForDigest: notify === 'digest' }] : [];
    }),
    isMailSetUp: deps.digests.isMailSetUp,
    digestReaders: new Set(readers.keys()),
  };
  const activity = await readChannelActivity(db, projectId, now() - REACH_MS);
  return {
    channels: views.map((view) => {
      const places = [view.id, ...view.to.flatMap((address) => readers.get(address.toLowerCase()) ?? [])];
      return {
        ...view,
        gets: sentencesOf(view, world),
        ...sumUp(places.flatMap((place) => activity.get(place) ?? [])),
      };
    }),
    gets: sentencesOfAll(world),
    notices: [...stored.unreadable.map(unreadableSentence), ...views.flatMap((view) => keptSentence(view) ?? [])],
    deliveries: await readRecentEvents(db, projectId, now() - DAY_MS, MOST_EVENTS),
  };
}

/** Where the digests of an address stand in the outbox, by the address in small letters; only those that get one. */
async function readDigestReaders(
  { db, projectId }: ChannelListDeps,
  views: readonly ChannelView[],
): Promise<Map<string, string[]>> {
  const { settings: stored } = await readRecipients(db, projectId);
  const mailTo = views.filter(({ isReadOnly }) => isReadOnly).flatMap(({ to }) => to);
  const sourced = sourcedRecipients(stored, { mailTo, digestOnly: await digestOnlyAddresses(db, projectId) });
  const known = new Set(stored.map(({ id }) => id));
  const readers = new Map<string, string[]>();
  const add = (address: string, id: string) =>
    readers.set(address.toLowerCase(), [...(readers.get(address.toLowerCase()) ?? []), `digest:${id}`]);
  for (const { id, value } of stored) if (value.enabled && isCurrent(id, sourced)) add(value.address, id);
  // The next round of digests stores these.
  for (const [id, address] of sourced) if (!known.has(id)) add(address, id);
  return readers;
}

function sumUp(all: readonly ChannelActivity[]): ChannelActivity {
  const newest = (events: readonly (ChannelEvent | null)[]) =>
    events.filter((event) => event !== null).sort((a, b) => (a.at < b.at ? 1 : -1))[0] ?? null;
  const lastSent = newest(all.map((one) => one.lastSent));
  const lastFailed = newest(all.map((one) => one.lastFailed));
  const isNews = lastFailed !== null && (lastSent === null || lastFailed.at > lastSent.at);
  return {
    lastSent,
    lastFailed: isNews ? lastFailed : null,
    waiting: all.reduce((sum, { waiting }) => sum + waiting, 0),
  };
}
