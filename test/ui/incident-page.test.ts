// An incident in a real browser over the real API and engine: its timeline and its actions.
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Incident } from '#contracts/incident';
import { newDelivery } from '#storage/deliveries';
import { appendJournal } from '#storage/journal';
import { launchBrowser, type WatchedBrowser } from '../support/browser.ts';
import { OPENED_MS, storedIncident } from '../support/incidents.ts';
import { startTestApi, type TestApi } from '../support/query-api.ts';
import { id as hex, insertSpans, SECOND, span } from '../support/span-rows.ts';
import { eventually } from './eventually.ts';

const PROJECT = 'default';
let api: TestApi;
let browser: WatchedBrowser;
beforeAll(async () => {
  [api, browser] = await Promise.all([
    startTestApi({ uiDir: fileURLToPath(new URL('../../ui/dist', import.meta.url)), now: Date.now }),
    launchBrowser(),
  ]);
  await insertSpans(api.db, [
    span(1, 1, {
      name: 'refund',
      agent: 'refund-desk',
      is_error: 1,
      error_type: 'Timeout',
      duration_ns: String(SECOND),
    }),
  ]);
});
afterEach(async () => expect(await browser.finish()).toEqual([]));
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

const HOSTILE = '<img src=x onerror=alert(1)> \u202egnp';
let made = 0;
async function openIncident(fields: Parameters<typeof storedIncident>[1] = {}): Promise<string> {
  const incidentId = `incident-${++made}`;
  const at = new Date(OPENED_MS).toISOString();
  const pending = newDelivery(
    { projectId: PROJECT, subject: `incident:${incidentId}`, transition: 'opened', channel: 'env-slack' },
    OPENED_MS + 20_000,
  );
  await appendJournal(api.db, PROJECT, OPENED_MS, [
    { kind: 'incident', incident: storedIncident(incidentId, { exampleTraceIds: [hex(1, 32)], ...fields }) },
    { kind: 'transition', transition: { incidentId, at, what: 'opened', words: 'ten errors in 28 minutes' } },
    {
      kind: 'delivery',
      delivery: { ...pending, status: 'sent', attempts: 2, sentAtMs: OPENED_MS + 29_000, lastError: null },
    },
  ]);
  return incidentId;
}
const stored = async (incidentId: string) => (await api.get(`/api/incidents/${incidentId}`)).body as Incident;

it('shows what happened and its notifications, and links to an example run', async () => {
  const incidentId = await openIncident({ title: `Timeout in ${HOSTILE}`, message: HOSTILE, versions: [HOSTILE] });
  const page = await browser.open(`${api.url}/incidents`);
  await page.getByRole('link', { name: 'Timeout in' }).first().click();
  await page.waitForURL(`**/incidents/${incidentId}`);
  await page.getByRole('heading', { level: 1, name: 'Timeout in <img' }).waitFor();
  const timeline = page.getByRole('region', { name: 'Timeline' });
  await timeline.getByText('Notification sent to Slack: it opened').waitFor();
  await timeline.getByText('ten errors in 28 minutes').waitFor();
  expect(await timeline.locator('li').count()).toBe(3);
  await page.getByRole('region', { name: 'Example runs' }).getByRole('link').click();
  await page.waitForURL(`**/traces/${hex(1, 32)}`);
});

it('a link to acknowledge opens a form, and acknowledges only on a click', async () => {
  const incidentId = await openIncident();
  const page = await browser.open(`${api.url}/incidents/${incidentId}?do=ack`);
  const form = page.getByRole('form', { name: 'Acknowledge' });
  await form.waitFor();
  expect((await stored(incidentId)).ack).toBeNull();
  await form.getByLabel('Note').fill('looking at it');
  await form.getByLabel('Your name').fill('Ann');
  await form.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByText('Acknowledged by Ann').waitFor();
  await page.getByText('looking at it').waitFor();
  expect((await stored(incidentId)).ack).toMatchObject({ by: 'Ann', note: 'looking at it' });
  expect(new URL(page.url()).search).toBe('');
});

it('is muted by key, with a reason, and the mute is lifted under Settings', async () => {
  const incidentId = await openIncident();
  const page = await browser.open(`${api.url}/incidents/${incidentId}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('m');
  const form = page.getByRole('form', { name: 'Mute' });
  await form.getByLabel('Why').fill('known, fixed on Friday');
  await form.getByRole('button', { name: 'Mute' }).click();
  await form.waitFor({ state: 'detached' });
  await page.goto(`${api.url}/settings/mutes`);
  const mutes = page.getByRole('region', { name: 'Mutes', exact: true });
  await mutes.getByText('known, fixed on Friday').waitFor();
  await mutes.getByRole('button', { name: 'Lift' }).click();
  await page.getByRole('heading', { name: 'Nothing is muted' }).waitFor();
});

it('is resolved by hand, and then offers no action that ends it', async () => {
  const incidentId = await openIncident();
  const page = await browser.open(`${api.url}/incidents/${incidentId}`);
  await page.getByRole('button', { name: 'Resolve' }).click();
  await page.getByRole('form', { name: 'Resolve' }).getByRole('button', { name: 'Resolve' }).click();
  await page.getByText(/^Resolved by/).waitFor();
  await eventually(async () => expect(await page.getByRole('button', { name: 'Acknowledge' }).count()).toBe(0));
  expect((await stored(incidentId)).status).toBe('resolved');
});

it('a maintenance window is created in the wall-clock time of a zone, and deleted', async () => {
  const page = await browser.open(`${api.url}/settings/mutes`);
  await page.getByRole('button', { name: 'New window' }).click();
  const form = page.getByRole('form', { name: 'New maintenance window' });
  await form.getByLabel('Name').fill('Backups');
  await form.getByLabel('Repeats').selectOption('weekly');
  await form.getByLabel('Time zone').fill('Europe/Paris');
  await form.getByRole('button', { name: 'Save' }).click();
  const windows = page.getByRole('region', { name: 'Maintenance windows' });
  await windows.getByText('Saturday, Sunday at 22:00 for 60 min, Europe/Paris').waitFor();
  await windows.getByRole('button', { name: 'Delete' }).click();
  await windows.getByText('No maintenance windows.').waitFor();
});

it('that does not exist says where to look', async () => {
  const page = await browser.open(`${api.url}/incidents/nothing`);
  await page.getByText('There is no incident nothing.').waitFor();
});
