// Who gets digests now. Pure but for reading and remembering the addresses of the environment and of mail
// channels that are digest only.
import type { Recipient } from '#contracts/digest';
import type { Database } from '#storage/database';
import { digestOnlyAddresses, isCurrent, putRecipient, readRecipients, sourcedRecipients } from '#storage/recipients';
import type { Setting } from '#storage/settings';

/** TELLTALE_MAIL_TO, TELLTALE_TIMEZONE and TELLTALE_DIGEST_AT. */
export interface DigestDefaults {
  readonly mailTo: readonly string[];
  readonly timeZone: string;
  /** HH:MM */
  readonly at: string;
}

/**
 * Recipients that get mail of this project. An address of the environment, or of a channel, is stored when it is first
 * seen, so that no digest is enqueued for the time before, and so that unsubscribing outlives a restart. Taken out of
 * the environment or the channel, it gets no more.
 * @throws StorageError
 */
export async function currentRecipients(
  db: Database,
  projectId: string,
  { mailTo, timeZone, at }: DigestDefaults,
  nowMs: number,
): Promise<Setting<Recipient>[]> {
  const { settings: stored, unreadable } = await readRecipients(db, projectId);
  // Seen before, and perhaps unsubscribed: storing it anew would mail someone who unsubscribed.
  const unclear = new Set(unreadable.map(({ id }) => id));
  const digestOnly = await digestOnlyAddresses(db, projectId);
  const wanted = sourcedRecipients(stored, { mailTo, digestOnly });
  const changes = [...wanted].flatMap(([id, address]) => {
    if (unclear.has(id)) return [];
    const known = stored.find((one) => one.id === id);
    if (known === undefined) return [[id, firstSeen(address, timeZone, at, nowMs)] as const];
    // The environment speaks until a person has changed something.
    const isSame = known.value.timeZone === timeZone && known.value.at === at;
    return isSame || known.changedBy !== ENVIRONMENT ? [] : [[id, { ...known.value, timeZone, at }] as const];
  });
  for (const [id, value] of changes) await putRecipient(db, projectId, id, value, ENVIRONMENT, nowMs);
  const all = changes.length === 0 ? stored : (await readRecipients(db, projectId)).settings;
  return all.filter(
    ({ id, value }) =>
      value.enabled && isCurrent(id, wanted) && (value.projects.length === 0 || value.projects.includes(projectId)),
  );
}

const ENVIRONMENT = 'the environment';

const firstSeen = (address: string, timeZone: string, at: string, nowMs: number): Recipient => ({
  address,
  projects: [],
  form: 'daily',
  timeZone,
  at,
  weekday: 1,
  enabled: true,
  unsubscribedAt: null,
  since: new Date(nowMs).toISOString(),
});
