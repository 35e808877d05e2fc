// Runs that are unknown, incomplete, doubtful or oddly named, on the run page in a real browser.
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type RunningTelltale, startTelltale } from '../support/app.ts';
import { launchBrowser, type WatchedBrowser } from '../support/browser.ts';
import { refundRun, spanIdOf, traceIdOf } from './refund-run.ts';
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
const row = (page: Page, n: number) => page.locator(`[data-row="${spanIdOf(n)}"]`);
const detail = (page: Page) => page.getByRole('region', { name: 'Step detail' });
const words = async (locator: Locator) => (await locator.textContent()) ?? '';

it('a doubtful decision shows what was recorded and its warnings', async () => {
  const traceId = traceIdOf(66);
  const attributes = {
    'telltale.step.kind': 'decision',
    'telltale.decision.name': 'route',
    'telltale.decision.choice': 'teleport',
    'telltale.decision.options': ['refund', 'wait'],
    'telltale.decision.confidence.value': 1.7,
  };
  const warning = {
    'telltale.warning.code': 'confidence_out_of_range',
    'telltale.warning.message': '1.7 is not 0 to 1.',
  };
  await sendSpans(telltale, [
    {
      traceId,
      spanId: spanIdOf(1),
      name: '',
      startMs: Date.now() - 60_000,
      durationMs: 5,
      attributes,
      events: [{ name: 'telltale.warning', attributes: warning }],
    },
  ]);
  const page = await browser.open(at(`/traces/${traceId}`));
  await detail(page).getByText('1.7 recorded, not a probability').waitFor();
  const text = await words(detail(page));
  for (const part of ['teleport', 'not among the options', '1.7 is not 0 to 1.', '(no name)'])
    expect(text).toContain(part);
});

it('an unknown id is shown with the hint of the API, and opens once the trace arrives', async () => {
  const late = traceIdOf(77);
  const page = await browser.open(at(`/traces/${late}`));
  await page.getByRole('heading', { name: 'No trace with this id has arrived' }).waitFor();
  const text = await words(page.locator('main'));
  expect(text).toContain(late);
  expect(text).toContain('TELLTALE_RETENTION_DAYS');
  await sendSpans(telltale, refundRun(late, Date.now() - 60_000));
  await page.getByRole('treegrid').waitFor();
});

it('text that is not an id is reported as such', async () => {
  const page = await browser.open(at('/traces/12345'));
  await page.getByRole('heading', { name: 'This is not a trace id' }).waitFor();
});

it('orphans of a running trace are listed under the missing parent, and the page updates when it arrives', async () => {
  const live = traceIdOf(88);
  const [root, ...rest] = refundRun(live, Date.now() - 45_000);
  await sendSpans(telltale, rest);
  const page = await browser.open(at(`/traces/${live}`));
  await page.getByText('Parent not received yet').waitFor();
  await page.getByText(spanIdOf(1)).first().waitFor();

  if (root !== undefined) await sendSpans(telltale, [root]);
  await row(page, 1).waitFor();
  expect(await page.getByText('Parent not received').count()).toBe(0);
});

it('a run that ended without one of its parents is not shown as complete', async () => {
  const traceId = traceIdOf(89);
  await sendSpans(telltale, refundRun(traceId, Date.now() - 90_000_000).slice(1));
  const page = await browser.open(at(`/traces/${traceId}`));
  await page.getByText('Parent not received').waitFor();
  expect(await words(page.locator('.summary'))).not.toContain('all 9 spans received');
  expect(await words(page.locator('.summary'))).toMatch(/9 spans (received, 1 parent missing|so far)/);
});

it.each([390, 1280])('at %i px names of any length push nothing out of the page', async (width) => {
  const traceId = traceIdOf(65);
  const name = 'a_very_long_name_'.repeat(12);
  const common = { traceId, name, startMs: Date.now() - 60_000, attributes: { 'gen_ai.agent.name': name } };
  await sendSpans(telltale, [
    { ...common, spanId: spanIdOf(1), durationMs: 90 },
    { ...common, spanId: spanIdOf(2), parentSpanId: spanIdOf(1), durationMs: 80, error: { type: name, message: name } },
  ]);
  const page = await browser.open(at(`/traces/${traceId}`), { width, height: 844 });
  await row(page, 2).waitFor();
  expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
});
