// Waits for conditions on a page as long as a slow machine needs: vitest's default of one second is too short.
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Look } from '../support/browser.ts';

/** Like `expect.poll`; the timeout of a minute only ends a test that hangs. */
export const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000, interval: 50 });

/** Shows an open page in each of the windows, one after the other, and expects no horizontal overflow in any. */
export async function expectToFit(page: Page, looks: readonly Required<Pick<Look, 'width' | 'theme'>>[]) {
  for (const { width, theme } of looks) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: theme });
    const overflow = () => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    await expect
      .poll(overflow, { message: `overflow at ${width} px, ${theme}`, timeout: 60_000 })
      .toBeLessThanOrEqual(0);
  }
}
