// Composition of the digests: what writes them, what mails them, and what the API may call.
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from '#config';
import type { Database } from '#storage/database';
import { readIncidents } from '#storage/read-incidents';
import type { Stores } from '#storage/stores';
import { type MailSender, toMail } from '../alerting/digest/digest-mail.ts';
import { type Digests, startDigests } from '../alerting/digest/schedule-digests.ts';
import { type WriteDeps, writeDigest } from '../alerting/digest/write-digest.ts';
import type { DigestWriter } from '../query-api/digest-deps.ts';

export interface DigestParts {
  readonly db: Database;
  readonly projectId: string;
  readonly stores: Stores;
  readonly config: Config;
  readonly publicUrl: () => string;
  /** null without SMTP_URL. */
  readonly mailer: MailSender | null;
  /** Known damage to stored data, as a sentence; null = none. */
  readonly damage: () => string | null;
}

const writeDepsOf = ({ db, stores, publicUrl, damage }: DigestParts): WriteDeps => ({
  db,
  ...stores,
  publicUrl,
  readIncidents,
  damage,
});

/** What the API is given. */
export function digestWriter(parts: DigestParts): DigestWriter {
  const { projectId, config, mailer, publicUrl } = parts;
  return {
    isMailSetUp: mailer !== null,
    mailTo: config.TELLTALE_MAIL_TO,
    mailDomains: config.TELLTALE_MAIL_DOMAINS,
    timeZone: config.TELLTALE_TIMEZONE,
    at: config.TELLTALE_DIGEST_AT,
    write: (of, again) => writeDigest(writeDepsOf(parts), { projectId, ...of }, Date.now(), again),
    async mail(digest, address) {
      if (mailer === null) return undefined;
      // Each copy that someone requests is a mail of its own.
      const messageId = `digest.copy.${projectId}.${digest.date}.${randomUUID().slice(0, 8)}`;
      const to = { address, publicUrl: publicUrl(), unsubscribeUrl: null, messageId, wanted: null };
      const outcome = await mailer.sendMail(toMail(digest, to, Date.now()));
      return outcome.kind === 'sent' ? null : outcome.reason;
    },
  };
}

/** Writes and mails digests from now on. */
export function startDigestsOf(parts: DigestParts, log: Logger): Digests {
  const { projectId, config, mailer } = parts;
  const { TELLTALE_MAIL_TO: mailTo, TELLTALE_TIMEZONE: timeZone, TELLTALE_DIGEST_AT: at } = config;
  const defaults = { mailTo, timeZone, at };
  return startDigests({ ...writeDepsOf(parts), projectId, mailer, defaults, log, now: Date.now });
}
