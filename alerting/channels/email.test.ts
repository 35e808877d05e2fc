import { afterEach, beforeEach, expect, it } from 'vitest';
import { alertMessage, describeChannel, digestMessage, TRACE_IDS } from '../../test/kit/channel-kit.ts';
import { type FakeSmtp, startFakeSmtp } from '../../test/support/fake-smtp.ts';
import { createEmailChannel } from './email.ts';
import { createMailer } from './mailer.ts';

let smtp: FakeSmtp;
beforeEach(async () => {
  smtp = await startFakeSmtp();
});
afterEach(() => smtp.close());

const channel = () =>
  createEmailChannel({
    id: 'env-email',
    name: 'Email',
    to: ['ops@acme.example'],
    mailer: createMailer({ smtpUrl: smtp.url, from: 'Telltale <alerts@acme.example>', timeoutMs: 30_000 }),
  });

describeChannel('mail', () => ({
  channel: channel(),
  takesDigests: true,
  received: () => smtp.mails.map(({ mail }) => `${mail.subject}\n${mail.text}`),
}));

it('text and HTML of an alert say the same, with links that open', async () => {
  await channel().send(alertMessage({ errorType: '<b>"Error" & Co</b>' }));
  const { mail } = smtp.mails[0] ?? {};
  const html = String(mail?.html);
  const links = [...html.matchAll(/<a href="([^"]*)">/g)].map((match) => match[1]);
  expect(links).toEqual([
    ...TRACE_IDS.map((id) => `https://telltale.example/traces/${id}`),
    'https://telltale.example/incidents/3f2a9c1d5e6b7a80',
    'https://telltale.example/incidents/3f2a9c1d5e6b7a80?do=ack',
    'https://telltale.example/incidents/3f2a9c1d5e6b7a80?do=mute',
  ]);
  expect(html).toContain('&lt;b&gt;&quot;Error&quot; &amp; Co&lt;/b&gt;');
  expect(html).not.toMatch(/<(script|img|link|iframe|b)[\s>]/);
  const visible = html
    .slice(html.indexOf('<h1'))
    .replace(/<\/td><td[^>]*>/g, ': ')
    .replace(/<\/(tr|h1)>/g, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&');
  const linesOf = (text: string) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  expect(linesOf(visible)).toEqual(linesOf(String(mail?.text)));
});

it('mails of one incident stand in one thread, each with its own id', async () => {
  await channel().send(alertMessage({ messageId: 'm1' }));
  await channel().send(alertMessage({ messageId: 'm2', transition: 'resolved', resolvedAt: new Date() }));
  const [opened, resolved] = smtp.mails.map(({ mail }) => mail);
  expect(opened?.inReplyTo).toBe('<incident.3f2a9c1d5e6b7a80@acme.example>');
  expect(resolved?.inReplyTo).toBe(opened?.inReplyTo);
  expect(resolved?.messageId).not.toBe(opened?.messageId);
  expect(resolved?.subject).toContain('Resolved: ');
});

it('a digest goes to its reader as it was written, and says how to end it', async () => {
  await channel().send(digestMessage({ to: 'boss@acme.example', unsubscribeUrl: 'https://t.example/u\r\nBcc: x@x' }));
  const [received] = smtp.mails;
  expect(received?.envelope.to).toEqual(['boss@acme.example']);
  expect(received?.mail).toMatchObject({ subject: 'prod: all quiet', text: 'All quiet.', html: '<p>All quiet.</p>' });
  expect(received?.raw).toContain('List-Unsubscribe: <https://t.example/uBcc:x@x>');
});

it('without a mail server says what to set', async () => {
  const without = createEmailChannel({ id: 'ch-1', name: 'Ops', to: ['ops@acme.example'], mailer: null });
  expect(await without.send(alertMessage())).toMatchObject({
    kind: 'failed',
    reason: expect.stringContaining('SMTP_URL'),
  });
});
