// The digests in a browser: the list, one day, the recipients; and the mail itself, which runs no script.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { putCopy } from '#storage/digest-copies';
import { launchBrowser, type WatchedBrowser } from '../support/browser.ts';
import { startTestApi, type TestApi } from '../support/query-api.ts';
import { at, HOUR, id, insertSpans, SECOND, span, type TestSpan } from '../support/span-rows.ts';
import { eventually, expectToFit } from './eventually.ts';

const UI_DIR = fileURLToPath(new URL('../../ui/dist', import.meta.url));
/** A folder for screenshots; unset, none are taken. */
const SHOTS = process.env.DIGEST_SHOTS;

let api: TestApi;
let browser: WatchedBrowser;
beforeAll(async () => {
  [api, browser] = await Promise.all([startTestApi({ uiDir: UI_DIR }), launchBrowser()]);
  await insertSpans(api.db, aDay());
  const response = await fetch(`${api.url}/api/digests/2026-11-20`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"timeZone":"Europe/Paris"}',
  });
  expect(response.status).toBe(200);
});
afterEach(async () => expect(await browser.finish()).toEqual([]));
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

/** Thirty runs, some failed, some expensive, decisions below their threshold, a name that would be markup. */
function aDay(): TestSpan[] {
  const rows: TestSpan[] = [];
  for (let run = 1; run <= 30; run++) {
    const begin = Math.round((run - 20) * 0.4 * HOUR);
    const isBad = run % 10 === 0;
    const failure = isBad
      ? {
          is_error: 1,
          error_type: 'UpstreamTimeout',
          error_message: 'payments did not answer',
          error_template: 'payments did not answer',
          fingerprint: 'abc',
        }
      : {};
    const common = {
      start_time: at(begin),
      received_at: at(begin).slice(0, 23),
      agent: run % 3 ? 'refund-desk' : 'triage',
    };
    rows.push(
      span(run, 1, { ...common, name: 'handle', kind: 'agent', duration_ns: String(run * SECOND), ...failure }),
      span(run, 2, {
        ...common,
        parent_span_id: id(1, 16),
        name: 'chat',
        kind: 'llm',
        model: 'gpt-4.1',
        cost_usd: run / 50,
      }),
      span(run, 3, {
        ...common,
        parent_span_id: id(1, 16),
        name: 'decide',
        kind: 'decision',
        decision_name: run % 2 ? '<b>recovery</b>' : 'refund_route',
        decision_choice: 'retry_later',
        decision_confidence: 0.4 + (run % 30) / 60,
        decision_threshold: 0.7,
        decision_outcome: 'escalated',
      }),
    );
    if (isBad)
      rows.push(
        span(run, 4, {
          ...common,
          parent_span_id: id(1, 16),
          name: 'payments.refund',
          kind: 'tool',
          tool_name: 'payments.refund',
          ...failure,
          marks: ['dead_letter: refunds'],
        }),
      );
  }
  return rows;
}

const shot = async (
  name: string,
  page: { screenshot(options: { path: string; fullPage: boolean }): Promise<unknown> },
) => {
  if (SHOTS === undefined) return;
  await mkdir(SHOTS, { recursive: true });
  await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
};

const WIDTHS = [390, 800, 1440];

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  const looks = WIDTHS.map((width) => ({ width, theme }));

  it('the list names each day, says what to set for mail, and links to the day; both fit', async () => {
    const page = await browser.open(`${api.url}/digests`, { width: 390, theme });
    await page.locator('a.day').first().waitFor();
    expect(await page.locator('main').textContent()).toContain('SMTP_URL=');
    await expectToFit(page, looks);
    await shot(`list-${theme}`, page);
    await page.locator('a.day').first().click();
    await page.locator('article.digest').waitFor();
    expect(await page.locator('h1').textContent()).toContain('3 dead letters wait to be replayed.');
    expect(await page.locator('main').textContent()).toContain('<b>recovery</b> chose retry_later');
    await expectToFit(page, looks);
    await shot(`day-${theme}`, page);
  });

  it('the mail shows the same, and fits', async () => {
    const page = await browser.open(`${api.url}/digests/2026-11-20`, { theme });
    const link = page.getByRole('link', { name: 'View as mail' });
    await link.waitFor();
    const href = await link.getAttribute('href');
    const mail = await browser.open(api.url + String(href), { width: 390, theme, firstContent: 'h1' });
    expect(await mail.locator('h1').textContent()).toContain('3 dead letters wait to be replayed.');
    const background = await mail.evaluate('getComputedStyle(document.querySelector(".cd")).backgroundColor');
    expect(background).toBe(theme === 'dark' ? 'rgb(21, 24, 28)' : 'rgb(255, 255, 255)');
    await expectToFit(mail, looks);
    await shot(`mail-${theme}`, mail);
  });
});

it('a recipient is added, turned off and deleted, and a wrong one is explained', async () => {
  const page = await browser.open(`${api.url}/digests#recipients`);
  await page.getByRole('button', { name: 'Add a recipient' }).click();
  await page.getByLabel('Address').fill('ines@example.org');
  await page.getByLabel('Time zone').fill('Mars/Olympus');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').textContent()).toContain('a time zone is an IANA name');
  await page.getByLabel('Time zone').fill('Europe/Paris');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const row = page.getByRole('article', { name: 'ines@example.org' });
  await row.waitFor();
  expect(await row.textContent()).toContain('daily at 08:00, Europe/Paris');
  await shot('recipients', page);
  await row.getByRole('button', { name: 'Turn off' }).click();
  await row.getByRole('button', { name: 'Turn on' }).waitFor();
  await row.getByRole('button', { name: 'Delete' }).click();
  await eventually(async () => expect(await row.count()).toBe(0));
});

it('a day that was not written says how to write it', async () => {
  const page = await browser.open(`${api.url}/digests/2026-01-01`);
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').textContent()).toContain('telltale digest --date');
});

it('the allowed domains are set on the page, a wrong domain is refused with a reason, and copies are listed', async () => {
  await putCopy(
    api.db,
    'default',
    'copy-1',
    { date: '2026-11-20', form: 'daily', to: 'ada@example.org', outcome: 'sent', reason: null },
    'Ines <b>',
    Date.parse('2026-11-20T09:00:00Z'),
  );
  const page = await browser.open(`${api.url}/digests`);
  const domains = page.getByRole('region', { name: 'Allowed domains' });
  await domains.getByText('A copy of a digest is mailed to recipients only.').waitFor();
  await domains.getByLabel('Domains').fill('not_a domain!');
  await domains.getByRole('button', { name: 'Save' }).click();
  await domains.getByRole('alert').getByText('a mail domain: example.org').waitFor();
  await domains.getByLabel('Domains').fill('Example.org, acme.example');
  await domains.getByRole('button', { name: 'Save' }).click();
  await domains.getByText('to addresses of these domains').waitFor();
  expect(await domains.getByLabel('Domains').inputValue()).toBe('example.org, acme.example');
  await page.getByRole('region', { name: 'Copies' }).getByText('requested by Ines <b>').waitFor();
  await expectToFit(page, [
    { width: 390, theme: 'light' },
    { width: 1440, theme: 'dark' },
  ]);
});
