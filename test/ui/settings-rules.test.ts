// Settings › Rules in a real browser: read, switched, edited, tried, looked back on.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type RunningTelltale, startTelltale } from '../support/app.ts';
import { launchBrowser, type WatchedBrowser } from '../support/browser.ts';
import { eventually } from './eventually.ts';
import { traceIdOf } from './refund-run.ts';
import { sendSpans } from './send-spans.ts';

let telltale: RunningTelltale;
let browser: WatchedBrowser;
beforeAll(async () => {
  [telltale, browser] = await Promise.all([startTelltale(), launchBrowser()]);
  await sendSpans(telltale, [
    {
      traceId: traceIdOf(1),
      spanId: '00f067aa0ba902b7',
      name: 'pay',
      startMs: Date.now() - 3 * 60_000,
      durationMs: 800,
      service: 'desk-api',
      attributes: {
        'gen_ai.agent.name': 'desk',
        'telltale.step.kind': 'tool',
        'telltale.dead_letter.reason': 'max_attempts',
      },
    },
  ]);
});
afterEach(async () => expect(await browser.finish()).toEqual([]));
afterAll(async () => {
  await browser?.close();
  await telltale?.close();
});
const at = (path: string) => `${telltale.apiUrl}${path}`;

it('every rule stands there in words, and the tab has an address', async () => {
  const page = await browser.open(at('/settings'));
  await page.getByRole('heading', { name: '12 rules on' }).waitFor();
  expect(await page.getByRole('tab', { selected: true }).getAttribute('href')).toBe('/settings/rules');
  await page.getByText('10 similar errors within 30 minutes').waitFor();
  expect(await page.getByRole('switch').count()).toBe(12);
  await page.goto(at('/settings/rules'));
  await page.getByRole('heading', { name: '12 rules on' }).waitFor();
});

it('a rule is switched off and on, with the name of who did it, and its history says so', async () => {
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

it('an edit says what is wrong before anything is sent, then holds', async () => {
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

it('a new rule is tried on past data before it is saved, with a link to a run that works', async () => {
  const page = await browser.open(at('/settings/rules'));
  await page.getByRole('button', { name: 'New rule' }).click();
  await page.getByLabel('What it looks at').selectOption('dead_letters');
  await page.getByLabel('Name', { exact: true }).fill('Dead letters of the desk');
  await page.getByLabel('Only agents').fill('desk');
  const form = page.getByRole('form', { name: 'New rule' });
  await form.getByRole('button', { name: 'Try on the last 7 days' }).click();
  await eventually(async () => (await form.textContent()) ?? '').toMatch(/Would (not )?have fired/);
  // The last whole minute is the last moment looked at, so a letter just sent may need one more look.
  const again = async () => {
    if ((await form.getByText('Would have fired 1 time').count()) > 0) return true;
    await form.getByRole('button', { name: 'Try on the last 7 days' }).click();
    await form.getByText(/Would (not )?have fired/).waitFor();
    return (await form.getByText('Would have fired 1 time').count()) > 0;
  };
  await expect.poll(again, { timeout: 100_000, interval: 2000 }).toBe(true);
  await form.getByText('desk · pay: 1 dead letter: max_attempts').waitFor();
  const link = await form.getByRole('link').first().getAttribute('href');
  expect(link).toBe(`/traces/${traceIdOf(1)}`);
  await form.getByRole('checkbox').first().check();
  await form.getByText('Only those ticked.').waitFor();
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: '13 rules on' }).waitFor();
  const own = page.getByRole('article', { name: 'Dead letters of the desk' });
  await own.getByText(/^on \S+$/).waitFor();
  await own.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { name: '12 rules on' }).waitFor();
}, 200_000);

it.each([390, 1440])('at %i px an open form has no sideways overflow', async (width) => {
  const page = await browser.open(at('/settings/rules'), { width, height: 844 });
  const rule = page.getByRole('article', { name: 'Too many failed runs' });
  await rule.getByRole('button', { name: 'Edit' }).click();
  await rule.getByRole('button', { name: 'Save' }).waitFor();
  expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
});
