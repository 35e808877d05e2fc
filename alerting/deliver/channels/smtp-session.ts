// One mail over one SMTP connection, watched closely: only so can a failure say whether the mail may have arrived.
import type { Readable } from 'node:stream';
import { getSystemErrorName } from 'node:util';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import SMTPConnection from 'nodemailer/lib/smtp-connection';

/** How far a mail came before it failed: `content` once the server had asked for the message itself. */
type Stage = 'connect' | 'login' | 'envelope' | 'content';

export class SmtpError extends Error {
  readonly stage: Stage;
  /** For example ECONNREFUSED, ETIMEDOUT, EAUTH. */
  readonly code: string;
  /** What the server answered, for example "550 no such user"; null when it said nothing. */
  readonly reply: string | null;
  readonly replyCode: number | null;
  constructor(stage: Stage, error: NodeJS.ErrnoException & { response?: string; responseCode?: number }) {
    super(`SMTP failed at ${stage}.`);
    this.name = 'SmtpError';
    this.stage = stage;
    this.code = wordOf(error);
    this.reply = error.response ?? null;
    this.replyCode = error.responseCode ?? null;
  }
}

/** The library gives one code to all failures of a socket; the system's own says more. */
function wordOf({ code, errno, message }: NodeJS.ErrnoException): string {
  if (typeof errno === 'number') return getSystemErrorName(errno);
  return /certificate/i.test(message) ? 'CERTIFICATE' : (code ?? 'ESOCKET');
}

export interface SmtpMail {
  readonly from: string;
  readonly to: readonly string[];
  /** The message, headers included. */
  readonly content: Readable;
}

export interface SmtpReply {
  /** The server's words on accepting. */
  readonly response: string;
  readonly rejected: readonly string[];
}

/**
 * Connects, logs in when the address names a user, and hands over the mail; without a mail only the first two.
 * @param smtpUrl `smtp://user:password@host:587` or `smtps://…`; other options of nodemailer as a query
 * @param timeoutMs for all of it
 * @throws SmtpError
 */
export async function runSmtpSession(smtpUrl: string, timeoutMs: number, mail: SmtpMail | null): Promise<SmtpReply> {
  const { auth, ...server } = parseConnectionUrl(smtpUrl);
  const options = {
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
  };
  const connection = new SMTPConnection({ ...server, ...options, socketCloseTimeout: 0, maxResponseSize: 64 * 1024 });
  let stage: Stage = 'connect';
  let timer: NodeJS.Timeout | undefined;
  const broken = new Promise<never>((_, reject) => {
    // Also after a reply: a server that drops the connection then must not crash the process.
    connection.on('error', reject);
    timer = setTimeout(() => reject(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })), timeoutMs);
  });
  broken.catch(() => undefined);
  const step = <T>(run: (done: (error?: Error | null, result?: T) => void) => void): Promise<T | undefined> =>
    Promise.race([
      broken,
      new Promise<T | undefined>((resolve, reject) => {
        run((error, result) => (error ? reject(error) : resolve(result)));
      }),
    ]);
  try {
    await step((done) => connection.connect(done));
    if (auth !== undefined && connection.allowsAuth) {
      stage = 'login';
      await step((done) => connection.login({ ...auth, credentials: { user: auth.user, pass: auth.pass } }, done));
    }
    if (mail === null) return { response: 'ready', rejected: [] };
    stage = 'envelope';
    mail.content.once('data', () => {
      stage = 'content';
    });
    mail.content.pause();
    const info = await step<{ response?: string; rejected?: string[] }>((done) =>
      connection.send({ from: mail.from, to: [...mail.to] }, mail.content, done),
    );
    return { response: info?.response ?? '', rejected: info?.rejected ?? [] };
  } catch (error) {
    throw new SmtpError(stage, error as NodeJS.ErrnoException);
  } finally {
    clearTimeout(timer);
    connection.close();
  }
}
