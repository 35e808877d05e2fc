import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { API, errorReplySchema } from '#contracts/api';
import { CHANNELS } from '#contracts/channel';
import type { ChannelView } from '#contracts/channel-view';
import { putSettings } from '#storage/settings';
import { createDirectory } from '../alerting/deliver/channels/directory.ts';
import { givenChannels } from '../alerting/deliver/channels/environment.ts';
import { createOutboundGuard, type Resolve } from '../alerting/outbound/guard.ts';
import { type FakeSlack, startFakeSlack } from '../test/support/fake-slack.ts';
import { startTestApi, type TestApi } from '../test/support/query-api.ts';
import { NOW_MS } from '../test/support/span-rows.ts';
import { hostileResolve, SSRF_FORMS } from '../test/support/ssrf-forms.ts';
import { MAX_CHANNELS } from './channels.ts';

const SECRETS = ['q7Zk2XvT9mWb', 'signing-secret-0123456789', 'Bearer tok-9f3b', 'hidden-path', 'pa55word'];
/** An operator allows one host inside; every other name leads where its owner wants. */
const ALLOWED = 'slack.inside.example';
const resolve: Resolve = (name, options, done) =>
  name === ALLOWED ? done(null, [{ address: '127.0.0.1', family: 4 }]) : hostileResolve(name, options, done);
const outbound = { allow: [ALLOWED], resolve };
const slackUrl = () => slack.webhookUrl.replace('127.0.0.1', ALLOWED);
let api: TestApi;
let slack: FakeSlack;
beforeAll(async () => {
  slack = await startFakeSlack();
  const environment = {
    slackWebhookUrl: slack.webhookUrl,
    smtpUrl: 'smtp://me:pa55word@127.0.0.1:1',
    mailFrom: undefined,
    mailTo: ['ops@acme.example'],
  };
  let directory: ReturnType<typeof createDirectory> | undefined;
  api = await startTestApi({
    givenChannels: givenChannels(environment),
    checkAddress: createOutboundGuard(outbound).check,
    sendTest: (id) => {
      const { db } = api;
      directory ??= createDirectory({
        db,
        projectId: 'default',
        environment,
        outbound,
        writeLine: () => undefined,
        now: () => NOW_MS,
      });
      return directory.sendTest(id, 'https://telltale.example/settings/channels');
    },
  });
});
afterAll(async () => {
  await api.close();
  await slack.close();
});

/** Every reply that was read, to look for secrets in. */
let replies: string[] = [];
afterEach(() => {
  for (const secret of SECRETS) expect(replies.join('\n')).not.toContain(secret);
  replies = [];
});

async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${api.url}/api/channels${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  replies.push(text);
  return { status: response.status, body: JSON.parse(text) };
}
const codeOf = ({ status, body }: { status: number; body: unknown }) => [
  status,
  errorReplySchema.parse(body).error.code,
];
const list = async () => API.listChannels.reply.parse((await ask('GET', '')).body).channels;
const create = async (body: unknown): Promise<ChannelView> => {
  const reply = await ask('POST', '', body);
  expect(reply, JSON.stringify(reply)).toMatchObject({ status: 200 });
  return API.createChannel.reply.parse(reply.body);
};

const WEBHOOK = {
  type: 'webhook',
  name: 'Pager',
  url: 'https://hooks.example.com/hidden-path',
  secret: 'signing-secret-0123456789',
  authorization: 'Bearer tok-9f3b',
};

describe('the list', () => {
  it('has the channels of the environment, read-only, with their variable', async () => {
    expect(await list()).toMatchObject([
      { id: 'env-slack', isReadOnly: true, setting: 'SLACK_WEBHOOK_URL', target: expect.stringContaining('127.0.0.1') },
      { id: 'env-email', isReadOnly: true, setting: 'TELLTALE_MAIL_TO', to: ['ops@acme.example'] },
      { id: 'console', isReadOnly: true, setting: null },
    ]);
  });

  it('shows of a channel where it goes and which secrets it has, and none of them', async () => {
    const made = await create(WEBHOOK);
    expect(made).toMatchObject({
      type: 'webhook',
      name: 'Pager',
      enabled: true,
      disabledBecause: null,
      target: 'hooks.example.com',
      secrets: ['url', 'secret', 'authorization'],
      isReadOnly: false,
    });
    expect((await list()).find(({ id }) => id === made.id)).toMatchObject(made);
    await ask('DELETE', `/${made.id}`);
    expect((await list()).map(({ id }) => id)).not.toContain(made.id);
  });
});

