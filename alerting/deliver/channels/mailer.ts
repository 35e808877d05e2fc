// Mail transport: composes one mail and hands it to the server of SMTP_URL. Alerts and the digest use it.
import MailComposer from 'nodemailer/lib/mail-composer';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import type { Outcome } from './channel.ts';
import { plainText } from './plain-text.ts';
import { runSmtpSession, SmtpError } from './smtp-session.ts';

const TIMEOUT_MS = 30_000;

export interface MailerOptions {
  /** SMTP_URL: `smtp://user:password@host:587` or `smtps://…`. A secret. */
  readonly smtpUrl: string;
  /** TELLTALE_MAIL_FROM; null takes the user of the server when that is a mail address. */
  readonly from: string | null;
  /** For the whole delivery of one mail. Default 30 s. */
  readonly timeoutMs?: number;
}

export interface Mail {
  readonly to: readonly string[];
  /** Texts of any origin: line ends in it are made blanks. */
  readonly subject: string;
  readonly text: string;
  /** Already escaped. */
  readonly html: string;
  /** The same for every attempt; becomes the Message-ID, by which mailboxes know a repeat. */
  readonly messageId: string;
  /** Mails with the same thread are shown together. */
  readonly thread?: string;
  /** Further headers, for example List-Unsubscribe. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Mailer {
  /** host:port, without user and password. */
  readonly server: string;
  readonly from: string;
  /** Sends one mail to all of `to`; of several none is named in it. Never rejects, and never names a secret in a reason. */
  sendMail(mail: Mail): Promise<Outcome>;
  /** Whether the server answers and takes our login; what is wrong and how to fix it, or null. Sends nothing. */
  verify(): Promise<string | null>;
}

export function createMailer({ smtpUrl, from: wanted, timeoutMs = TIMEOUT_MS }: MailerOptions): Mailer {
  const { host = 'localhost', port, secure, auth } = parseConnectionUrl(smtpUrl);
  const from = wanted ?? (auth?.user?.includes('@') ? auth.user : 'telltale@localhost');
  const secrets = [auth?.pass, auth?.user, base64(auth?.pass), base64(auth?.user)].filter(
    (secret) => (secret ?? '').length > 3,
  ) as string[];
  return {
    server: `${host}:${port ?? (secure ? 465 : 587)}`,
    from,
    async sendMail(mail) {
      try {
        const composed = compose(mail, from);
        const envelope = composed.getEnvelope();
        const { response, rejected } = await runSmtpSession(smtpUrl, timeoutMs, {
          from: envelope.from || from,
          to: envelope.to,
          content: composed.createReadStream(),
        });
        const some = rejected.length === 0 ? '' : ` It refused ${rejected.length} of ${mail.to.length} addresses.`;
        return { kind: 'sent', said: `The mail server answered ${words(response, secrets)}.${some}` };
      } catch (error) {
        return toOutcome(error, secrets);
      }
    },
    async verify() {
      try {
        await runSmtpSession(smtpUrl, timeoutMs, null);
        return null;
      } catch (error) {
        const outcome = toOutcome(error, secrets);
        return outcome.kind === 'sent' ? null : outcome.reason;
      }
    },
  };
}

function compose(mail: Mail, from: string) {
  const host = domainOf(from);
  const id = (name: string) => `<${name.replace(/[^\w.+-]/g, '-').slice(0, 120)}@${host}>`;
  return new MailComposer({
    from,
    // Readers of one channel need not know of each other; one mail is one delivery, with one outcome.
    ...(mail.to.length === 1 ? { to: [...mail.to] } : { to: 'undisclosed-recipients:;', bcc: [...mail.to] }),
    subject: plainText(mail.subject, 250),
    // Strings only: an object here could name a file or an address to read from.
    text: String(mail.text),
    html: String(mail.html),
    messageId: id(mail.messageId),
    ...(mail.thread === undefined ? {} : { references: [id(mail.thread)], inReplyTo: id(mail.thread) }),
    headers: {
      'Auto-Submitted': 'auto-generated',
      ...Object.fromEntries(Object.entries(mail.headers ?? {}).map(([name, value]) => [name, plainText(value, 900)])),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
}

const domainOf = (from: string) => /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';

function toOutcome(error: unknown, secrets: readonly string[]): Outcome {
  if (!(error instanceof SmtpError)) {
    return { kind: 'failed', reason: 'The mail could not be composed. This is a bug in Telltale.', disables: false };
  }
  const { stage, code, reply, replyCode } = error;
  if (reply === null || replyCode === null) {
    return {
      kind: 'retry',
      afterMs: null,
      // Without an answer to the message itself it is unknown whether it was accepted.
      mayHaveArrived: stage === 'content',
      reason: `The mail server did not answer (${/^[A-Z0-9_]{1,50}$/.test(code) ? code : 'error'}, at ${WHILE[stage]}). Check SMTP_URL.`,
    };
  }
  const reason = `The mail server answered ${words(reply, secrets)} at ${WHILE[stage]}.`;
  if (replyCode < 500) return { kind: 'retry', afterMs: null, mayHaveArrived: false, reason };
  if (stage === 'login') {
    return { kind: 'failed', disables: true, reason: `${reason} Check the user and the password in SMTP_URL.` };
  }
  if (stage === 'connect') return { kind: 'failed', disables: true, reason: `${reason} Check SMTP_URL.` };
  const remedy = 'Check the addresses in TELLTALE_MAIL_FROM and of the receivers, and what the server allows.';
  return { kind: 'failed', disables: false, reason: `${reason} ${remedy}` };
}

const WHILE = {
  connect: 'the connection',
  login: 'the login',
  envelope: 'the addresses',
  content: 'the message',
} as const;

/** The server's words on one line, without what is secret. */
function words(reply: string, secrets: readonly string[]): string {
  const kept = secrets.reduce((text, secret) => text.replaceAll(secret, '•••'), reply);
  return plainText(kept, 200).replace(/\.$/, '') || 'nothing';
}

const base64 = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text).toString('base64'));
