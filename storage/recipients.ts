// Who gets digests by mail: people's settings, and the addresses of the environment, which become settings when they are
// first seen. Also the key that signs the links by which readers end it.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { RECIPIENTS, type Recipient } from '#contracts/digest';
import type { Database } from './database.ts';
import { readChannels } from './read-channels.ts';
import {
  putSettings,
  type ReadableSettings,
  readHistory,
  readReadableSettings,
  readSetting,
  type Setting,
} from './settings.ts';

/** `env-` and part of a hash: the same address keeps its id, and with it its choice to be left alone. */
export function environmentRecipientId(address: string): string {
  return `env-${hashOf(address)}`;
}

const hashOf = (address: string) => createHash('sha256').update(address.toLowerCase()).digest('hex').slice(0, 12);

export const isFromEnvironment = (id: string): boolean => id.startsWith('env-');

/** Of an address of a mail channel that is digest only. As with the environment, the same address keeps its id. */
export function channelRecipientId(address: string): string {
  return `channel-${hashOf(address)}`;
}

export const isFromChannel = (id: string): boolean => id.startsWith('channel-');

/** Where addresses come from that get the digest without anyone having added them. */
export interface AddressSources {
  /** TELLTALE_MAIL_TO. */
  readonly mailTo: readonly string[];
  /** Mail channels that are on and digest only. */
  readonly digestOnly: readonly string[];
}

/** Their addresses by the id of their recipient. An address that has a recipient of its own keeps that. Pure. */
export function sourcedRecipients(
  stored: readonly Setting<Recipient>[],
  { mailTo, digestOnly }: AddressSources,
): Map<string, string> {
  const own = stored.filter(({ id }) => !isFromEnvironment(id) && !isFromChannel(id)).map(({ value }) => value.address);
  const taken = new Set([...own, ...mailTo].map((address) => address.toLowerCase()));
  const ofChannels = digestOnly.filter((address) => !taken.has(address.toLowerCase()));
  return new Map([
    ...mailTo.map((address) => [environmentRecipientId(address), address] as const),
    ...ofChannels.map((address) => [channelRecipientId(address), address] as const),
  ]);
}

/** Whether a stored recipient still stands for something: its source may be gone. */
export const isCurrent = (id: string, sourced: ReadonlyMap<string, string>): boolean =>
  (!isFromEnvironment(id) && !isFromChannel(id)) || sourced.has(id);

/** Addresses of mail channels that are on and digest only. @throws StorageError */
export async function digestOnlyAddresses(db: Database, projectId: string): Promise<string[]> {
  const { channels, receives } = await readChannels(db, projectId);
  return channels.flatMap(({ id, config }) =>
    config.type === 'email' && config.enabled && receives.get(id)?.receives === 'digest' ? config.to : [],
  );
}

/** All that can be read, and which cannot. @throws StorageError */
export function readRecipients(db: Database, projectId: string): Promise<ReadableSettings<Recipient>> {
  return readReadableSettings(db, projectId, RECIPIENTS);
}

/** @throws StorageError */
export function readRecipient(db: Database, projectId: string, id: string): Promise<Setting<Recipient> | null> {
  return readSetting(db, projectId, RECIPIENTS, id);
}

/** Sets or (null) deletes a recipient. @throws StorageError */
export async function putRecipient(
  db: Database,
  projectId: string,
  id: string,
  value: Recipient | null,
  by: string,
  nowMs: number,
): Promise<void> {
  await putSettings(db, projectId, [{ of: RECIPIENTS, id, value }], by, nowMs);
}

const KEYS = { kind: 'signing_key', shape: z.object({ key: z.string().min(32) }) } as const;
const KEY_ID = 'unsubscribe';

/** The key, made when there is none. Of two made at once the older counts, whoever asks. */
async function readKey(db: Database, projectId: string, nowMs: number | null): Promise<string | null> {
  const read = async () => (await readHistory(db, projectId, KEYS, KEY_ID)).at(-1)?.value?.key ?? null;
  const known = await read();
  if (known !== null || nowMs === null) return known;
  const value = { key: randomBytes(32).toString('base64url') };
  await putSettings(db, projectId, [{ of: KEYS, id: KEY_ID, value }], 'Telltale', nowMs);
  return read();
}

const sign = (key: string, projectId: string, recipientId: string): string =>
  createHmac('sha256', key)
    .update(JSON.stringify(['unsubscribe', projectId, recipientId]))
    .digest('base64url');

/** What a link of a recipient's mails carries: whoever has it may end them, and nothing else. @throws StorageError */
export async function unsubscribeToken(
  db: Database,
  projectId: string,
  recipientId: string,
  nowMs: number,
): Promise<string> {
  return sign((await readKey(db, projectId, nowMs)) ?? '', projectId, recipientId);
}

/** Whether the token is one of ours for this recipient. Takes the same time whatever is wrong. @throws StorageError */
export async function isUnsubscribeToken(
  db: Database,
  projectId: string,
  recipientId: string,
  token: string,
): Promise<boolean> {
  const key = await readKey(db, projectId, null);
  if (key === null) return false;
  const [given, wanted] = [Buffer.from(token), Buffer.from(sign(key, projectId, recipientId))];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