describe('an address', () => {
  it.each(SSRF_FORMS)('is refused when it is saved: %s', async (_what, url) => {
    const made = await ask('POST', '', { ...WEBHOOK, url });
    expect(made.status).toBe(400);
    expect(['bad_request', 'address_refused']).toContain(errorReplySchema.parse(made.body).error.code);
    const slackLike = await ask('POST', '', { type: 'slack', name: 'x', webhookUrl: url });
    expect(slackLike.status).toBe(400);
  });

  it('is refused when a channel is changed to it', async () => {
    const { id } = await create(WEBHOOK);
    const change = { ...WEBHOOK, enabled: true, url: 'https://169.254.169.254/latest/' };
    expect(codeOf(await ask('PUT', `/${id}`, change))).toEqual([400, 'address_refused']);
    expect((await list()).find((channel) => channel.id === id)?.target).toBe('hooks.example.com');
  });
});

describe('a change', () => {
  const change = { type: 'webhook', name: 'Pager 2', enabled: false };

  it('keeps the secrets it does not name', async () => {
    const { id } = await create(WEBHOOK);
    expect((await ask('PUT', `/${id}`, change)).body).toMatchObject({
      name: 'Pager 2',
      enabled: false,
      target: 'hooks.example.com',
      secrets: ['url', 'secret', 'authorization'],
    });
    expect((await ask('PUT', `/${id}`, { ...change, authorization: null })).body).toMatchObject({
      secrets: ['url', 'secret'],
    });
  });

  it('of the host asks for every secret again', async () => {
    const { id } = await create(WEBHOOK);
    const elsewhere = { ...change, url: 'https://93.184.215.14/x' };
    const { secret, authorization } = WEBHOOK;
    expect(codeOf(await ask('PUT', `/${id}`, elsewhere))).toEqual([400, 'secret_needed']);
    expect(codeOf(await ask('PUT', `/${id}`, { ...elsewhere, secret }))).toEqual([400, 'secret_needed']);
    expect(codeOf(await ask('PUT', `/${id}`, { ...elsewhere, authorization }))).toEqual([400, 'secret_needed']);
    expect((await ask('PUT', `/${id}`, { ...elsewhere, secret, authorization: null })).body).toMatchObject({
      target: '93.184.215.14',
      secrets: ['url', 'secret'],
    });
    expect(codeOf(await ask('PUT', `/${id}`, { ...change, url: 'https://93.184.215.14:8443/x' }))).toEqual([
      400,
      'secret_needed',
    ]);
  });

  it('of the type is none', async () => {
    const { id } = await create(WEBHOOK);
    const other = { type: 'email', name: 'x', enabled: true, to: ['a@acme.example'] };
    expect(codeOf(await ask('PUT', `/${id}`, other))).toEqual([400, 'bad_request']);
  });

  it.each(['env-slack', 'console'])('of %s is refused, and says why', async (id) => {
    const body = { type: 'slack', name: 'x', enabled: false };
    expect(codeOf(await ask('PUT', `/${id}`, body))).toEqual([409, 'channel_read_only']);
    const deleted = await ask('DELETE', `/${id}`);
    expect(codeOf(deleted)).toEqual([409, 'channel_read_only']);
    if (id === 'env-slack') expect(JSON.stringify(deleted.body)).toContain('SLACK_WEBHOOK_URL');
  });

  it('of one that is not there is said', async () => {
    expect(codeOf(await ask('PUT', '/ch-none', { ...change }))).toEqual([404, 'channel_not_found']);
    expect(codeOf(await ask('DELETE', '/ch-none'))).toEqual([404, 'channel_not_found']);
    expect(codeOf(await ask('POST', '/ch-none/test'))).toEqual([404, 'channel_not_found']);
  });

  it.each([
    ['a secret that is too short', { secret: 'short' }],
    ['a header that would break', { authorization: 'a\r\nx-evil: 1' }],
    ['a name of two lines', { name: 'a\nb' }],
    ['no name', { name: ' ' }],
    ['a field nobody knows', { extra: 1 }],
  ])('with %s is a bad request', async (_what, fields) => {
    expect(codeOf(await ask('POST', '', { ...WEBHOOK, ...fields }))).toEqual([400, 'bad_request']);
  });

  it('of a mail address that would add a header is a bad request', async () => {
    const email = { type: 'email', name: 'Ops', to: ['ops@acme.example\r\nBcc: x@x.example'] };
    expect(codeOf(await ask('POST', '', email))).toEqual([400, 'bad_request']);
  });
});

