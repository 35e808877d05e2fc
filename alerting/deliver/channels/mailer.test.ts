import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeSmtp, type SmtpMood, startFakeSmtp } from '../../../test/support/fake-smtp.ts';
import { createMailer, type Mail } from './mailer.ts';

let smtp: FakeSmtp;
beforeEach(async () => {
  smtp = await startFakeSmtp();
});
afterEach(() => smtp.close());

const mailer = (timeoutMs = 30_000) =>
  createMailer({ smtpUrl: smtp.url, from: 'Telltale <alerts@acme.example>', timeoutMs });
const mail = (fields: Partial<Mail> = {}): Mail => ({
  to: ['ops@acme.example', 'dev@acme.example'],
  subject: '12 similar errors in lookup_order',
  text: 'twelve\nerrors',
  html: '<p>twelve<br>errors</p>',
  messageId: 'e81feb0722664c64',
  ...fields,
});

describe('a mail', () => {
  it('arrives with both bodies, its sender, its receivers and its headers', async () => {
    const outcome = await mailer().sendMail(
      mail({ thread: 'incident.1', headers: { 'List-Unsubscribe': '<https://t.example/u?a=1&b=2>' } }),
    );
    expect(outcome).toEqual({ kind: 'sent', said: 'The mail server answered 250 2.0.0 queued as 4F2A.' });
    const [received] = smtp.mails;
    expect(received?.envelope).toEqual({ from: 'alerts@acme.example', to: ['ops@acme.example', 'dev@acme.example'] });
    const { mail: parsed } = received ?? {};
    expect(parsed).toMatchObject({
      subject: '12 similar errors in lookup_order',
      text: 'twelve\nerrors',
      html: '<p>twelve<br>errors</p>',
      messageId: '<e81feb0722664c64@acme.example>',
      inReplyTo: '<incident.1@acme.example>',
      attachments: [],
    });
    expect(parsed?.from?.text).toBe('"Telltale" <alerts@acme.example>');
    expect(parsed?.headers.get('auto-submitted')).toBe('auto-generated');
    expect(received?.raw).toContain('List-Unsubscribe: <https://t.example/u?a=1&b=2>');
  });

  it('has the same Message-ID at every attempt', async () => {
    smtp.answerWith('busy_after_data');
    await mailer().sendMail(mail());
    smtp.answerWith('ok');
    await mailer().sendMail(mail());
    await mailer().sendMail(mail());
    expect(new Set(smtp.mails.map((received) => received.mail.messageId)).size).toBe(1);
  });

  it('takes no header, no receiver and no command from what is in its texts', async () => {
    const evil = 'x\r\nBcc: victim@acme.example\r\nX-Evil: 1\r\n\r\n.\r\nMAIL FROM:<evil@x>';
    await mailer().sendMail(
      mail({
        subject: evil,
        text: `${evil}\r\n.\r\nRSET\r\n`,
        messageId: evil,
        thread: evil,
        headers: { 'List-Id': evil },
      }),
    );
    expect(smtp.mails).toHaveLength(1);
    const [received] = smtp.mails;
    expect(received?.envelope.to).toEqual(['ops@acme.example', 'dev@acme.example']);
    expect(received?.mail.bcc).toBeUndefined();
    expect(received?.mail.headers.has('x-evil')).toBe(false);
    expect(received?.mail.subject).toBe('x Bcc: victim@acme.example X-Evil: 1 . MAIL FROM:<evil@x>');
    expect(received?.mail.text).toContain('RSET');
  });

  it('reads no file and no address, whatever is put in for a text', async () => {
    const file = { path: '/etc/hostname' } as unknown as string;
    await mailer().sendMail(mail({ text: file, html: { href: 'http://127.0.0.1:1/' } as unknown as string }));
    expect(smtp.mails[0]?.mail.text).toBe('[object Object]');
    expect(smtp.mails[0]?.raw).not.toContain((await import('node:os')).hostname());
  });

  it('takes its sender from the login when none is set', async () => {
    expect(createMailer({ smtpUrl: smtp.url, from: null }).from).toBe(smtp.user);
    expect(createMailer({ smtpUrl: 'smtp://127.0.0.1', from: null }).from).toBe('telltale@localhost');
  });

  it('to several readers names none of them to the others, and to one names that one', async () => {
    await mailer().sendMail(mail());
    await mailer().sendMail(mail({ to: ['ops@acme.example'] }));
    const [several, one] = smtp.mails;
    expect(several?.envelope.to).toEqual(['ops@acme.example', 'dev@acme.example']);
    expect(several?.raw).toMatch(/^To: "?undisclosed-recipients"?:;\r$/m);
    expect(several?.raw).not.toMatch(/^(Bcc|Cc):|ops@acme|dev@acme/im);
    expect(one?.envelope.to).toEqual(['ops@acme.example']);
    expect(one?.raw).toMatch(/^To: ops@acme\.example\r$/m);
  });

  it('goes to those who exist, and says how many do not', async () => {
    const outcome = await mailer().sendMail(mail({ to: ['nobody@acme.example', 'ops@acme.example'] }));
    expect(outcome).toMatchObject({ kind: 'sent', said: expect.stringContaining('refused 1 of 2') });
  });
});

