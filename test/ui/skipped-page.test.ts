// Settings › Skipped data in a real browser: what a sender did wrong and what was cut, with what to do.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type RunningTelltale, startTelltale } from '../support/app.ts';
import { launchBrowser, type WatchedBrowser } from '../support/browser.ts';
import { requestOf, span } from '../support/otlp-server.ts';
import { expectToFit } from './eventually.ts';

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

const HOSTILE = '<img src=x onerror=alert(1)>\u202e';
const post = (...spans: unknown[]) =>
  fetch(`${telltale.otlpUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(requestOf(...spans)),
  });
const open = (look = {}) => browser.open(`${telltale.apiUrl}/settings/skipped`, { firstContent: '.tiles', ...look });

it('says that nothing was skipped when nothing was', async () => {
  const page = await open();
  await page.getByText('Nothing is refused right now; in 7 days every record received was stored').waitFor();
  expect(await page.getByText('None in 7 days.').count()).toBeGreaterThan(0);
});

it('names the reason, the sender and what to do, for what was refused and what was cut', async () => {
  const long = { key: HOSTILE, value: { stringValue: 'x'.repeat(200_000) } };
  const answer = await post(span({ traceId: '0'.repeat(32) }), span({ spanId: 'b'.repeat(16), attributes: [long] }));
  expect(answer.status).toBe(200);
  const page = await open();
  await page
    .getByRole('heading', {
      name: /1 record was refused in the last ten minutes; in 7 days 1 record from 1 sender was not stored/,
    })
    .waitFor();
  const refused = page.getByRole('region', { name: 'Refused records' });
  await refused.getByText('Trace id is missing, all zeros or not 16 bytes').waitFor();
  await refused.getByText('Start the exporter after the tracer is set up').waitFor();
  expect(await refused.getByText('shop', { exact: true }).count()).toBe(1);
  const cut = page.getByRole('region', { name: 'Cut values' });
  await cut.getByText(HOSTILE).waitFor();
  await cut.getByText('200 kB').waitFor();
  await page.getByLabel('In the last').selectOption('30 days');
  await page.getByRole('heading', { name: /in 30 days 1 record/ }).waitFor();
});

it('shows similar senders and keys as separate rows', async () => {
  for (const [service, key] of [
    ['one two', 'three'],
    ['one', 'two three'],
  ] as const) {
    const attributes = [{ key, value: { stringValue: 'y'.repeat(70_000) } }];
    const body = JSON.stringify(requestOf(span({ spanId: 'c'.repeat(16), attributes })));
    const answer = await fetch(`${telltale.otlpUrl}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: body.replace('"shop"', JSON.stringify(service)),
    });
    expect(answer.status).toBe(200);
  }
  const page = await open();
  const cut = page.getByRole('region', { name: 'Cut values' });
  await cut.getByText('one two', { exact: true }).waitFor();
  await cut.getByText('two three', { exact: true }).waitFor();
});

it('fits a phone, in both themes, and is found among the tabs', async () => {
  const page = await open();
  await page.getByRole('region', { name: 'Refused records' }).waitFor();
  await page.getByRole('tab', { name: 'Skipped data', selected: true }).waitFor();
  await expectToFit(page, [
    { width: 390, theme: 'light' },
    { width: 390, theme: 'dark' },
    { width: 1440, theme: 'dark' },
  ]);
});
