// From the first-run page to a list with filters, in a real browser over real OTLP.
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type RunningTelltale, startTelltale } from '../support/app.ts';
import { launchBrowser, type WatchedBrowser } from '../support/browser.ts';
import { eventually, expectToFit } from './eventually.ts';
import { incident } from './incident.ts';
import { refundRun, traceIdOf } from './refund-run.ts';
import { sendSpans } from './send-spans.ts';

let telltale: RunningTelltale;
let browser: WatchedBrowser;

beforeAll(async () => {
  [telltale, browser] = await Promise.all([startTelltale(), launchBrowser()]);
});
afterEach(async () => expect(await browser.finish()).toEqual([]));
afterAll(async () => {
  await browser?.close();
  await telltale?.close();
});

const at = (path: string) => `${telltale.apiUrl}${path}`;
const words = async (locator: Locator) => (await locator.textContent()) ?? '';
const runs = (page: Page) => page.locator('a[data-run]');
const shown = (page: Page) =>
  page.evaluate<string[]>('[...document.querySelectorAll("a[data-run]")].map((link) => link.dataset.run)');
const hoursAgo = (hours: number) => Date.now() - hours * 3_600_000;

const plain = (n: number, startMs: number) => ({
  traceId: traceIdOf(n),
  spanId: '00f067aa0ba902b7',
  name: 'triage',
  startMs,
  durationMs: 800,
  service: 'triage-api',
  attributes: {
    'gen_ai.agent.name': 'triage',
    'telltale.step.kind': 'agent',
    'telltale.step.output': 'sorted parcel 7',
  },
});

it('before the first run the page gives five lines, the endpoint, and the reason why nothing arrives', async () => {
  const page = await browser.open(at('/'));
  await page.getByRole('heading', { level: 1, name: 'Waiting for your first run' }).waitFor();
  await page.getByText('0 requests, 0 spans, 0 spans rejected').waitFor();
  const text = await words(page.locator('main'));
  expect(text).toContain("import { start, agent, decide } from '@telltale/sdk';");
  const endpoint = `http://localhost:${new URL(telltale.otlpUrl).port}`;
  expect(text).toContain(`OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}`);
  expect(text).toContain(`start({ service: 'support-api', endpoint: '${endpoint}' });`);
  expect(text).toContain('node my-agent.mjs');
  expect(text).toContain('No request has arrived yet.');

  const refused = await fetch(`${telltale.otlpUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: 'hello',
  });
  expect(refused.status).toBe(415);
  await page.getByText('was refused with HTTP 415').waitFor();
  await page.getByText('1 request, 0 spans').waitFor();
});

it('the first span turns the page into the list', async () => {
  const page = await browser.open(at('/'));
  await page.getByRole('heading', { name: 'Waiting for your first run' }).waitFor();
  await sendSpans(telltale, refundRun(traceIdOf(1), hoursAgo(2)));
  await runs(page).first().waitFor();
  expect(await shown(page)).toEqual([traceIdOf(1)]);
});

it('a run is led by what happened, with its lowest confidence as a mark', async () => {
  const page = await browser.open(at('/runs'));
  await runs(page).first().waitFor();
  const line = page.locator('tbody tr').first();
  await line.getByRole('img', { name: 'confidence 0.46, threshold 0.70, 0.24 below' }).waitFor();
  const text = await words(line);
  for (const part of ['failed', 'refund-desk', 'a decision at 0.46, below 0.70', '41.9 s'])
    expect(text).toContain(part);
});

it('new runs wait behind a button, and the newest is first', async () => {
  const page = await browser.open(at('/runs'));
  await runs(page).first().waitFor();
  await sendSpans(telltale, [plain(2, hoursAgo(0.1))]);
  await page.getByText('1 new run').waitFor();
  expect(await shown(page)).toEqual([traceIdOf(1)]);
  await page.getByRole('button', { name: 'show' }).click();
  await eventually(() => shown(page)).toEqual([traceIdOf(2), traceIdOf(1)]);
});

it('filters are in the address under the names of the API', async () => {
  const page = await browser.open(at('/runs'));
  await runs(page).first().waitFor();
  await page.getByRole('checkbox', { name: 'Failed' }).check();
  await eventually(() => shown(page)).toEqual([traceIdOf(1)]);
  expect(new URL(page.url()).searchParams.get('status')).toBe('error');
  await page.reload();
  await eventually(() => shown(page)).toEqual([traceIdOf(1)]);
  await page.getByRole('button', { name: 'Remove status:error' }).click();
  await eventually(() => shown(page)).toEqual([traceIdOf(2), traceIdOf(1)]);

  await page.getByLabel('Filter runs by text or field:value').fill('agent:triage');
  await page.keyboard.press('Enter');
  await eventually(() => shown(page)).toEqual([traceIdOf(2)]);
  // The address is updated a fraction of a second after the list.
  await eventually(() => new URL(page.url()).searchParams.get('agent')).toBe('triage');

  await page.goto(at('/runs'));
  await runs(page).first().waitFor();
  await page.getByRole('combobox', { name: 'Time range' }).selectOption('60');
  await eventually(() => shown(page)).toEqual([traceIdOf(2)]);
  expect(Date.parse(new URL(page.url()).searchParams.get('from') ?? '')).toBeGreaterThan(hoursAgo(1.1));
});

it('other text in the search box searches the runs', async () => {
  const page = await browser.open(at('/incidents'));
  await page.keyboard.press('/');
  await page.keyboard.type('sorted parcel');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/runs?q=sorted+parcel');
  await eventually(() => shown(page)).toEqual([traceIdOf(2)]);
});

it('a filter typed into the search box is that filter', async () => {
  const page = await browser.open(at('/incidents'));
  await page.keyboard.press('/');
  await page.keyboard.type('status:failed');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/runs?status=error');
  await eventually(() => shown(page)).toEqual([traceIdOf(1)]);
});

it('when Telltale does not answer every page says so, and failed requests are retried', async () => {
  const page = await browser.open(at('/incidents'));
  await page.getByRole('heading', { level: 1, name: 'No incidents yet' }).waitFor();
  await page.route('**/api/**', (route) => route.abort());
  await page.getByRole('link', { name: 'Runs' }).first().click();
  await page.getByText('Telltale has not answered since').waitFor();
  await page.getByRole('alert').waitFor();
  await page.unroute('**/api/**');
  await runs(page).first().waitFor();
  await eventually(() => page.getByText('Telltale has not answered since').count()).toBe(0);
});

it('a filter that is not understood is offered to be dropped', async () => {
  const page = await browser.open(at('/runs?from=garbage&status=error'));
  await page.getByRole('heading', { name: 'This filter is not understood' }).waitFor();
  await page.getByRole('button', { name: 'Drop since garbage' }).click();
  await eventually(() => shown(page)).toEqual([traceIdOf(1)]);
});

it('filtered to nothing, the page names the filter to drop', async () => {
  const page = await browser.open(at('/runs?status=error&agent=nobody'));
  await page.getByRole('heading', { name: 'No run matches these 2 filters' }).waitFor();
  const first = page.locator('.nothing li').first();
  await eventually(() => words(first)).toContain('1 run');
  expect(await words(first)).toContain('agent:nobody');
  await first.getByRole('button').click();
  await eventually(() => shown(page)).toEqual([traceIdOf(1)]);
});

it('older runs come page by page, each once', async () => {
  const many = Array.from({ length: 70 }, (_, i) => plain(100 + i, hoursAgo(20) - i * 1000));
  await sendSpans(telltale, many);
  const page = await browser.open(at('/runs'));
  await runs(page).first().waitFor();
  expect(await runs(page).count()).toBe(50);
  await page.getByRole('button', { name: 'Older' }).click();
  await eventually(() => runs(page).count()).toBe(72);
  expect(new Set(await shown(page)).size).toBe(72);
  expect(await page.getByRole('button', { name: 'Older' }).count()).toBe(0);
  await page.getByText('72 runs in total').waitFor();
});

it('a list that fails says so in place and Retry recovers; old rows stay', async () => {
  const page = await browser.open(at('/incidents'));
  await page.route('**/api/runs?*', (route) =>
    route.fulfill({ status: 500, json: { error: { code: 'internal', message: 'A bug.', hint: 'See the log.' } } }),
  );
  await page.getByRole('link', { name: 'Runs' }).first().click();
  const alert = page.getByRole('alert');
  await alert.waitFor();
  expect(await words(alert)).toContain('internal');
  await page.unroute('**/api/runs?*');
  await alert.getByRole('button', { name: 'Retry' }).click();
  await runs(page).first().waitFor();
  await eventually(() => page.getByRole('alert').count()).toBe(0);

  await page.route('**/api/runs?*', (route) =>
    route.fulfill({
      status: 503,
      json: { error: { code: 'storage_failed', message: 'No answer.', hint: 'See the log.' } },
    }),
  );
  await page.getByText('storage_failed').waitFor();
  expect(await runs(page).count()).toBe(50);
});

it('keys walk the list, open a run and its neighbors, and lead back', async () => {
  const page = await browser.open(at('/runs'));
  await runs(page).first().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/traces/${traceIdOf(2)}`);
  await page.getByRole('treegrid').waitFor();
  await page.keyboard.press('j');
  await page.waitForURL(`**/traces/${traceIdOf(1)}`);
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await page.waitForURL('**/incidents');
  await page.goBack();
  await page.waitForURL(`**/traces/${traceIdOf(1)}`);
  await page.keyboard.press('Shift+?');
  await page.getByRole('heading', { name: 'Keyboard' }).waitFor();
});

