// A digest as one reader's mail: links of their own, and the headers by which a mail program offers to end it.
import type { Digest } from '#contracts/digest';
import { localTime } from '#domain/local-time';
import type { Outcome } from '../deliver/channels/channel.ts';
import { defang } from '../deliver/defang.ts';
import { renderMail } from './write-digest.ts';

/** A mail as the transport takes it (alerting/deliver/channels/mailer.ts). */
export interface DigestMail {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface MailSender {
  /** Never rejects. */
  sendMail(mail: DigestMail): Promise<Outcome>;
}

/** A mail this much after its time says so. */
const LATE_MS = 15 * 60_000;

export interface MailFor {
  readonly address: string;
  readonly publicUrl: string;
  /** null for a copy that someone asked for: there is nothing to end. */
  readonly unsubscribeUrl: string | null;
  readonly messageId: string;
  /** When it should have gone out; null for a copy. */
  readonly wanted: { readonly atMs: number; readonly clock: string } | null;
}

export function toMail(digest: Digest, to: MailFor, nowMs: number): DigestMail {
  const links = { publicUrl: to.publicUrl, unsubscribeUrl: to.unsubscribeUrl, lateNote: lateNote(digest, to, nowMs) };
  // RFC 8058: one POST to the address ends it, without a page in between.
  const oneClick = to.unsubscribeUrl?.startsWith('https:')
    ? { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }
    : {};
  return {
    to: [to.address],
    subject: defang(digest.subject),
    ...renderMail(digest, links),
    messageId: to.messageId,
    headers: {
      'List-Id': `Telltale digest <digest.${digest.projectId.replace(/[^\w-]/g, '-')}.telltale>`,
      ...(to.unsubscribeUrl === null ? {} : { 'List-Unsubscribe': `<${to.unsubscribeUrl}>` }),
      ...oneClick,
    },
  };
}

function lateNote({ timeZone }: Digest, { wanted }: MailFor, nowMs: number): string | null {
  if (wanted === null || nowMs - wanted.atMs <= LATE_MS) return null;
  const [then, now] = [localTime(wanted.atMs, timeZone), localTime(nowMs, timeZone)];
  const day = then.date === now.date ? '' : ` on ${now.date}`;
  const due = then.date === now.date ? '' : ` on ${then.date}`;
  return `This mail is late: sent at ${now.clock}${day}, due at ${wanted.clock}${due}.`;
}
