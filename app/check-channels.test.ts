import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '#config';
import { type FakeSmtp, startFakeSmtp } from '../test/support/fake-smtp.ts';
import { checkChannels } from './check-channels.ts';

let smtp: FakeSmtp;
beforeEach(async () => {
  smtp = await startFakeSmtp();
});
afterEach(() => smtp.close());

const check = async (env: Record<string, string>) => {
  const checks = await checkChannels(readConfig(env));
  expect(JSON.stringify(checks)).not.toContain(smtp.password);
  return checks.map(({ problem }) => problem);
};
const mail = () => ({ SMTP_URL: smtp.url, TELLTALE_MAIL_TO: 'ops@acme.example' });

describe('the doctor', () => {
  it('is content with the console alone, with a mail server that knows us, and with a webhook of Slack', async () => {
    expect(await check({})).toEqual([null]);
    expect(await check(mail())).toEqual([null]);
    expect(smtp.mails).toEqual([]);
    expect(await check({ SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T00/B00/abc' })).toEqual([null]);
    expect(await check({ SLACK_WEBHOOK_URL: 'http://127.0.0.1:9/stub' })).toEqual([null]);
  });

  it.each([
    ['http://hooks.slack.com/services/T00/B00/abc', 'https://'],
    ['https://hooks.slack.com/services/T00', 'Incoming Webhooks page'],
    ['https://hooks.slack.com/', 'Incoming Webhooks page'],
  ])('knows a webhook that Slack would not take: %s', async (url, words) => {
    expect(await check({ SLACK_WEBHOOK_URL: url })).toEqual([expect.stringContaining(words)]);
  });

  it('says what is wrong with the mail server, and how to fix it', async () => {
    smtp.answerWith('refuse_login');
    expect(await check(mail())).toEqual([expect.stringContaining('the password in SMTP_URL')]);
    await smtp.close();
    expect(await check(mail())).toEqual([expect.stringContaining('ECONNREFUSED')]);
  });

  it('says which half of the settings for mail is missing', async () => {
    // Digests and channels made in the UI may use it.
    expect(await check({ SMTP_URL: smtp.url })).toEqual([null, null]);
    expect(await check({ TELLTALE_MAIL_TO: 'ops@acme.example' })).toEqual([expect.stringContaining('SMTP_URL')]);
    const anonymous = { ...mail(), SMTP_URL: smtp.url.replace(/\/\/.*@/, '//') };
    expect(await check(anonymous)).toEqual([expect.stringContaining('TELLTALE_MAIL_FROM')]);
  });
});