describe('what a channel gets', () => {
  const receives = (id: string, body: unknown) => ask('PUT', `/${id}/receives?by=Ines`, body);

  it('is every alert, unless it is made or changed to get less; those of the environment alike', async () => {
    const email = { type: 'email', name: 'Readers', to: ['reader@acme.example'], receives: 'digest' };
    const made = await create(email);
    expect(made).toMatchObject({ receives: 'digest', isKept: false });
    expect((await create(WEBHOOK)).receives).toBe('alerts');
    expect((await receives(made.id, { receives: 'alerts' })).body).toMatchObject({ receives: 'alerts' });
    expect((await receives('env-email', { receives: 'backup' })).body).toMatchObject({
      id: 'env-email',
      receives: 'backup',
    });
    expect((await list()).find(({ id }) => id === 'env-email')?.receives).toBe('backup');
    await receives('env-email', { receives: 'alerts' });
    await ask('DELETE', `/${made.id}`);
  });

  it('is kept when the channel is changed otherwise', async () => {
    const made = await create({ type: 'email', name: 'Readers', to: ['reader@acme.example'], receives: 'backup' });
    const change = { type: 'email', name: 'Readers 2', enabled: true, to: ['reader@acme.example'] };
    expect((await ask('PUT', `/${made.id}`, change)).body).toMatchObject({ name: 'Readers 2', receives: 'backup' });
    await ask('DELETE', `/${made.id}`);
  });

  it('is the digest only for mail, and fixed for the console; the refusal says what to do', async () => {
    const slackChannel = { type: 'slack', name: 'Team', webhookUrl: slackUrl() };
    const refused = await ask('POST', '', { ...slackChannel, receives: 'digest' });
    expect(codeOf(refused)).toEqual([400, 'bad_request']);
    expect(JSON.stringify(refused.body)).toContain('only mail can be digest only');
    const { id } = await create(slackChannel);
    const late = await receives(id, { receives: 'digest' });
    expect(codeOf(late)).toEqual([400, 'not_digest_only']);
    expect(JSON.stringify(late.body)).toContain('Choose alerts or backup');
    expect(codeOf(await receives('console', { receives: 'alerts' }))).toEqual([409, 'channel_read_only']);
    expect(codeOf(await receives('ch-none', { receives: 'alerts' }))).toEqual([404, 'channel_not_found']);
    expect(codeOf(await receives(id, { receives: 'everything' }))).toEqual([400, 'bad_request']);
    await ask('DELETE', `/${id}`);
  });
});

describe('a test', () => {
  it('sends one message and says what the receiver said', async () => {
    const { id } = await create({ type: 'slack', name: 'Team <!channel>', webhookUrl: slackUrl() });
    const before = slack.posts.length;
    expect((await ask('POST', `/${id}/test`)).body).toEqual({ outcome: 'sent', said: 'Slack answered 200 (ok).' });
    expect(slack.posts).toHaveLength(before + 1);
    expect(JSON.stringify(slack.posts.at(-1))).toContain('Team &lt;!channel&gt;');
  });

  it('says what to fix, and saving the channel turns it on again', async () => {
    const { id } = await create({ type: 'slack', name: 'Team', webhookUrl: slackUrl() });
    slack.answerWith('no_service');
    expect((await ask('POST', `/${id}/test`)).body).toMatchObject({
      outcome: 'failed',
      said: 'Slack answered 404 (no_service). Create a new incoming webhook in Slack and enter it in Settings › Channels.',
    });
    slack.answerWith('ok');
    await ask('PUT', `/${id}`, { type: 'slack', name: 'Team', enabled: true });
    expect((await list()).find((channel) => channel.id === id)).toMatchObject({ enabled: true, disabledBecause: null });
  });

  it('is sent five times a minute; the sixth gets the time to wait, and other channels are not held up', async () => {
    const { id } = await create({ type: 'slack', name: 'Team', webhookUrl: slackUrl() });
    const before = slack.posts.length;
    for (let i = 0; i < 5; i++) expect(await ask('POST', `/${id}/test`)).toMatchObject({ status: 200 });
    const sixth = await fetch(`${api.url}/api/channels/${id}/test`, { method: 'POST' });
    expect([sixth.status, sixth.headers.get('retry-after')]).toEqual([429, '60']);
    expect(errorReplySchema.parse(await sixth.json()).error).toMatchObject({
      code: 'too_many_tests',
      message: 'This channel was tried 5 times within a minute. Try again in 60 s.',
    });
    expect(slack.posts).toHaveLength(before + 5);
    expect((await ask('POST', '/console/test')).status).toBe(200);
  });

  it('reports a mail server that is not there', async () => {
    expect((await ask('POST', '/env-email/test')).body).toMatchObject({
      outcome: 'retry',
      said: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

it('the fifty-first channel is refused, whatever it is', async () => {
  const email = { type: 'email', name: 'Ops', to: ['ops@acme.example'] };
  const values = Array.from({ length: MAX_CHANNELS }, (_, i) => ({ of: CHANNELS, id: `ch-${i}`, value: email }));
  await putSettings(api.db, 'default', values, 'test', NOW_MS);
  expect(codeOf(await ask('POST', '', email))).toEqual([409, 'too_many_channels']);
});

it('no secret is in the log of failures', async () => {
  expect(JSON.stringify(api.logged)).not.toMatch(new RegExp(SECRETS.join('|')));
});
