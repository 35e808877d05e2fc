// What the routes of digests work with.
import type { Digest, DigestForm } from '#contracts/digest';
import type { Database } from '#storage/database';
import type { StoredDigest } from '#storage/digests';
import type { DigestStore } from '#storage/stores';

export interface DigestDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly digests: DigestStore;
  readonly digestWriter: DigestWriter;
  /** ms since 1970 */
  now(): number;
}

/** How a digest is written and mailed is not the API's to know; whoever composes the program says how. */
export interface DigestWriter {
  /** Writes it (anew when asked to) or takes what is there. */
  write(of: { date: string; form: DigestForm; timeZone: string }, again: boolean): Promise<StoredDigest>;
  /** Mails a copy. @returns null when it went out, else why it did not; undefined without SMTP_URL */
  mail(digest: Digest, to: string): Promise<string | null | undefined>;
  readonly isMailSetUp: boolean;
  /** TELLTALE_MAIL_TO. */
  readonly mailTo: readonly string[];
  /** TELLTALE_MAIL_DOMAINS. */
  readonly mailDomains: readonly string[];
  readonly timeZone: string;
  readonly at: string;
}
