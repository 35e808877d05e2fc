// Pages are loaded when they are opened: the size of the first one, and what a reader sees when the next one fails to load.
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningTelltale, startTelltale } from '../support/app.ts';
import { launchBrowser, type WatchedBrowser } from '../support/browser.ts';
import { gzipBytes, scriptsOfPage } from '../support/built-scripts.ts';

const MAX_INITIAL_BYTES = 90_000;

let telltale: RunningTelltale;
let browser: WatchedBrowser;

beforeAll(async () => {
  [telltale, browser] = await Promise.all([startTelltale(), launchBrowser()]);
});
// Loading code violates neither the content security policy nor trusted types.
afterEach(async () => expect(await browser.finish()).toEqual([]));
afterAll(async () => {
  await browser?.close();
  await telltale?.close();
});

const at = (path: string) => `${telltale.apiUrl}${path}`;
const title = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });
const scripts = (page: Page) =>
  page.evaluate<string[]>(
    'performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname).filter((path) => path.endsWith(".js")).sort()',
  );
/** By keyboard, since pointing at a link prefetches its page. */
async function go(page: Page, key: 's' | 'p' | 'i' | 'm'): Promise<void> {
  await page.keyboard.press('g');
  await page.keyboard.press(key);
}

it(`the page of runs takes at most ${MAX_INITIAL_BYTES / 1000} kB of compressed JavaScript, and no other page's`, async () => {
  const wanted = scriptsOfPage('RunsPage');
  const bytes = wanted.reduce((sum, path) => sum + gzipBytes(path), 0);
  expect(bytes, wanted.map((path) => `${path} ${gzipBytes(path)}`).join('\n')).toBeLessThanOrEqual(MAX_INITIAL_BYTES);
  const page = await browser.open(at('/runs'));
  await title(page, 'Waiting for your first run').waitFor();
  expect(await scripts(page)).toEqual(wanted);
});

it('every page loads its own code, by an address and by a link', async () => {
  const page = await browser.open(at('/runs'));
  for (const name of ['Sessions', 'Patterns', 'Incidents', 'Digests', 'Settings']) {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();
    await page.waitForURL(new RegExp(`/${name.toLowerCase()}`));
    await page.locator('main:not([aria-busy="true"]) h1').waitFor();
  }
  const id = '4bf92f3577b34da6a3ce929d0e0e4736';
  for (const path of [
    `/traces/${id}`,
    '/sessions/a',
    `/patterns/${id}`,
    '/incidents/a',
    '/digests/2026-11-20',
    '/no',
  ]) {
    const opened = await browser.open(at(path));
    await opened.locator('main:is(:has(h1), :has([role="alert"]))').waitFor();
  }
});

it('pointing at a link loads its page before the click', async () => {
  const page = await browser.open(at('/runs'));
  const loaded = page.waitForResponse(/\/assets\/SessionsPage-.*\.js$/);
  await page.getByRole('link', { name: 'Sessions' }).hover();
  expect((await loaded).status()).toBe(200);
  await title(page, 'Waiting for your first run').waitFor();
});

it('while a page loads a skeleton says so, and nothing of the previous page is left', async () => {
  const page = await browser.open(at('/runs'));
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/assets/SessionsPage-*.js', async (route) => {
    await held;
    await route.continue();
  });
  await go(page, 's');
  await page.getByRole('status', { name: 'Loading the page' }).waitFor();
  expect(await page.locator('main').getAttribute('aria-busy')).toBe('true');
  expect(await title(page, 'Waiting for your first run').count()).toBe(0);
  release();
  await title(page, 'Sessions').waitFor();
  expect(await page.locator('main').getAttribute('aria-busy')).toBe('false');
});

describe('a page that fails to load', () => {
  const CODE = '**/assets/PatternsPage-*';

  it('is reported, and Retry shows it', async () => {
    const page = await browser.open(at('/runs'));
    await page.route(CODE, (route) => route.fulfill({ status: 503 }));
    await go(page, 'p');
    await page.getByText('This page could not be loaded.', { exact: true }).waitFor();
    await page.getByText('page_not_loaded').waitFor();
    await page.unroute(CODE);
    await page.getByRole('button', { name: 'Retry' }).click();
    await title(page, 'No errors in this time').waitFor();
    expect(new URL(page.url()).pathname).toBe('/patterns');
    // Including its styles.
    expect(await page.evaluate('getComputedStyle(document.querySelector("main .panel")).display')).not.toBe('inline');
  });

  it('because the server did not answer is loaded once it does', async () => {
    const page = await browser.open(at('/runs'));
    await page.route('**/*', (route) => route.abort());
    await go(page, 'p');
    await page.getByText('Telltale did not answer.').waitFor();
    await page.unroute('**/*');
    await title(page, 'No errors in this time').waitFor();
  });

  /** Simulates a server with a newer build than the tab. @returns how often the tab was loaded since */
  const upgrade = async (page: Page, isGoneAfter: (loads: number) => boolean) => {
    let loads = 0;
    page.on('request', (request) => {
      if (request.isNavigationRequest()) loads++;
    });
    const gone = { status: 404, json: {} };
    await page.route(CODE, (route) => (isGoneAfter(loads) ? route.fulfill(gone) : route.continue()));
    const other = { contentType: 'text/html', body: '<script type="module" src="/assets/index-other.js"></script>' };
    await page.route(at('/'), (route) => route.fulfill(other));
    return () => loads;
  };

  it('because Telltale was upgraded reloads the tab', async () => {
    const page = await browser.open(at('/runs'));
    const loads = await upgrade(page, (count) => count === 0);
    await go(page, 'p');
    await title(page, 'No errors in this time').waitFor();
    expect(loads()).toBe(1);
  });

  it('reloads the tab once, and then says what happened', async () => {
    const page = await browser.open(at('/runs'));
    const loads = await upgrade(page, () => true);
    await go(page, 'p');
    await page.getByText('Telltale was upgraded since this tab was opened.').waitFor();
    expect(loads()).toBe(1);
  });
});
