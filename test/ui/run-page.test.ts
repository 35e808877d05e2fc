// The run page in a real browser, with spans received over real OTLP.
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type RunningTelltale, startTelltale } from '../support/app.ts';
import { launchBrowser, type WatchedBrowser } from '../support/browser.ts';
import { eventually } from './eventually.ts';
import { RECOVERY_REASON, refundRun, spanIdOf, traceIdOf } from './refund-run.ts';
import { sendSpans } from './send-spans.ts';

const RUN = traceIdOf(1);
let telltale: RunningTelltale;
let browser: WatchedBrowser;

beforeAll(async () => {
  [telltale, browser] = await Promise.all([startTelltale(), launchBrowser()]);
  await sendSpans(telltale, refundRun(RUN, Date.now() - 300_000));
});
afterEach(async () => expect(await browser.finish()).toEqual([]));
afterAll(async () => {
  await browser?.close();
  await telltale?.close();
});

const at = (path: string) => `${telltale.apiUrl}${path}`;
const row = (page: Page, n: number) => page.locator(`[data-row="${spanIdOf(n)}"]`);
const detail = (page: Page) => page.getByRole('region', { name: 'Step detail' });
const words = async (locator: Locator) => (await locator.textContent()) ?? '';
const focused = (page: Page) =>
  page.evaluate<string | null>('document.activeElement?.getAttribute("data-row") ?? null');

