import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { CHANNEL_RECEIVES, CHANNELS } from '#contracts/channel';
import type { Database } from '#storage/database';
import { appendJournal } from '#storage/journal';
import { readChannels } from '#storage/read-channels';
import { createSecretBox } from '#storage/secret-box';
import { putSettings } from '#storage/settings';
import { openTestDatabase } from '../../../test/support/span-rows.ts';
import { givenChannels, NO_ENVIRONMENT } from './environment.ts';
import { keepEarlierChannels, keptNotices } from './keep-earlier.ts';

const NOW_MS = Date.parse('2026-12-01T08:00:00Z');
const MAIL = { smtpUrl: 'smtp://127.0.0.1:1', mailTo: ['ops@acme.example'] };
const SLACK = { slackWebhookUrl: 'https://hooks.slack.com/services/T0/B0/x' };
let db: Database;
let closeDatabase: () => Promise<void>;
let projects = 0;
let projectId: string;
beforeAll(async () => {
  ({ db, close: closeDatabase } = await openTestDatabase());
});
beforeEach(() => {
  projectId = `kept-${++projects}`;
});
afterAll(() => closeDatabase());

const ofThisStart = (environment: object) => ({
  db,
  projectId,
  given: givenChannels({ ...NO_ENVIRONMENT, ...environment }),
  now: () => NOW_MS,
});
/** As an earlier version leaves it: the detector has ticked. */
const wasUsedBefore = () => appendJournal(db, projectId, NOW_MS, [{ kind: 'cursor', receivedMs: NOW_MS, fence: 0 }]);
const kept = async () =>
  Object.fromEntries([...(await readChannels(db, projectId)).receives].map(([id, { receives }]) => [id, receives]));

it('mail beside Slack stays a backup where alerting ran before, and a notice says what to do', async () => {
  await wasUsedBefore();
  const start = ofThisStart({ ...SLACK, ...MAIL });
  await keepEarlierChannels(start);
  expect(await kept()).toEqual({ 'env-email': 'backup' });
  expect(await keptNotices(start)).toEqual([
    'Email still gets an alert only when no other channel can take it, as before the upgrade. Choose what it gets in Settings › Channels (or PUT /api/channels/env-email/receives): every alert, backup as now, or the digest only.',
  ]);
});

it('a start names channels whose secrets do not open, with what to do', async () => {
  const [sealing, other] = [1, 2].map((byte) => ({ ...db, secretBox: createSecretBox(Buffer.alloc(32, byte)) }));
  const value = { type: 'slack', name: 'Team', webhookUrl: SLACK.slackWebhookUrl } as const;
  await putSettings(sealing as Database, projectId, [{ of: CHANNELS, id: 'ch-a', value }], 'Ann', NOW_MS);
  const given = givenChannels(NO_ENVIRONMENT);
  expect(await keptNotices({ db: sealing as Database, projectId, given })).toEqual([]);
  expect(await keptNotices({ db: other as Database, projectId, given })).toEqual([
    expect.stringMatching(/ch-a cannot be read.*TELLTALE_SECRET_KEY_FILE/),
  ]);
});

it('mail that was made in Settings is kept alike, and says so by its name', async () => {
  await wasUsedBefore();
  const mail = { type: 'email', name: 'Ops', to: ['ops@acme.example'] } as const;
  const webhook = {
    type: 'webhook',
    name: 'Pager',
    url: 'https://hooks.example.com/x',
    secret: '0123456789abcdef',
  } as const;
  await putSettings(
    db,
    projectId,
    [
      { of: CHANNELS, id: 'ch-mail', value: mail },
      { of: CHANNELS, id: 'ch-pager', value: webhook },
    ],
    'test',
    NOW_MS,
  );
  await keepEarlierChannels(ofThisStart({}));
  expect(await kept()).toEqual({ 'ch-mail': 'backup' });
  expect((await keptNotices(ofThisStart({})))[0]).toMatch(/^Ops still gets/);
});

it.each([
  ['mail alone got every alert, and goes on so', MAIL, true],
  ['Slack alone has nothing to keep', SLACK, true],
  ['a new installation with both begins with every alert on both', { ...SLACK, ...MAIL }, false],
])('%s', async (_what, environment, isUsed) => {
  if (isUsed) await wasUsedBefore();
  await keepEarlierChannels(ofThisStart(environment));
  expect(await kept()).toEqual({});
  expect(await keptNotices(ofThisStart(environment))).toEqual([]);
});

it('is decided once: what is set up later gets every alert', async () => {
  await wasUsedBefore();
  await keepEarlierChannels(ofThisStart(MAIL));
  await keepEarlierChannels(ofThisStart({ ...SLACK, ...MAIL }));
  expect(await kept()).toEqual({});
});

it('a new installation that ticks afterwards is not taken for an old one', async () => {
  await keepEarlierChannels(ofThisStart({}));
  await wasUsedBefore();
  await keepEarlierChannels(ofThisStart({ ...SLACK, ...MAIL }));
  expect(await kept()).toEqual({});
});

it('what a user chose is not changed, and ends the notice', async () => {
  await wasUsedBefore();
  const start = ofThisStart({ ...SLACK, ...MAIL });
  await keepEarlierChannels(start);
  const chosen = { of: CHANNEL_RECEIVES, id: 'env-email', value: { receives: 'digest' as const, isKept: false } };
  await putSettings(db, projectId, [chosen], 'Ines', NOW_MS);
  await keepEarlierChannels(start);
  expect(await kept()).toEqual({ 'env-email': 'digest' });
  expect(await keptNotices(start)).toEqual([]);
});
