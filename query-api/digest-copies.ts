// Copies of digests that someone has mailed: to whom they may go, how many an hour, and the history of them.
import { randomUUID } from 'node:crypto';
import { API } from '#contracts/api';
import type { Digest, DigestForm } from '#contracts/digest';
import { MAIL_DOMAINS, MAIL_DOMAINS_ID } from '#contracts/digest-copy';
import { TelltaleError } from '#domain/errors';
import { putSettings } from '#storage/settings';
import type { DigestDeps } from './digest-deps.ts';
import { allowedDomains, refuseCopyTo } from './mail-addresses.ts';
import { type Route, route } from './route.ts';

const HOUR_MS = 3_600_000;
/** Within an hour, to one address and to all. */
const MOST_TO_ONE = 5;
const MOST_TO_ALL = 20;
/** What the history shows. */
const REACH_MS = 40 * 24 * HOUR_MS;
const MOST_LISTED = 100;

interface Wanted {
  readonly date: string;
  readonly form: DigestForm;
  readonly to: string;
  /** Who asks, in their words. */
  readonly by: string;
}

export interface CopySender {
  /**
   * Writes the digest and mails it. Who asked, to whom and when is recorded before, and the outcome after.
   * @throws TelltaleError mail_not_set_up, mail_address_refused, too_many_copies, mail_not_sent; StorageError
   */
  send<T extends { readonly digest: Digest }>(wanted: Wanted, write: () => Promise<T>): Promise<T>;
}

export function createCopySender({ db, projectId, digests, digestWriter, now }: DigestDeps): CopySender {
  // Counted and recorded one after the other: two at once must not both be the twentieth.
  let line: Promise<unknown> = Promise.resolve();
  const put = (id: string, wanted: Wanted, outcome: 'asked' | 'sent' | 'failed', reason: string | null) => {
    const { date, form, to, by } = wanted;
    return digests.writeCopy(id, { date, form, to, outcome, reason }, by, now());
  };
  const admit = async (wanted: Wanted): Promise<string> => {
    const nowMs = now();
    const lately = await digests.listCopies(nowMs - HOUR_MS, MOST_TO_ALL);
    const toOne = lately.filter(({ to }) => to.toLowerCase() === wanted.to.toLowerCase());
    const isTooMany = lately.length >= MOST_TO_ALL || toOne.length >= MOST_TO_ONE;
    if (isTooMany) {
      const oldest = (lately.length >= MOST_TO_ALL ? lately : toOne).at(-1);
      const retryAfterS = Math.max(1, Math.ceil((Date.parse(oldest?.at ?? '') + HOUR_MS - nowMs) / 1000));
      const most = lately.length >= MOST_TO_ALL ? `${MOST_TO_ALL} copies` : `${MOST_TO_ONE} copies to ${wanted.to}`;
      const message = `${most} were mailed within an hour. Try again in ${Math.ceil(retryAfterS / 60)} min.`;
      throw new TelltaleError('too_many_copies', message, { retryAfterS });
    }
    const id = randomUUID();
    await put(id, wanted, 'asked', null);
    return id;
  };
  return {
    async send(wanted, write) {
      if (!digestWriter.isMailSetUp) throw new TelltaleError('mail_not_set_up', 'No mail server is set.');
      await refuseCopyTo({ db, projectId, digestWriter }, wanted.to);
      const admitted = line.then(() => admit(wanted));
      line = admitted.catch(() => undefined);
      const id = await admitted;
      let problem: string | null = 'It could not be written.';
      try {
        const written = await write();
        problem = (await digestWriter.mail(written.digest, wanted.to)) ?? null;
        if (problem !== null) throw new TelltaleError('mail_not_sent', problem);
        return written;
      } finally {
        await put(id, wanted, problem === null ? 'sent' : 'failed', problem);
      }
    },
  };
}

/** The history of copies, and the domains they may go to. */
export function copyRoutes(deps: DigestDeps): Route[] {
  const { db, projectId, digests, now } = deps;
  return [
    route(API.listDigestCopies, async () => ({
      copies: await digests.listCopies(now() - REACH_MS, MOST_LISTED),
    })),
    route(API.getMailDomains, () => allowedDomains(deps)),
    route(API.setMailDomains, async (_params, { by }, value) => {
      if ((await allowedDomains(deps)).setting !== null) {
        throw new TelltaleError('mail_domains_read_only', 'The domains come from the environment.');
      }
      await putSettings(db, projectId, [{ of: MAIL_DOMAINS, id: MAIL_DOMAINS_ID, value }], by, now());
      return allowedDomains(deps);
    }),
  ];
}
