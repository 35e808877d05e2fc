// A run longer than one reply: its first page is shown at once, the rest is loaded on demand, and the page says what is
// not loaded instead of showing it as missing.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type RunningTelltale, startTelltale } from '../support/app.ts';
import { launchBrowser, type WatchedBrowser } from '../support/browser.ts';
import { eventually } from './eventually.ts';
import { spanIdOf, traceIdOf } from './refund-run.ts';
import { type SentSpan, sendSpans } from './send-spans.ts';

const TRACE = traceIdOf(1);
const SPANS = 20_200;
const LAST = spanIdOf(SPANS);
let telltale: RunningTelltale;
let browser: WatchedBrowser;

beforeAll(async () => {
  [telltale, browser] = await Promise.all([startTelltale(), launchBrowser()]);
  const startMs = Date.now() - 700_000;
  const spans = Array.from({ length: SPANS }, (_, i): SentSpan => {
    // The parent of one early step begins last, as with a skewed clock.
    const parent = i === 0 ? undefined : i === 5 ? LAST : spanIdOf(1);
    return {
      traceId: TRACE,
      spanId: spanIdOf(i + 1),
      ...(parent === undefined ? {} : { parentSpanId: parent }),
      name: i === SPANS - 1 ? 'late wrapper' : `step ${i}`,
      startMs: startMs + i * 20,
      durationMs: i === 0 ? SPANS * 20 : 10,
      ...(i === 20_100 ? { error: { type: 'Timeout', message: 'no answer' } } : {}),
    };
  });
  for (let from = 0; from < SPANS; from += 5000) await sendSpans(telltale, spans.slice(from, from + 5000));
});
afterEach(async () => expect(await browser.finish()).toEqual([]));
afterAll(async () => {
  await browser?.close();
  await telltale?.close();
});

it('the first 20,000 steps are shown and counted as such, and the others are loaded on demand', async () => {
  const page = await browser.open(`${telltale.apiUrl}/traces/${TRACE}`);
  await page.getByText('First 20,000 of 20,200 steps').waitFor();
  const grid = page.getByRole('treegrid');
  // The step whose parent is not loaded is listed under a heading.
  expect(await grid.getAttribute('aria-rowcount')).toBe('20002');
  // An error on the second page counts.
  expect(await page.locator('.facts').textContent()).toMatch(/Errors\s*1\b/);
  await page.evaluate('document.querySelector(".scroller").scrollTop = 1e9');
  await page.getByText('Parent not loaded: on a later page, or not received').waitFor();
  await page.keyboard.press('f');
  await page.getByRole('searchbox', { name: 'Search in this run' }).fill('late wrapper');
  await page.getByText('0 found in the 20,000 loaded').waitFor();
  await page.getByRole('button', { name: 'Load 200 more' }).click();
  await eventually(() => grid.getAttribute('aria-rowcount')).toBe('20201');
  expect(await page.getByText('First 20,000 of').count()).toBe(0);
  await page.getByText('1 found', { exact: true }).waitFor();
  expect(await page.getByText('Parent not loaded').count()).toBe(0);
});

it('a link to a step of a later page says where it may be, and shows its detail anyway', async () => {
  const page = await browser.open(`${telltale.apiUrl}/traces/${TRACE}?span=${LAST}`);
  await page.getByText('it may be on a later page').waitFor();
  await page.getByRole('heading', { name: 'late wrapper' }).waitFor();
});
