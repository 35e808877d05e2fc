// Reads one page of Telltale after the other in one tab: a fresh profile for each fetches and compiles the UI again.
import { mkdir, writeFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import type { WatchedBrowser } from './browser.ts';
import { IS_FULL_TIER } from './tier.ts';

export class PageReader {
  readonly #browser: WatchedBrowser;
  #page: Page | undefined;

  constructor(browser: WatchedBrowser) {
    this.#browser = browser;
  }

  /** Loads an address and waits for its first content. */
  async show(url: string): Promise<Page> {
    if (this.#page === undefined) {
      this.#page = await this.#browser.open(url, { width: 1440, height: 960 });
    } else {
      await this.#page.goto(url);
      await this.#page.locator('main').waitFor();
    }
    return this.#page;
  }

  /** The text of a part of the page, its white space as one blank. */
  async text(selector: string): Promise<string> {
    return ((await this.#page?.locator(selector).textContent()) ?? '').replaceAll(/\s+/g, ' ');
  }

  /** What happened on the pages so far that never should; empty is good. */
  get problems(): readonly string[] {
    return this.#browser.seen;
  }

  /** Stores a screenshot in test/.artifacts, in the full tier: drawing one costs as much as a page. */
  async savePicture(name: string): Promise<void> {
    if (!IS_FULL_TIER || this.#page === undefined) return;
    const folder = new URL('../.artifacts/', import.meta.url);
    await mkdir(folder, { recursive: true });
    await writeFile(new URL(`${name}.png`, folder), await this.#page.screenshot());
  }
}
