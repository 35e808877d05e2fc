// Error patterns in a real browser over real OTLP: the list, one pattern, and the changes users make to it.
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type RunningTelltale, startTelltale } from '../support/app.ts';
import { launchBrowser, type WatchedBrowser } from '../support/browser.ts';
import { eventually, expectToFit } from './eventually.ts';
import { spanIdOf, traceIdOf } from './refund-run.ts';
import { type SentSpan, sendSpans } from './send-spans.ts';

let telltale: RunningTelltale;
let browser: WatchedBrowser;
const HOSTILE = '<img src=x onerror=alert(1)>';
const MINUTE = 60_000;

beforeAll(async () => {
  [telltale, browser] = await Promise.all([startTelltale(), launchBrowser()]);
  const now = Date.now();
  const payment = (n: number, version: string, error?: SentSpan['error']): SentSpan[] => [
    {
      traceId: traceIdOf(n),
      spanId: spanIdOf(n * 10),
      name: 'refund-desk',
      startMs: now - n * MINUTE,
      durationMs: 3000,
      service: 'support-api',
      attributes: {
        'gen_ai.agent.name': 'refund-desk',
        'gen_ai.agent.version': version,
        'telltale.step.kind': 'agent',
      },
    },
    {
      traceId: traceIdOf(n),
      spanId: spanIdOf(n * 10 + 1),
      parentSpanId: spanIdOf(n * 10),
      name: 'payments.refund',
      startMs: now - n * MINUTE + 100,
      durationMs: 2000,
      service: 'support-api',
      attributes: {
        'gen_ai.agent.name': 'refund-desk',
        'telltale.step.kind': 'tool',
        'gen_ai.tool.name': 'payments.refund',
      },
      ...(error === undefined ? {} : { error }),
    },
  ];
  const timeout = (n: number, from = '') => ({
    type: 'UpstreamTimeout',
    message: `no response from payments${from} after ${8000 + n} ms (order ${48200 + n})`,
    stack: `UpstreamTimeout: no response\n    at refund (/srv/tools/payments.ts:${n}:1)`,
  });
  await sendSpans(telltale, [
    ...Array.from({ length: 12 }, (_, i) => payment(i + 1, '3.9.0', timeout(i + 1))).flat(),
    ...Array.from({ length: 20 }, (_, i) => payment(i + 40, '3.8.0')).flat(),
    ...[70, 71].flatMap((n) => payment(n, '3.8.0', timeout(n, ' backend'))),
    ...payment(80, '3.8.0', { type: HOSTILE, message: HOSTILE }),
  ]);
});
afterEach(async () => expect(await browser.finish()).toEqual([]));
afterAll(async () => {
  await browser?.close();
  await telltale?.close();
});

const at = (path: string) => `${telltale.apiUrl}${path}`;
const words = async (locator: Locator) => ((await locator.textContent()) ?? '').replace(/\s+/g, ' ').trim();
const rows = (page: Page) => page.locator('a[data-pattern]');

async function openList(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1, name: '15 errors in 3 patterns, 3 new' }).waitFor();
}
async function openPattern(look = {}): Promise<Page> {
  const page = await browser.open(at('/patterns?sort=errors'), look);
  await rows(page).first().click();
  await page.getByRole('heading', { level: 1 }).getByText('no response from payments after').waitFor();
  return page;
}

it('the heading says how much fails, and hostile text is shown as text', async () => {
  const page = await browser.open(at('/runs'));
  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await openList(page);
  expect(await words(rows(page).first())).toContain('no response from payments after number (order number)');
  expect(await words(page.locator('main'))).toContain(HOSTILE);
  expect(await page.locator('main img').count()).toBe(0);
  expect(await page.getByRole('img', { name: '12 errors, at most' }).count()).toBe(1);
});

it('filters, order and time are in the address, and a filter that finds nothing can be dropped', async () => {
  const page = await browser.open(at('/patterns'));
  await openList(page);
  await page.getByRole('group', { name: 'Error type' }).getByLabel('UpstreamTimeout').check();
  await eventually(() => rows(page).count()).toBe(2);
  expect(page.url()).toContain('errorType=UpstreamTimeout');
  await page.getByRole('textbox', { name: 'Find patterns by text' }).fill('nowhere');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'No pattern matches these 2 filters' }).waitFor();
  await page.getByRole('link', { name: 'Drop all' }).click();
  await openList(page);
  await page.getByRole('combobox', { name: 'Time range' }).selectOption('Last hour');
  await eventually(() => rows(page).count()).toBe(1);
  expect(page.url()).toContain('from=');
});

