import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CHANNELS, type ChannelConfig } from '#contracts/channel';
import type { Database } from '#storage/database';
import { putSettings } from '#storage/settings';
import { alertMessage } from '../../../test/kit/channel-kit.ts';
import { type FakeSlack, startFakeSlack } from '../../../test/support/fake-slack.ts';
import { type FakeSmtp, startFakeSmtp } from '../../../test/support/fake-smtp.ts';
import { fixedClock } from '../../../test/support/fixed-clock.ts';
import { openTestDatabase } from '../../../test/support/span-rows.ts';
import { createDirectory, type DirectoryDeps } from './directory.ts';
import { NO_ENVIRONMENT } from './environment.ts';

const NOON = Date.parse('2026-03-02T12:00:00.000Z');
const PAGE = 'https://telltale.example/settings/channels';
let db: Database;
let closeDatabase: () => Promise<void>;
let slack: FakeSlack;
let smtp: FakeSmtp;
let projects = 0;
let projectId: string;
let said: string[];
beforeAll(async () => {
  ({ db, close: closeDatabase } = await openTestDatabase());
});
afterAll(() => closeDatabase());
beforeEach(async () => {
  projectId = `project-${++projects}`;
  said = [];
  slack = await startFakeSlack();
  smtp = await startFakeSmtp();
});
afterEach(async () => {
  await slack.close();
  await smtp.close();
});

const directory = (over: Partial<DirectoryDeps> = {}) =>
  createDirectory({
    db,
    projectId,
    environment: {
      slackWebhookUrl: slack.webhookUrl,
      smtpUrl: smtp.url,
      mailFrom: 'alerts@acme.example',
      mailTo: ['ops@acme.example'],
    },
    outbound: { allow: ['127.0.0.1'] },
    writeLine: (line) => said.push(line),
    now: fixedClock(NOON).now,
    timeoutMs: 30_000,
    ...over,
  });
const put = (id: string, value: ChannelConfig | null) =>
  putSettings(db, projectId, [{ of: CHANNELS, id, value }], 'test', NOON);
const stored = (fields: Partial<ChannelConfig> = {}): ChannelConfig =>
  ({ type: 'slack', name: 'Team', enabled: true, webhookUrl: slack.webhookUrl, ...fields }) as ChannelConfig;

describe('the channels', () => {
  it('are the console alone when nothing is set up', async () => {
    const listed = await directory({ environment: NO_ENVIRONMENT }).list();
    expect(listed.map(({ id, enabled }) => [id, enabled])).toEqual([['console', true]]);
    await listed[0]?.channel.send(alertMessage());
    expect(said).toHaveLength(1);
  });

  it('are those of the environment and those that people made, as they are now', async () => {
    const channels = directory();
    await put('ch-a', stored());
    await put('ch-b', { type: 'email', name: 'Boss', enabled: false, to: ['boss@acme.example'] });
    expect((await channels.list()).map(({ id, name, enabled }) => [id, name, enabled])).toEqual([
      ['env-slack', 'Slack', true],
      ['env-email', 'Email', true],
      ['console', 'Console', true],
      ['ch-a', 'Team', true],
      ['ch-b', 'Boss', false],
    ]);
    await put('ch-a', null);
    expect((await channels.list()).map(({ id }) => id)).not.toContain('ch-a');
  });

  it('all send', async () => {
    await put('ch-a', stored());
    await put('ch-b', { type: 'email', name: 'Boss', enabled: true, to: ['boss@acme.example'] });
    for (const { channel } of await directory().list()) {
      expect(await channel.send(alertMessage())).toMatchObject({ kind: 'sent' });
    }
    expect([slack.posts.length, smtp.mails.length, said.length]).toEqual([2, 2, 1]);
  });

  it('that people made are guarded, those of the environment are not', async () => {
    await put('ch-a', stored());
    const listed = await directory({ outbound: { allow: [] } }).list();
    const send = (id: string) => listed.find((channel) => channel.id === id)?.channel.send(alertMessage());
    expect(await send('ch-a')).toMatchObject({ kind: 'failed', disables: true });
    expect(await send('env-slack')).toMatchObject({ kind: 'sent' });
  });
});

describe('a channel whose receiver refuses for good', () => {
  const isOn = async (channels: ReturnType<typeof directory>, id: string) =>
    (await channels.list()).find((channel) => channel.id === id)?.enabled;

  it('is off, for every process, until a test succeeds', async () => {
    await put('ch-a', stored());
    const channels = directory();
    await channels.disable('ch-a', 'Slack answered 404 (no_service).');
    expect(await isOn(channels, 'ch-a')).toBe(false);
    expect(await isOn(directory(), 'ch-a')).toBe(false);
    slack.answerWith('no_service');
    expect(await channels.sendTest('ch-a', PAGE)).toMatchObject({
      outcome: 'failed',
      said: expect.stringContaining('no_service'),
    });
    expect(await isOn(channels, 'ch-a')).toBe(false);
    slack.answerWith('ok');
    expect(await channels.sendTest('ch-a', PAGE)).toEqual({ outcome: 'sent', said: 'Slack answered 200 (ok).' });
    expect(await isOn(channels, 'ch-a')).toBe(true);
  });

  it('and comes from the environment is tried again after a start', async () => {
    const channels = directory();
    expect(await isOn(channels, 'env-slack')).toBe(true);
    await channels.disable('env-slack', 'Slack answered 404 (no_service).');
    expect(await isOn(channels, 'env-slack')).toBe(false);
    expect(await isOn(directory(), 'env-slack')).toBe(true);
  });
});

it('a test of a channel that is not there is none', async () => {
  expect(await directory().sendTest('ch-none', PAGE)).toBeNull();
});

it('a test that fails for now says so', async () => {
  slack.answerWith({ rateLimitedSeconds: 5 });
  expect(await directory().sendTest('env-slack', PAGE)).toEqual({
    outcome: 'retry',
    said: 'Slack answered 429 (rate_limited).',
  });
});
