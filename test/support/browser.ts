// A real Chromium for the browser tests. It notes all that must never happen on a page: errors, violations of the
// content security policy, requests to another host.
import { type Browser, chromium, type Page } from 'playwright-core';
import { findChromium } from './chromium.mjs';

export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
}

const WATCH_POLICY = `document.addEventListener('securitypolicyviolation', (event) =>
  console.error('policy violated: ' + event.violatedDirective + ' by ' + event.blockedURI));`;

/** A browser whose pages are watched. Open pages with `open`, then ask `finish` what went wrong on them. */
export class WatchedBrowser {
  readonly #browser: Browser;
  #pages: Page[] = [];
  #problems: string[] = [];

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Opens an address in a fresh profile and waits until its first content is there. */
  async open(url: string, { width = 1280, height = 900, theme = 'light' }: Look = {}): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width, height }, colorScheme: theme });
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(url).origin });
    const page = await context.newPage();
    this.#pages.push(page);
    const host = new URL(url).host;
    await page.addInitScript(WATCH_POLICY);
    page.on('pageerror', (error) => this.#problems.push(`error on the page: ${error.message}`));
    page.on('request', (request) => {
      const to = new URL(request.url());
      if (to.protocol !== 'data:' && to.host !== host) this.#problems.push(`request to ${to.host}`);
    });
    page.on('console', (message) => {
      if (/policy violated|Content Security Policy|Refused to/i.test(message.text()))
        this.#problems.push(message.text());
    });
    await page.goto(url);
    await page.locator('main').waitFor();
    return page;
  }

  /** What went wrong so far. */
  get seen(): readonly string[] {
    return this.#problems;
  }

  /** Closes the pages that were opened. @returns what happened on them that never should; empty is good */
  async finish(): Promise<string[]> {
    for (const page of this.#pages) await page.context().close();
    const problems = this.#problems;
    this.#pages = [];
    this.#problems = [];
    return problems;
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

/** @throws when there is no Chromium, saying how to get one */
export async function launchBrowser(): Promise<WatchedBrowser> {
  const executablePath = findChromium();
  if (executablePath === null) {
    throw new Error(
      'No Chromium on the PATH. Install it (Debian, Ubuntu: apt-get install chromium), or set TELLTALE_CHROMIUM to the executable of a Chrome or Chromium.',
    );
  }
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
  return new WatchedBrowser(await chromium.launch({ executablePath, headless: true, args }));
}
