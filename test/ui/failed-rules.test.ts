// Settings › Rules in a real browser when the detector could not look at a rule. No detector runs here that would mend it.
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { appendJournal } from '#storage/journal';
import { launchBrowser, type WatchedBrowser } from '../support/browser.ts';
import { startTestApi, type TestApi } from '../support/query-api.ts';
import { NOW_MS } from '../support/span-rows.ts';

let api: TestApi;
let browser: WatchedBrowser;
beforeAll(async () => {
  const uiDir = fileURLToPath(new URL('../../ui/dist', import.meta.url));
  [api, browser] = await Promise.all([startTestApi({ uiDir }), launchBrowser()]);
});
afterEach(async () => expect(await browser.finish()).toEqual([]));
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

it.each([
  { width: 1440, height: 900, theme: 'light' },
  { width: 390, height: 844, theme: 'dark' },
] as const)('a rule that could not be looked at says since when, why and what to do: $width $theme', async (look) => {
  const error = 'Memory limit (for query) exceeded: would use 2.00 GiB, maximum: 1.86 GiB';
  const failedRules = [{ ruleId: 'cost', error }];
  const evaluation = { fromMs: null, toMs: NOW_MS, errors: 0, tookMs: 1, error: null, failedRules };
  await appendJournal(api.db, 'default', NOW_MS, [{ kind: 'evaluation', evaluation }]);
  const page = await browser.open(`${api.url}/settings/rules`, look);
  await page.getByRole('heading', { name: '12 rules on, 1 could not be looked at' }).waitFor();
  const rule = page.getByRole('article', { name: 'Unusual cost' });
  await rule.getByText(/Could not be looked at since .*, because: Memory limit/).waitFor();
  expect(await rule.getByRole('time').first().getAttribute('datetime')).toBe(new Date(NOW_MS).toISOString());
  await rule.getByText('narrow the rule to fewer agents').waitFor();
  expect(await page.getByText('Could not be looked at since').count()).toBe(1);
  expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
});
