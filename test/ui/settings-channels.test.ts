// Channels on the settings page, in a real browser: listed, tested, created, changed and deleted.
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { API } from '#contracts/api';
import { type RunningTelltale, startTelltale } from '../support/app.ts';
import { launchBrowser, type WatchedBrowser } from '../support/browser.ts';
import { type FakeSlack, startFakeSlack } from '../support/fake-slack.ts';
import { type FakeWebhook, startFakeWebhook } from '../support/fake-webhook.ts';
import { expectToFit } from './eventually.ts';

let slack: FakeSlack;
let webhook: FakeWebhook;
let telltale: RunningTelltale;
let browser: WatchedBrowser;
beforeAll(async () => {
  [slack, webhook] = await Promise.all([startFakeSlack(), startFakeWebhook(Date.now)]);
  const env = { SLACK_WEBHOOK_URL: slack.webhookUrl, TELLTALE_OUTBOUND_ALLOW: '127.0.0.1' };
  [telltale, browser] = await Promise.all([startTelltale({ env }), launchBrowser()]);
});
afterEach(async () => expect(await browser.finish()).toEqual([]));
afterAll(async () => {
  await browser?.close();
  await telltale?.close();
  await slack.close();
  await webhook.close();
});

const open = async (look = {}) => {
  const page = await browser.open(`${telltale.apiUrl}/settings/channels`, look);
  await card(page, 'Console').waitFor();
  return page;
};
const card = (page: Page, name: string): Locator => page.getByRole('article', { name, exact: true });
const press = (within: Locator | Page, name: string) => within.getByRole('button', { name, exact: true }).click();

it('a channel of the environment is read-only, names its variable, and shows its receiver’s reply', async () => {
  const page = await open();
  const slackCard = card(page, 'Slack');
  await slackCard.getByText('Set in the environment: change SLACK_WEBHOOK_URL and restart.').waitFor();
  expect(await slackCard.getByRole('button', { name: 'Edit' }).count()).toBe(0);
  expect(await page.locator('main').textContent()).not.toContain(slack.secret);
  await press(slackCard, 'Send a test');
  await slackCard.getByText('Sent. Slack answered 200 (ok).').waitFor();
  expect(slack.posts).toHaveLength(1);
  slack.answerWith('no_service');
  await press(slackCard, 'Send a test');
  await slackCard.getByText('Refused. Slack answered 404 (no_service).').waitFor();
  slack.answerWith('ok');
});

it('a channel tested too often says how long to wait', async () => {
  const page = await open();
  const consoleCard = card(page, 'Console');
  const refusal = consoleCard.getByRole('alert').getByText('This channel was tried 5 times within a minute.');
  // More than six when the first ones are over a minute old, on a slow machine.
  let presses = 0;
  for (; !(await refusal.isVisible()); presses++) {
    await press(consoleCard, 'Send a test');
    await consoleCard.getByText('Sent.').or(refusal).first().waitFor();
  }
  expect(presses).toBeGreaterThan(5);
  expect(await consoleCard.getByText('Sent.').count()).toBe(0);
});

it('a webhook is created with the keyboard alone, refused for a private address, tested, changed and deleted', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Webhook', exact: true }).focus();
  await page.keyboard.press('Enter');
  const form = page.getByRole('region', { name: 'New channel: Webhook' });
  await form.getByLabel('Name').waitFor();
  await page.keyboard.type('Pager');
  await page.keyboard.press('Tab');
  await page.keyboard.type('https://169.254.169.254/latest/meta-data');
  await page.keyboard.press('Tab');
  await page.keyboard.type(webhook.secret);
  await page.keyboard.press('Enter');
  await form.getByRole('alert').getByText('169.254.169.254 is not on the public internet.').waitFor();
  await form.getByLabel('Address').fill(webhook.url);
  await press(form, 'Add');

  const made = card(page, 'Pager');
  await made.waitFor();
  const text = await page.locator('main').textContent();
  for (const secret of [webhook.secret, 's3cr3t-path']) expect(text).not.toContain(secret);
  await press(made, 'Send a test');
  await made.getByText('Sent. The webhook answered 200 (thanks).').waitFor();
  expect(webhook.payloads).toMatchObject([{ kind: 'test', channelName: 'Pager' }]);

  await press(made, 'Edit');
  await made.getByLabel('Name').fill('Night pager');
  await made.getByLabel('Address').fill('https://hooks.example.com/elsewhere');
  await press(made, 'Save');
  await made.getByRole('alert').getByText('secret_needed').waitFor();
  await made.getByLabel('Address').fill('');
  await made.getByRole('checkbox', { name: 'On' }).uncheck();
  await press(made, 'Save');
  const changed = card(page, 'Night pager');
  await changed.getByText('off', { exact: true }).waitFor();

  await press(changed, 'Delete');
  await press(changed, 'Delete Night pager');
  await changed.waitFor({ state: 'detached' });
});

it('the page shows what each channel gets, as the API says, and lets it be chosen, also for channels of the environment', async () => {
  const page = await open();
  const list = API.listChannels.reply.parse(await (await fetch(`${telltale.apiUrl}/api/channels`)).json());
  for (const sentence of list.gets) await page.getByText(sentence, { exact: true }).waitFor();
  for (const { name, gets } of list.channels) {
    const shown = await card(page, name).getByRole('listitem').allTextContents();
    expect(shown).toEqual(gets);
  }
  await card(page, 'Slack').getByLabel('Gets', { exact: true }).selectOption('backup only');
  await card(page, 'Slack')
    .getByText('Gets every alert now, because no channel that gets every alert is on.')
    .waitFor();
  await page.getByRole('heading', { name: 'No channel gets every alert' }).waitFor();
  await card(page, 'Slack').getByLabel('Gets', { exact: true }).selectOption('every alert');
  await page.getByRole('heading', { name: '1 channel gets every alert' }).waitFor();
  expect(await card(page, 'Slack').getByRole('option').allTextContents()).toEqual(['every alert', 'backup only']);
});

it('no text becomes markup on a page: the policy asks for trusted types, and the UI works under it', async () => {
  const page = await open();
  const attempt = (act: string) => page.evaluate(`try { ${act}; 'done' } catch (error) { String(error) }`);
  expect(await attempt(`document.body.innerHTML = '<b>x</b>'`)).toContain('TrustedHTML');
  expect(await attempt(`trustedTypes.createPolicy('mine', {})`)).toContain('TypeError');
  expect(await attempt(`document.createElement('script').src = '/x.js'`)).toContain('TrustedScriptURL');
  // The three attempts, and nothing from the UI itself.
  const violations = (await browser.finish()).filter((problem) => problem.startsWith('policy violated'));
  expect(violations).toEqual([
    'policy violated: require-trusted-types-for by trusted-types-sink',
    'policy violated: trusted-types by trusted-types-policy',
    'policy violated: require-trusted-types-for by trusted-types-sink',
  ]);
});

it('fits the window, narrow or wide', async () => {
  const page = await open({ width: 390 });
  await page.getByRole('button', { name: 'Webhook', exact: true }).click();
  await page.getByRole('region', { name: 'New channel: Webhook' }).waitFor();
  await expectToFit(page, [
    { width: 390, theme: 'light' },
    { width: 390, theme: 'dark' },
    { width: 1440, theme: 'dark' },
  ]);
});
