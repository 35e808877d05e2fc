// Copies over a real SMTP server: to whom they go, how many, and what the history says.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { API, errorReplySchema } from '#contracts/api';
import { readIncidents } from '#storage/read-incidents';
import { putRecipient, readRecipient } from '#storage/recipients';
import { createMailer } from '../alerting/deliver/channels/mailer.ts';
import { toMail } from '../alerting/digest/digest-mail.ts';
import { writeDigest } from '../alerting/digest/write-digest.ts';
import { type FakeSmtp, startFakeSmtp } from '../test/support/fake-smtp.ts';
import { startTestApi, type TestApi } from '../test/support/query-api.ts';
import { NOW_MS } from '../test/support/span-rows.ts';

const HOUR = 3_600_000;
let smtp: FakeSmtp;
let api: TestApi;
let nowMs: number;
const open = async (mailDomains: readonly string[] = []) => {
  api = await startTestApi({
    now: () => nowMs,
    digests: {
      isMailSetUp: true,
      mailTo: ['ops@acme.example'],
      mailDomains,
      timeZone: 'UTC',
      at: '08:00',
      write: (of, again) =>
        writeDigest(
          { db: api.db, publicUrl: () => 'https://telltale.example', readIncidents },
          { projectId: 'default', ...of },
          nowMs,
          again,
        ),
      async mail(digest, address) {
        const mailer = createMailer({ smtpUrl: smtp.url, from: 'telltale@acme.example' });
        const to = {
          address,
          publicUrl: 'https://t.example',
          unsubscribeUrl: null,
          messageId: `c${nowMs}`,
          wanted: null,
        };
        const outcome = await mailer.sendMail(toMail(digest, to, nowMs));
        return outcome.kind === 'sent' ? null : outcome.reason;
      },
    },
  });
};
beforeEach(async () => {
  smtp = await startFakeSmtp();
  nowMs = NOW_MS;
});
afterEach(async () => {
  await api.close();
  await smtp.close();
});

const send = async (method: string, path: string, body: unknown) => {
  const response = await fetch(api.url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
};
const copyTo = (to: string, by = 'Ines') => send('POST', `/api/digests/2026-11-19?by=${by}`, { to });
const refusal = ({ status, body }: { status: number; body: unknown }) => {
  const { code, message, hint } = errorReplySchema.parse(body).error;
  return { status, code, words: `${message} ${hint}` };
};
const history = async () => API.listDigestCopies.reply.parse((await api.get('/api/digest-copies')).body).copies;

describe('a copy', () => {
  it('goes to known readers only: who asked, to whom, when and what came of it is recorded', async () => {
    await open();
    expect(refusal(await copyTo('victim@elsewhere.example'))).toEqual({
      status: 403,
      code: 'mail_address_refused',
      words:
        'victim@elsewhere.example is no recipient, and its domain is not allowed. Add it as a recipient under Digests, or allow its domain: TELLTALE_MAIL_DOMAINS, or Digests › Allowed domains.',
    });
    expect(smtp.mails).toEqual([]);
    expect((await copyTo('Ops@acme.example')).status).toBe(200);
    await send('POST', '/api/recipients', { address: 'ines@acme.example' });
    expect((await copyTo('ines@acme.example', 'Ada')).status).toBe(200);
    expect(smtp.mails.map(({ envelope }) => envelope.to)).toEqual([['Ops@acme.example'], ['ines@acme.example']]);
    smtp.answerWith('refuse_after_data');
    expect(refusal(await copyTo('ines@acme.example')).code).toBe('mail_not_sent');
    const at = new Date(NOW_MS).toISOString();
    const of = { date: '2026-11-19', form: 'daily', at };
    expect(await history()).toMatchObject([
      { ...of, by: 'Ines', to: 'ines@acme.example', outcome: 'failed', reason: expect.stringContaining('spam') },
      { ...of, by: 'Ada', to: 'ines@acme.example', outcome: 'sent', reason: null },
      { ...of, by: 'Ines', to: 'Ops@acme.example', outcome: 'sent', reason: null },
    ]);
  });

  it('goes to an allowed domain, by the setting, and not to one below or beside it', async () => {
    await open();
    expect(await send('PUT', '/api/mail-domains', { domains: ['Acme.Example'] })).toMatchObject({
      body: { domains: ['acme.example'], setting: null },
    });
    expect((await copyTo('anyone@acme.example')).status).toBe(200);
    for (const other of ['x@sub.acme.example', 'x@notacme.example', 'acme.example@evil.example'])
      expect(refusal(await copyTo(other)).code).toBe('mail_address_refused');
    expect((await send('PUT', '/api/mail-domains', { domains: ['not a domain'] })).status).toBe(400);
  });

  it('goes to nobody who unsubscribed, whatever their domain', async () => {
    await open(['acme.example']);
    const { body } = await send('POST', '/api/recipients', { address: 'ines@acme.example' });
    const { id } = body as { id: string };
    const value = (await readRecipient(api.db, 'default', id))?.value;
    if (value === undefined) throw new Error('it was just made');
    const gone = { ...value, enabled: false, unsubscribedAt: '2026-11-19T08:00:00Z' };
    await putRecipient(api.db, 'default', id, gone, 'the reader', nowMs);
    expect(refusal(await copyTo('ines@acme.example')).words).toContain('unsubscribed');
  });

  it('is mailed five times an hour to one address and twenty times in all, also when asked for at once', async () => {
    await open(['acme.example']);
    const many = await Promise.all(Array.from({ length: 7 }, () => copyTo('ines@acme.example')));
    expect(many.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 429, 429]);
    const [sixth] = many.filter(({ status }) => status === 429);
    expect(sixth?.headers.get('retry-after')).toBe('3600');
    expect(refusal(sixth as (typeof many)[0]).words).toContain(
      '5 copies to ines@acme.example were mailed within an hour. Try again in 60 min.',
    );
    for (let i = 0; i < 15; i++) expect((await copyTo(`reader-${i}@acme.example`)).status).toBe(200);
    expect(refusal(await copyTo('one-more@acme.example'))).toMatchObject({ status: 429, code: 'too_many_copies' });
    expect(smtp.mails).toHaveLength(20);
    nowMs += HOUR + 1;
    expect((await copyTo('one-more@acme.example')).status).toBe(200);
  });
});

describe('domains of the environment', () => {
  it('cannot be changed, and hold for recipients and mail channels too', async () => {
    await open(['acme.example']);
    expect((await api.get('/api/mail-domains')).body).toEqual({
      domains: ['acme.example'],
      setting: 'TELLTALE_MAIL_DOMAINS',
    });
    expect(refusal(await send('PUT', '/api/mail-domains', { domains: ['evil.example'] }))).toMatchObject({
      status: 409,
      words: expect.stringContaining('Change TELLTALE_MAIL_DOMAINS and start Telltale again.'),
    });
    expect(refusal(await send('POST', '/api/recipients', { address: 'x@evil.example' })).words).toContain(
      'Use an address of acme.example',
    );
    const channel = { type: 'email', name: 'Ops', to: ['ines@acme.example', 'x@evil.example'] };
    expect(refusal(await send('POST', '/api/channels', channel)).words).toContain(
      'The domain of x@evil.example is not allowed.',
    );
    const made = await send('POST', '/api/channels', { ...channel, to: ['ines@acme.example'] });
    const { id } = made.body as { id: string };
    expect(refusal(await send('PUT', `/api/channels/${id}`, { ...channel, enabled: true })).code).toBe(
      'mail_address_refused',
    );
  });
});
