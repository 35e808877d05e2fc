// To whom mail may go: known readers, and addresses of allowed domains. Whoever reaches the API could else have
// Telltale's mail server write to anybody.
import { type AllowedDomains, MAIL_DOMAINS, MAIL_DOMAINS_ID } from '#contracts/digest-copy';
import { domainOf } from '#domain/digest';
import { TelltaleError } from '#domain/errors';
import type { Database } from '#storage/database';
import { readChannels } from '#storage/read-channels';
import { readRecipients } from '#storage/recipients';
import { readSetting } from '#storage/settings';

export interface MailAddressDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly digestWriter: {
    /** TELLTALE_MAIL_TO. */
    readonly mailTo: readonly string[];
    /** TELLTALE_MAIL_DOMAINS. */
    readonly mailDomains: readonly string[];
  };
}

/** @throws StorageError */
export async function allowedDomains({ db, projectId, digestWriter }: MailAddressDeps): Promise<AllowedDomains> {
  if (digestWriter.mailDomains.length > 0)
    return { domains: [...digestWriter.mailDomains], setting: 'TELLTALE_MAIL_DOMAINS' };
  const set = await readSetting(db, projectId, MAIL_DOMAINS, MAIL_DOMAINS_ID);
  return { domains: set?.value.domains ?? [], setting: null };
}

/**
 * For a copy of a digest: a recipient, an address of a mail channel or of TELLTALE_MAIL_TO, or an allowed domain.
 * @throws TelltaleError mail_address_refused; StorageError
 */
export async function refuseCopyTo(deps: MailAddressDeps, address: string): Promise<void> {
  const { db, projectId, digestWriter } = deps;
  const isIt = (other: string) => other.toLowerCase() === address.toLowerCase();
  const { settings } = await readRecipients(db, projectId);
  const own = settings.filter(({ value }) => isIt(value.address));
  if (own.length > 0 && own.every(({ value }) => value.unsubscribedAt !== null)) {
    const hint = 'Who unsubscribed is mailed again only when they are turned on under Digests.';
    throw new TelltaleError('mail_address_refused', `${address} unsubscribed from these mails.`, { hint });
  }
  const { channels } = await readChannels(db, projectId);
  const ofChannels = channels.flatMap(({ config }) => (config.type === 'email' ? config.to : []));
  if (own.length > 0 || [...digestWriter.mailTo, ...ofChannels].some(isIt)) return;
  const { domains } = await allowedDomains(deps);
  if (domains.includes(domainOf(address))) return;
  throw new TelltaleError('mail_address_refused', `${address} is no recipient, and its domain is not allowed.`);
}

/**
 * For recipients and mail channels: where domains are set, only addresses of those and of TELLTALE_MAIL_TO.
 * @throws TelltaleError mail_address_refused; StorageError
 */
export async function refuseNewAddresses(deps: MailAddressDeps, addresses: readonly string[]): Promise<void> {
  const { domains } = await allowedDomains(deps);
  if (domains.length === 0) return;
  const known = new Set(deps.digestWriter.mailTo.map((address) => address.toLowerCase()));
  const refused = addresses.filter((one) => !domains.includes(domainOf(one)) && !known.has(one.toLowerCase()));
  if (refused.length === 0) return;
  const hint = `Use an address of ${domains.slice(0, 5).join(', ')}${domains.length > 5 ? ' …' : ''}, or allow its domain: TELLTALE_MAIL_DOMAINS, or Digests › Allowed domains.`;
  throw new TelltaleError('mail_address_refused', `The domain of ${refused.slice(0, 5).join(', ')} is not allowed.`, {
    hint,
  });
}