it('a trace id pasted into the search box opens its run', async () => {
  const page = await browser.open(at('/runs'));
  await page.keyboard.press('/');
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(`  ${RUN.toUpperCase()}\n`)})`);
  await page.keyboard.press('Control+V');
  await page.waitForURL(`**/traces/${RUN}`);
  await page.getByRole('heading', { level: 1, name: /order 48213/ }).waitFor();
});

it('the decisions are listed in order with choice, options, and confidence against threshold', async () => {
  const page = await browser.open(at(`/traces/${RUN}`));
  const strip = page.getByRole('navigation', { name: 'Decisions in order' });
  await strip.waitFor();
  const decisions = await strip.locator('[data-decision]').allTextContents();
  expect(await strip.locator('.name .untrusted').allTextContents()).toEqual(['intent', 'refund_route', 'recovery']);
  expect(decisions[2]).toContain('retry_later');
  expect(decisions[2]).toMatch(/0\.46\s*\/ 0\.70/);
  expect(decisions[2]).toContain('not escalate, abandon');
  await strip.getByRole('img', { name: 'confidence 0.46, threshold 0.70, 0.24 below' }).waitFor();
});

it('the facts agree with the API', async () => {
  const page = await browser.open(at(`/traces/${RUN}`));
  const facts = page.locator('dl.facts');
  await facts.waitFor();
  const text = (await words(facts)).replaceAll(/\s+/g, ' ');
  expect(text).toMatch(/Duration ?41\.9 s/);
  expect(text).toContain('Tokens 1,543 in 388 out');
  expect(text).toMatch(/Errors ?4/);
  expect(text).toMatch(/Services ?2 support-api, risk-api/);
});

it('a decision shows its options with scores, its reasoning and its record', async () => {
  const page = await browser.open(at(`/traces/${RUN}`));
  await page.locator(`[data-decision="${spanIdOf(9)}"]`).click();
  await eventually(() => page.url()).toContain(`span=${spanIdOf(9)}`);
  const pane = detail(page);
  await pane.getByText('0.24 below the threshold.').waitFor();
  const text = await words(pane);
  for (const part of [
    'retry_later',
    'Timeouts look transient.',
    '0.41',
    RECOVERY_REASON,
    'ticket for payments-oncall',
    'token logprobs',
  ]) {
    expect(text).toContain(part);
  }
});

it('a model call shows its messages by role and its usage', async () => {
  const page = await browser.open(at(`/traces/${RUN}?span=${spanIdOf(2)}`));
  const pane = detail(page);
  await pane.getByText('My parcel for order 48213 came nine days late.').waitFor();
  const text = await words(pane);
  for (const part of ['user', 'assistant', 'Your refund is approved', '1,543 in', 'gpt-4.1-mini'])
    expect(text).toContain(part);
});

it('a failed attempt shows type, message, stack, the other attempts and where it links to', async () => {
  const page = await browser.open(at(`/traces/${RUN}?span=${spanIdOf(7)}`));
  const pane = detail(page);
  await pane.getByText('no response from payments after 8000 ms').first().waitFor();
  const text = await words(pane);
  for (const part of ['UpstreamTimeout', 'PaymentsClient.refund', 'Attempts', 'after 1.02 s', spanIdOf(99)])
    expect(text).toContain(part);
  expect(await row(page, 7).locator('rect.error').count()).toBe(1);
});

it('input keeps every digit, attributes are filtered, events are listed', async () => {
  const page = await browser.open(at(`/traces/${RUN}?span=${spanIdOf(8)}&tab=input`));
  const pane = detail(page);
  await pane.getByText('12345678901234567890').waitFor();
  await pane.getByRole('tab', { name: /Attributes/ }).click();
  await pane.getByLabel('Filter attributes').fill('retry');
  await pane.getByText('telltale.retry.attempt').waitFor();
  expect(await pane.getByText('session.id', { exact: true }).count()).toBe(0);
  await pane.getByRole('tab', { name: /Events/ }).click();
  await pane.getByRole('heading', { name: /exception/ }).waitFor();
});

it('the tree is a treegrid that arrows walk, Enter opens and Esc leaves', async () => {
  const page = await browser.open(at(`/traces/${RUN}`));
  const grid = page.getByRole('treegrid', { name: 'Steps of this run' });
  await grid.waitFor();
  expect(await grid.getAttribute('aria-rowcount')).toBe('11');
  expect(await grid.locator('[role=row][tabindex="0"]').count()).toBe(1);
  await row(page, 1).focus();
  await page.keyboard.press('Home');
  await eventually(() => focused(page)).toBe(spanIdOf(1));
  await page.keyboard.press('ArrowDown');
  await eventually(() => focused(page)).toBe(spanIdOf(2));
  await page.keyboard.press('Enter');
  await eventually(() => page.evaluate('document.activeElement.tagName')).toBe('H2');
  await page.keyboard.press('Escape');
  await eventually(() => focused(page)).toBe(spanIdOf(2));
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowLeft');
  await eventually(() => row(page, 1).getAttribute('aria-expanded')).toBe('false');
  expect(await grid.getAttribute('aria-rowcount')).toBe('2');
  await page.keyboard.press('ArrowRight');
  await eventually(() => grid.getAttribute('aria-rowcount')).toBe('11');
});

it('e and d step through errors and decisions, f searches within the run', async () => {
  const page = await browser.open(at(`/traces/${RUN}?span=${spanIdOf(2)}`));
  await row(page, 2).waitFor();
  await page.keyboard.press('d');
  await eventually(() => page.url()).toContain(spanIdOf(3));
  await page.keyboard.press('e');
  await eventually(() => page.url()).toContain(spanIdOf(6));
  await row(page, 6).focus();
  await page.keyboard.press('e');
  await eventually(() => focused(page)).toBe(spanIdOf(7));
  await page.keyboard.press('f');
  await page.getByLabel('Search in this run', { exact: true }).and(page.locator('input')).fill('risk-api');
  await page.keyboard.press('Enter');
  await eventually(() => page.url()).toContain(spanIdOf(4));
  await eventually(() => focused(page)).toBe(spanIdOf(4));
});

it('zooming and returning to the whole run are in the address', async () => {
  const page = await browser.open(at(`/traces/${RUN}?span=${spanIdOf(9)}`));
  await row(page, 9).waitFor();
  await page.keyboard.press('+');
  await eventually(() => new URL(page.url()).searchParams.get('t')).not.toBeNull();
  await page.keyboard.press('0');
  await eventually(() => new URL(page.url()).searchParams.get('t')).toBeNull();
});

it('links are copied whole, with and without the clipboard of a secure page', async () => {
  const page = await browser.open(at(`/traces/${RUN}?span=${spanIdOf(9)}`));
  await row(page, 9).waitFor();
  const pasted = () => page.evaluate<string>('navigator.clipboard.readText()');
  await page.keyboard.press('y');
  await eventually(pasted).toBe(at(`/traces/${RUN}?span=${spanIdOf(9)}`));
  await page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("not secure"))');
  await page.getByRole('button', { name: 'Copy trace ID' }).click();
  await eventually(pasted).toBe(RUN);
});

it('a hop to another service carries its name', async () => {
  const page = await browser.open(at(`/traces/${RUN}`));
  await row(page, 4).getByText('risk-api').waitFor();
});

it('a failing API is reported in place with code, hint and Retry, and Retry recovers', async () => {
  const page = await browser.open(at('/incidents'));
  await page.route('**/api/traces/**', (route) =>
    route.fulfill({
      status: 503,
      json: { error: { code: 'storage_busy', message: 'Too many questions.', hint: 'Ask for less.' } },
    }),
  );
  await page.evaluate(`history.pushState(null, '', '/traces/${RUN}'); dispatchEvent(new PopStateEvent('popstate'))`);
  const alert = page.getByRole('alert');
  await alert.waitFor();
  for (const part of ['storage_busy', 'Too many questions.', 'Ask for less.'])
    expect(await words(alert)).toContain(part);
  await page.unroute('**/api/traces/**');
  await alert.getByRole('button', { name: 'Retry' }).click();
  await page.getByRole('treegrid').waitFor();
});

it('a detail that fails leaves the tree alive', async () => {
  const page = await browser.open(at('/runs'));
  await page.route('**/spans/**', (route) => route.abort());
  await page.locator(`a[href="/traces/${RUN}"]`).first().click();
  await detail(page).getByRole('alert').waitFor();
  expect(await words(detail(page))).toContain('unreachable');
  expect(await page.locator('[data-row]').count()).toBe(10);
});

it('at 390 px nothing overflows, rows have two lines, and the detail fills the screen with a way back', async () => {
  const page = await browser.open(at(`/traces/${RUN}`), { width: 390, height: 844 });
  await row(page, 1).waitFor();
  const overflow = () => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  expect(await overflow()).toBeLessThanOrEqual(0);
  expect((await row(page, 1).boundingBox())?.height).toBe(44);
  await row(page, 9).click();
  await detail(page).getByText(RECOVERY_REASON).waitFor();
  expect(await overflow()).toBeLessThanOrEqual(0);
  expect((await detail(page).boundingBox())?.width).toBe(390);
  await detail(page).getByRole('button', { name: 'Back to the timeline' }).click();
  await eventually(() => detail(page).isVisible()).toBe(false);
  await row(page, 9).click();
  await detail(page).getByText(RECOVERY_REASON).waitFor();
  await page.goBack();
  await eventually(() => detail(page).isVisible()).toBe(false);
  expect(new URL(page.url()).pathname).toBe(`/traces/${RUN}`);
});

it('the dark theme follows the system before first paint, and a switch is remembered', async () => {
  const page = await browser.open(at(`/traces/${RUN}`), { theme: 'dark' });
  const theme = () => page.evaluate<string>('document.documentElement.dataset.theme');
  const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  expect(await theme()).toBe('dark');
  expect(await ground()).toBe('rgb(14, 16, 19)');
  await page.getByRole('button', { name: 'Switch to the light theme' }).click();
  expect(await ground()).toBe('rgb(245, 246, 247)');
  await page.reload();
  expect(await theme()).toBe('light');
});