it('one pattern shows its summary, its burst, what failing runs share, and why it is one', async () => {
  const page = await openPattern();
  const main = page.locator('main');
  await page.getByText('All 12 failing runs used refund-desk 3.9.0, which no good run did.').waitFor();
  const text = await words(main);
  expect(text).toContain('12 errors in 12 runs');
  expect(text).toContain('first of the burst');
  expect(text).toContain('12 of 12 against 0 of 20');
  expect(text).toContain('12 variants among the newest runs, identical once variable parts are masked');
  expect(text).toContain('refund payments.ts');
  expect(await page.getByRole('heading', { level: 1 }).locator('var').allTextContents()).toEqual(['number', 'number']);
  expect(await page.getByRole('region', { name: 'Trend' }).locator('svg').getAttribute('aria-label')).toMatch(
    /^12 errors from/,
  );
  await page.getByRole('button', { name: 'Table' }).click();
  await page.getByRole('columnheader', { name: 'Errors' }).first().waitFor();
  await page.getByRole('link', { name: 'All 12' }).click();
  await eventually(() => page.locator('a[data-run]').count()).toBe(12);
});

it('the step that failed links to its pattern, and j and k walk the list', async () => {
  const page = await browser.open(at(`/traces/${traceIdOf(1)}?span=${spanIdOf(11)}`));
  await page.getByRole('link', { name: 'See the pattern' }).click();
  await page.waitForURL('**/patterns/*');
  await page.goto(at('/patterns?sort=errors'));
  await rows(page).first().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/patterns/*');
  const first = page.url();
  await page.keyboard.press('j');
  await eventually(() => page.url()).not.toBe(first);
  await page.keyboard.press('k');
  await eventually(() => page.url()).toBe(first);
});

it('users assign, write notes, mute by a key and resolve; all of it is stored', async () => {
  const page = await openPattern();
  await page.getByRole('button', { name: 'Assign' }).click();
  await page.getByLabel('Assignee').fill('Ines');
  await page.getByLabel('Your name').first().fill('Ines');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Ines' }).waitFor();
  await page.getByRole('textbox', { name: 'A note about this pattern' }).fill(HOSTILE);
  await page.getByRole('button', { name: 'Add note' }).click();
  await page.getByRole('region', { name: 'Notes' }).getByText(HOSTILE).waitFor();
  expect(await page.locator('main img').count()).toBe(0);
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('m');
  await page.getByRole('textbox', { name: 'Why' }).fill('known');
  await page.locator('form').getByRole('button', { name: 'Mute' }).click();
  await page.getByText('Muted by Ines until').waitFor();
  await page.getByRole('button', { name: 'Unmute' }).click();
  await page.getByRole('button', { name: 'Resolve' }).click();
  await page.getByText('Resolved by Ines at').waitFor();
  await page.goto(at('/patterns?status=resolved&assignee=Ines'));
  await eventually(() => rows(page).count()).toBe(1);
  await rows(page).first().click();
  await page.getByRole('button', { name: 'Reopen' }).click();
  await page.getByRole('button', { name: 'Resolve' }).waitFor();
});

it('two patterns are merged and split again', async () => {
  const page = await openPattern();
  await page.getByRole('button', { name: 'Merge with…' }).click();
  await page.getByRole('button', { name: 'Merge in no response from payments backend' }).click();
  await page.getByText('14 errors in 14 runs').waitFor();
  await page.getByRole('button', { name: 'Split off no response from payments backend' }).click();
  await page.getByText('12 errors in 12 runs').waitFor();
});

it('an unknown pattern and a list that fails are reported in place', async () => {
  const page = await browser.open(at('/patterns/deadbeefdeadbeef'));
  await page.getByRole('alert').getByText('pattern_not_found').waitFor();
  await page.route('**/api/patterns?*', (route) =>
    route.fulfill({
      status: 503,
      json: { error: { code: 'storage_failed', message: 'No answer.', hint: 'See the log.' } },
    }),
  );
  await page.goto(at('/patterns'));
  await page.getByRole('alert').getByText('storage_failed').waitFor();
  await page.unroute('**/api/patterns?*');
  await page.getByRole('button', { name: 'Retry' }).click();
  await openList(page);
});

it('neither page overflows horizontally, narrow or wide', async () => {
  const looks = [
    { width: 390, theme: 'dark' },
    { width: 768, theme: 'light' },
    { width: 1280, theme: 'dark' },
    { width: 1440, theme: 'light' },
  ] as const;
  const page = await openPattern({ width: 390, theme: 'dark' });
  await page.getByText('12 of 12 against 0 of 20').waitFor();
  await expectToFit(page, looks);
  await page.goto(at('/patterns'));
  await openList(page);
  await expectToFit(page, looks);
});