it('at 390 px the list has no horizontal overflow and the navigation is at the bottom', async () => {
  const page = await browser.open(at('/runs'), { width: 390, height: 844, theme: 'dark' });
  await runs(page).first().waitFor();
  expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  const nav = await page.getByRole('navigation', { name: 'Main' }).boundingBox();
  expect((nav?.y ?? 0) + (nav?.height ?? 0)).toBe(844);
});

it('a filled incidents page has no horizontal overflow, narrow or wide', async () => {
  const page = await browser.open(at('/runs'), { width: 390, height: 844 });
  await page.route('**/api/incidents*', (route) => route.fulfill({ json: { incidents: [incident] } }));
  await page.goto(at('/incidents'));
  await page.getByRole('heading', { name: 'UpstreamTimeout in payments.refund' }).waitFor();
  await expectToFit(page, [
    { width: 390, theme: 'light' },
    { width: 768, theme: 'light' },
  ]);
});

it.each([701, 900])('at %i px headlines keep their width and no column is clipped', async (width) => {
  const page = await browser.open(at('/runs'), { width, height: 844 });
  await runs(page).first().waitFor();
  expect((await runs(page).first().boundingBox())?.width).toBeGreaterThan(200);
  const clipped = 'document.querySelector(".scroll").scrollWidth - document.querySelector(".scroll").clientWidth';
  expect(await page.evaluate<number>(clipped)).toBeLessThanOrEqual(0);
});

it('an unknown address is reported and links back', async () => {
  const page = await browser.open(at('/decisions'));
  await page.getByRole('heading', { name: 'There is no page at this address' }).waitFor();
  await page.getByRole('link', { name: 'See all runs' }).click();
  await runs(page).first().waitFor();
});
