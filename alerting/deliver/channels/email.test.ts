import { afterEach, beforeEach, expect, it } from 'vitest';
import { alertMessage, describeChannel, digestMessage, TRACE_IDS } from '../../../test/kit/channel-kit.ts';
import { type FakeSmtp, startFakeSmtp } from '../../../test/support/fake-smtp.ts';
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

it('has no links but those into Telltale, whatever the texts of a span say', async () => {
  const url = 'https://evil.com/x www.evil.net me@evil.org \\\\evil\\share';
  const examples = [
    { traceId: TRACE_IDS[0] as string, url: `https://telltale.example/traces/${TRACE_IDS[0]}`, headline: url },
  ];
  const alert = alertMessage({ title: `down: ${url}`, errorType: url, message: url, agent: url, step: url, examples });
  await channel().send(alert);
  const group = {
    kind: 'group',
    messageId: 'g1',
    mayRepeat: false,
    parts: [alert, alert],
    url: 'https://telltale.example/incidents',
  } as const;
  await channel().send(group);
  expect(smtp.mails).toHaveLength(2);
  for (const { mail } of smtp.mails) {
    const html = String(mail.html);
    // What a client makes of the text part, and what the HTML part holds once a client has looked for links in its text.
    const links = [...`${mail.textAsHtml} ${html}`.matchAll(/<a href="([^"]*)"/g)].map((match) => String(match[1]));
    expect(links.length).toBeGreaterThan(4);
    expect(links.filter((link) => !link.startsWith('https://telltale.example/'))).toEqual([]);
    expect(`${mail.subject} ${mail.text} ${html}`).not.toMatch(/https?:\/\/evil|www\.evil|evil\.(com|net|org)/);
    expect(`${mail.text}`).toContain('hxxps://evil[.]com/x www[.]evil[.]net me@evil[.]org [\\\\]evil\\share');
  }
});

it('mails of one incident form one thread, each with its own id', async () => {
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
