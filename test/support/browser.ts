// A real Chromium for the browser tests. It notes all that must never happen on a page: errors, violations of the
// content security policy, requests to another host.
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core';
import { findChromium } from './chromium.mjs';

export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
  /** What is there once the first content is; a page of ours has a `main` that waits for no code. */
  readonly firstContent?: string;
}

/** Ends what hangs; a page on a busy machine may take long. */
const HANG_MS = 60_000;

const WATCH_POLICY = `document.addEventListener('securitypolicyviolation', (event) =>
  console.error('policy violated: ' + event.violatedDirective + ' by ' + event.blockedURI));`;

interface Profile {
  readonly context: BrowserContext;
  /** Speaks to the browser itself, through a blank tab. */
  readonly control: CDPSession;
}

/** A browser whose pages are watched. Open pages with `open`, then ask `finish` what went wrong on them. */
export class WatchedBrowser {
  readonly #browser: Browser;
  #profile: Profile | null = null;
  #pages: Page[] = [];
  #problems: string[] = [];

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Opens an address in a fresh profile and waits until its first content is there. */
  async open(url: string, look: Look = {}): Promise<Page> {
    const { width = 1280, height = 900, theme = 'light', firstContent = 'main:not([aria-busy="true"])' } = look;
    const { host, origin } = new URL(url);
    const profile = await this.#freshProfile(origin);
    const page = await profile.newPage();
    this.#pages.push(page);
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: theme });
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
    await page.locator(firstContent).first().waitFor();
    return page;
  }

  // A window of its own for each page costs a full Chromium several times as much as a tab, so all pages are tabs of one
  // profile that is emptied first. The blank tab keeps its window open.
  async #freshProfile(origin: string): Promise<BrowserContext> {
    this.#profile ??= await this.#openProfile();
    const { context, control } = this.#profile;
    await context.clearCookies();
    await control.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
    return context;
  }

  async #openProfile(): Promise<Profile> {
    const context = await this.#browser.newContext();
    context.setDefaultTimeout(HANG_MS);
    return { context, control: await context.newCDPSession(await context.newPage()) };
  }

  /** What went wrong so far. */
  get seen(): readonly string[] {
    return this.#problems;
  }

  /** Closes the pages that were opened. @returns what happened on them that never should; empty is good */
  async finish(): Promise<string[]> {
    for (const page of this.#pages) await page.close();
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
