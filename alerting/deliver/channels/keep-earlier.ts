// The upgrade to channels that say what they get: before it mail got an alert only when no other channel could take it.
// Where that was so, mail goes on like that until someone chooses (docs/decisions/0093).
import { CHANNEL_RECEIVES, type ChannelType, UPGRADES } from '#contracts/channel';
import { keptSentence, unreadableSentence } from '#domain/channel/channel-words';
import type { GivenChannel } from '#domain/channel/view-of-channel';
import type { Database } from '#storage/database';
import { readChannels } from '#storage/read-channels';
import { hasTicked } from '#storage/read-first-use';
import { isSet, putSettings } from '#storage/settings';

const NAME = 'channels-say-what-they-get';
const WHO = 'the upgrade';

export interface KeepDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly given: readonly GivenChannel[];
  /** ms since 1970. */
  readonly now: () => number;
}

/**
 * Checks once whether alerting ran here before the upgrade; if so, mail beside Slack or a webhook stays a backup. To be
 * called before the first tick, which writes the record that is checked.
 * @throws StorageError
 */
export async function keepEarlierChannels({ db, projectId, given, now }: KeepDeps): Promise<void> {
  // In this order: a process that starts at the same time marks the data before it ticks.
  const isFromBefore = await hasTicked(db, projectId);
  if (await isSet(db, projectId, UPGRADES, NAME)) return;
  const { channels, receives } = await readChannels(db, projectId);
  const all: Was[] = [
    ...given.map(({ id, type }) => ({ id, type, enabled: true })),
    ...channels.map(({ id, config: { type, enabled } }) => ({ id, type, enabled })),
  ];
  const kept = isFromBefore ? backupsOf(all).filter((id) => !receives.has(id)) : [];
  const puts = [
    { of: UPGRADES, id: NAME, value: { isFromBefore } },
    ...kept.map((id) => ({ of: CHANNEL_RECEIVES, id, value: { receives: 'backup' as const, isKept: true } })),
  ];
  await putSettings(db, projectId, puts, WHO, now());
}

interface Was {
  readonly id: string;
  readonly type: ChannelType;
  readonly enabled: boolean;
}

/** Mail beside a channel that came before it. */
function backupsOf(all: readonly Was[]): string[] {
  const isFirst = ({ type, enabled }: Was) => enabled && (type === 'slack' || type === 'webhook');
  return all.some(isFirst) ? all.filter(({ type }) => type === 'email').map(({ id }) => id) : [];
}

/** Channels that cannot be read, and what was kept and nobody has chosen since, with what to do; one sentence for each. @throws StorageError */
export async function keptNotices({ db, projectId, given }: Omit<KeepDeps, 'now'>): Promise<string[]> {
  const { channels, receives, unreadable } = await readChannels(db, projectId);
  const named = [...given, ...channels.map(({ id, config }) => ({ id, name: config.name }))];
  const kept = named.flatMap(
    ({ id, name }) => keptSentence({ id, name, isKept: receives.get(id)?.isKept ?? false }) ?? [],
  );
  return [...unreadable.map(unreadableSentence), ...kept];
}
