// Settings › Rules in a real browser: read, switched, edited, tried, their history; and a rule that could not be
// evaluated. No detector runs here, and the clock is fixed, so trials run on past data.
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { appendJournal } from '#storage/journal';
import { launchBrowser, type WatchedBrowser } from '../support/browser.ts';
import { startTestApi, type TestApi } from '../support/query-api.ts';
import { id, insertSpans, NOW_MS, SECOND, span, at as timeAt } from '../support/span-rows.ts';
import { expectToFit } from './eventually.ts';

const THREE_MINUTES_AGO = timeAt(-180 * SECOND);
let api: TestApi;
let browser: WatchedBrowser;
beforeAll(async () => {
  const uiDir = fileURLToPath(new URL('../../ui/dist', import.meta.url));
  [api, browser] = await Promise.all([startTestApi({ uiDir }), launchBrowser()]);
  await insertSpans(api.db, [
    span(1, 1, {
      name: 'pay',
      kind: 'tool',
      agent: 'desk',
      start_time: THREE_MINUTES_AGO,
      received_at: THREE_MINUTES_AGO.slice(0, 23),
      marks: ['dead_letter: max_attempts'],
    }),
  ]);
});
afterEach(async () => expect(await browser.finish()).toEqual([]));
afterAll(async () => {
  await browser?.close();
  await api?.close();
});
const at = (path: string) => `${api.url}${path}`;

it('every rule is described in words, and the tab has an address', async () => {
  const page = await browser.open(at('/settings'));
  await page.getByRole('heading', { name: '12 rules on' }).waitFor();
  expect(await page.getByRole('tab', { selected: true }).getAttribute('href')).toBe('/settings/rules');
  await page.getByText('10 similar errors within 30 minutes').waitFor();
  expect(await page.getByRole('switch').count()).toBe(12);
  await page.goto(at('/settings/rules'));
  await page.getByRole('heading', { name: '12 rules on' }).waitFor();
});

it('a rule is switched off and on, with the name of who did it, and its history shows it', async () => {
  const page = await browser.open(at('/settings/rules'));
  await page.getByLabel('Your name').fill('Ann');
  const rule = page.getByRole('article', { name: 'Circuit open' });
  await rule.getByRole('switch').click();
  await page.getByRole('heading', { name: '11 rules on, 1 off' }).waitFor();
  await rule.getByText('by Ann').waitFor();
  await rule.getByRole('button', { name: 'History' }).click();
  await rule.getByText('Switched off.').waitFor();
  await rule.getByRole('button', { name: 'Restore the default' }).click();
  await page.getByRole('heading', { name: '12 rules on' }).waitFor();
  await rule.getByText('Deleted, or the default restored.').waitFor();
});

it('an edit is validated before it is sent, then takes effect', async () => {
  const page = await browser.open(at('/settings/rules'));
  const rule = page.getByRole('article', { name: 'Similar errors' });
  await rule.getByRole('button', { name: 'Edit' }).click();
  const threshold = rule.getByRole('textbox', { name: 'Similar errors' });
  await threshold.fill('1');
  await rule.getByRole('button', { name: 'Save' }).click();
  await rule.getByText('From 2 to 10,000.', { exact: true }).waitFor();
  expect(await page.evaluate<string>('document.activeElement.id')).toBe('similar-errors-threshold');
  await threshold.fill('25');
  await page.keyboard.press('Enter');
  await rule.getByText('25 similar errors within 30 minutes').waitFor();
  await page.reload();
  await rule.getByText('25 similar errors within 30 minutes').waitFor();
});

it('a new rule is tried on past data before it is saved, with a working link to a run', async () => {
  const page = await browser.open(at('/settings/rules'));
  await page.getByRole('button', { name: 'New rule' }).click();
  await page.getByLabel('What it watches').selectOption('dead_letters');
  await page.getByLabel('Name', { exact: true }).fill('Dead letters of the desk');
  await page.getByLabel('Only agents').fill('desk');
  const form = page.getByRole('form', { name: 'New rule' });
  await form.getByRole('button', { name: 'Try on the last 7 days' }).click();
  await form.getByText('Would have fired 1 time').waitFor();
  await form.getByText('desk · pay: 1 dead letter: max_attempts').waitFor();
  const link = await form.getByRole('link').first().getAttribute('href');
  expect(link).toBe(`/traces/${id(1, 32)}`);
  await form.getByRole('checkbox').first().check();
  await form.getByText('Only the selected channels.').waitFor();
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: '13 rules on' }).waitFor();
  const own = page.getByRole('article', { name: 'Dead letters of the desk' });
  await own.getByText(/^to \S+$/).waitFor();
  await own.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { name: '12 rules on' }).waitFor();
});

it('an open form has no horizontal overflow, narrow or wide', async () => {
  const page = await browser.open(at('/settings/rules'), { width: 390, height: 844 });
  const rule = page.getByRole('article', { name: 'Too many failed runs' });
  await rule.getByRole('button', { name: 'Edit' }).click();
  await rule.getByRole('button', { name: 'Save' }).waitFor();
  await expectToFit(page, [
    { width: 390, theme: 'light' },
    { width: 1440, theme: 'light' },
  ]);
});

describe('a rule that could not be evaluated', () => {
  const error = 'Memory limit (for query) exceeded: would use 2.00 GiB, maximum: 1.86 GiB';
  beforeAll(async () => {
    const failedRules = [{ ruleId: 'cost', error }];
    const evaluation = { fromMs: null, toMs: NOW_MS, errors: 0, tookMs: 1, error: null, failedRules };
    await appendJournal(api.db, 'default', NOW_MS, [{ kind: 'evaluation', evaluation }]);
  });

  it.each([
    { width: 1440, height: 900, theme: 'light' },
    { width: 390, height: 844, theme: 'dark' },
  ] as const)('says since when, why and what to do: $width $theme', async (look) => {
    const page = await browser.open(`${api.url}/settings/rules`, look);
    await page.getByRole('heading', { name: '12 rules on, 1 could not be evaluated' }).waitFor();
    const rule = page.getByRole('article', { name: 'Unusual cost' });
    await rule.getByText(/Could not be evaluated since .*: Memory limit/).waitFor();
    expect(await rule.getByRole('time').first().getAttribute('datetime')).toBe(new Date(NOW_MS).toISOString());
    await rule.getByText('narrow the rule to fewer agents').waitFor();
    expect(await page.getByText('Could not be evaluated since').count()).toBe(1);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  });
});
