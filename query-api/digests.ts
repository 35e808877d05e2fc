// Answers about digests and their recipients.
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { API } from '#contracts/api';
import type { DigestForm, ListedRecipient, Recipient, recipientBodySchema } from '#contracts/digest';
import { TelltaleError } from '#domain/errors';
import { addDays } from '#domain/local-time';
import type { StoredDigest } from '#storage/digests';
import { readDeliveries } from '#storage/read-deliveries';
import {
  digestOnlyAddresses,
  isCurrent,
  isFromChannel,
  isFromEnvironment,
  putRecipient,
  readRecipient,
  readRecipients,
  sourcedRecipients,
} from '#storage/recipients';
import { copyRoutes, createCopySender } from './digest-copies.ts';
import type { DigestDeps } from './digest-deps.ts';
import { refuseNewAddresses } from './mail-addresses.ts';
import { type Route, route } from './route.ts';

const DAY_MS = 24 * 3_600_000;

export function digestRoutes(deps: DigestDeps): Route[] {
  const { digests, digestWriter, now } = deps;
  const copies = createCopySender(deps);
  return [
    route(API.listDigests, async (_params, { before, limit }) => {
      const found = await digests.list({ before, limit });
      const oldest = found.at(-1)?.date;
      return {
        digests: found,
        nextBefore: found.length < limit || oldest === undefined ? null : oldest,
        mail: { isSetUp: digestWriter.isMailSetUp, timeZone: digestWriter.timeZone, at: digestWriter.at },
      };
    }),
    route(API.getDigest, async ({ date }, { form, timeZone = null }) => findDigest(deps, { date, form, timeZone })),
    route(API.writeDigest, async ({ date }, { by }, { form, timeZone = digestWriter.timeZone, again, to }) => {
      if (Date.parse(addDays(date, -1)) > now()) {
        throw new TelltaleError('day_not_begun', `${date} has not begun.`);
      }
      const write = () => digestWriter.write({ date, form, timeZone }, again);
      const stored = to === null ? await write() : await copies.send({ date, form, to, by }, write);
      return { ...stored, sentTo: to };
    }),
    ...copyRoutes(deps),
    ...recipientRoutes(deps),
  ];
}

/** @throws TelltaleError digest_not_found */
export async function findDigest(
  { digests }: Pick<DigestDeps, 'digests'>,
  key: { date: string; form: DigestForm; timeZone: string | null },
): Promise<StoredDigest> {
  const stored = await digests.read(key);
  if (stored !== null) return stored;
  const where = key.timeZone === null ? '' : ` in ${key.timeZone}`;
  throw new TelltaleError('digest_not_found', `There is no ${key.form} digest of ${key.date}${where}.`);
}

/** Each gets a mail a day. */
const MAX_RECIPIENTS = 200;

function recipientRoutes(deps: DigestDeps): Route[] {
  const { db, projectId, now } = deps;
  const listOf = async (): Promise<ListedRecipient[]> => {
    const { settings: all } = await readRecipients(db, projectId);
    // A channel that is not digest only any more leaves its readers behind; of the environment's they are shown.
    const sourced = sourcedRecipients(all, { mailTo: [], digestOnly: await digestOnlyAddresses(db, projectId) });
    const stored = all.filter(({ id }) => isFromEnvironment(id) || isCurrent(id, sourced));
    const { deliveries } = await readDeliveries(db, projectId, 'digest:', now() - 40 * DAY_MS);
    return stored.map(({ id, value }) => {
      const last = deliveries.findLast(({ subject }) => subject.split(':')[2] === id);
      const date = last?.subject.split(':')[1] ?? '';
      const { status, attempts, lastError } = last ?? { status: 'owed', attempts: 0, lastError: null };
      return {
        id,
        ...value,
        isFromEnvironment: isFromEnvironment(id),
        isFromChannel: isFromChannel(id),
        last: last === undefined ? null : { date, status, attempts, lastError },
      };
    });
  };
  const one = async (id: string): Promise<ListedRecipient> => {
    const found = (await listOf()).find((recipient) => recipient.id === id);
    return found ?? unknown(id);
  };
  const refuseTwice = async (body: Body, id: string | null) => {
    const duplicate = (await readRecipients(db, projectId)).settings.find(
      (other) => other.id !== id && isSame(other.value, body.address, body.form),
    );
    if (duplicate === undefined) return;
    throw new TelltaleError('recipient_exists', `${body.address} gets the ${body.form} digest already.`);
  };
  return [
    route(API.listRecipients, async () => ({ recipients: await listOf() })),
    route(API.createRecipient, async (_params, { by }, body) => {
      await refuseTwice(body, null);
      await refuseNewAddresses(deps, [body.address]);
      if ((await readRecipients(db, projectId)).settings.length >= MAX_RECIPIENTS)
        throw new TelltaleError('too_many_recipients', `There are ${MAX_RECIPIENTS} recipients already.`);
      const id = randomUUID().slice(0, 8);
      const since = new Date(now()).toISOString();
      await putRecipient(db, projectId, id, { ...body, unsubscribedAt: null, since }, by, now());
      return one(id);
    }),
    route(API.changeRecipient, async ({ id }, { by }, body) => {
      const known = (await readRecipient(db, projectId, id)) ?? unknown(id);
      if (isFromEnvironment(id) && body.address !== known.value.address) {
        throw new TelltaleError('bad_request', 'body.address: it is set in the environment, by TELLTALE_MAIL_TO');
      }
      if (isFromChannel(id) && body.address !== known.value.address) {
        throw new TelltaleError('bad_request', 'body.address: it is an address of a mail channel; change it there');
      }
      await refuseTwice(body, id);
      if (body.address !== known.value.address) await refuseNewAddresses(deps, [body.address]);
      const isBack = body.enabled && !known.value.enabled;
      const since = isBack ? new Date(now()).toISOString() : known.value.since;
      const unsubscribedAt = body.enabled ? null : known.value.unsubscribedAt;
      await putRecipient(db, projectId, id, { ...body, unsubscribedAt, since }, by, now());
      return one(id);
    }),
    route(API.deleteRecipient, async ({ id }, { by }) => {
      if ((await readRecipient(db, projectId, id)) === null) unknown(id);
      if (isFromEnvironment(id))
        throw new TelltaleError('recipient_of_environment', `${id} is set in TELLTALE_MAIL_TO.`);
      if (isFromChannel(id)) throw new TelltaleError('recipient_of_channel', `${id} is an address of a mail channel.`);
      await putRecipient(db, projectId, id, null, by, now());
      return { deleted: true };
    }),
  ];
}

type Body = z.output<typeof recipientBodySchema>;

const isSame = (known: Recipient, address: string, form: DigestForm): boolean =>
  known.form === form && known.address.toLowerCase() === address.toLowerCase();

function unknown(id: string): never {
  throw new TelltaleError('recipient_not_found', `There is no recipient ${id}.`);
}