describe('a mail server that', () => {
  const send = (mood: SmtpMood) => {
    smtp.answerWith(mood);
    // A server that hangs late needs the time to come so far, also on a busy machine.
    const timeoutMs = { hang_at_greeting: 300, hang_after_data: 3000 }[mood as string];
    return mailer(timeoutMs).sendMail(mail());
  };

  it('does not listen is tried again', async () => {
    const sending = mailer();
    await smtp.close();
    expect(await sending.sendMail(mail())).toMatchObject({
      kind: 'retry',
      mayHaveArrived: false,
      reason: 'The mail server did not answer (ECONNREFUSED, at the connection). Check SMTP_URL.',
    });
  });

  it.each([
    ['hang_at_greeting', false],
    ['busy', false],
    ['busy_after_data', false],
    ['hang_after_data', true],
    ['drop_in_data', true],
  ] as const)('answers with %s is tried again; whether it may have arrived: %s', async (mood, mayHaveArrived) => {
    expect(await send(mood)).toMatchObject({ kind: 'retry', afterMs: null, mayHaveArrived });
    expect(smtp.mails).toHaveLength(0);
  });

  it.each([
    ['refuse_connection', true, '554 5.7.1 no service for you'],
    ['refuse_login', true, '535 5.7.8 no login'],
    ['refuse_sender', false, '553 5.7.1 not your address'],
    ['unknown_receiver', false, '550 5.1.1 no such user'],
    ['refuse_after_data', false, '554 5.6.0 looks like spam'],
  ] as const)('answers with %s has refused; for every mail: %s', async (mood, disables, words) => {
    expect(await send(mood)).toMatchObject({ kind: 'failed', disables, reason: expect.stringContaining(words) });
    expect(smtp.mails).toHaveLength(0);
  });

  it('drops the line after its 250 has taken the mail', async () => {
    expect(await send('drop_after_250')).toMatchObject({ kind: 'sent' });
    expect(smtp.mails).toHaveLength(1);
  });

  it('repeats the login in its answer does not bring it into a reason', async () => {
    const reason = JSON.stringify(await send('refuse_login'));
    expect(reason).toContain('•••');
    expect(reason).not.toContain(smtp.password);
    expect(reason).not.toContain(smtp.user);
  });

  it('nobody vouches for gets no mail and no login, unless the operator says so', async () => {
    const secure = await startFakeSmtp({ tls: true });
    try {
      const outcome = await createMailer({ smtpUrl: secure.url, from: null, timeoutMs: 30_000 }).sendMail(mail());
      expect(outcome).toMatchObject({
        kind: 'retry',
        mayHaveArrived: false,
        reason: expect.stringContaining('CERTIFICATE'),
      });
      expect(secure.mails).toHaveLength(0);
      const trusting = createMailer({ smtpUrl: `${secure.url}?tls.rejectUnauthorized=false`, from: null });
      expect(await trusting.sendMail(mail())).toMatchObject({ kind: 'sent' });
    } finally {
      await secure.close();
    }
  });
});

describe('a check of the mail server', () => {
  it('reports nothing when it answers and accepts the login, and sends nothing', async () => {
    expect(await mailer().verify()).toBeNull();
    expect(smtp.mails).toHaveLength(0);
  });

  it('says what is wrong and what to do', async () => {
    smtp.answerWith('refuse_login');
    expect(await mailer().verify()).toContain('Check the user and the password in SMTP_URL.');
    await smtp.close();
    expect(await mailer().verify()).toContain('ECONNREFUSED');
  });
});
