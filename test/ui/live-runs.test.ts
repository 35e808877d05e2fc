// A run while it lasts, on its page and in the list, in a real browser: running, waiting for a person, and stalled
// because its process was killed. The agent is a real one in a process of its own.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type AgentProcess, startAgent } from '../support/agent-process.ts';
import { type RunningTelltale, startTelltale } from '../support/app.ts';
import { launchBrowser, type WatchedBrowser } from '../support/browser.ts';
import { eventually } from './eventually.ts';

let telltale: RunningTelltale;
let browser: WatchedBrowser;
const agents: AgentProcess[] = [];

beforeAll(async () => {
  [telltale, browser] = await Promise.all([startTelltale(), launchBrowser()]);
});
afterEach(async () => expect(await browser.finish()).toEqual([]));
afterAll(async () => {
  for (const agent of agents) agent.signal('SIGKILL');
  await browser?.close();
  await telltale?.close();
});

async function begin(): Promise<AgentProcess> {
  const agent = await startAgent(telltale.otlpUrl);
  agents.push(agent);
  return agent;
}

/** Screenshots for review: TELLTALE_TEST_SHOTS names a folder. */
const shot = (name: string) =>
  process.env.TELLTALE_TEST_SHOTS === undefined
    ? {}
    : { path: `${process.env.TELLTALE_TEST_SHOTS}/${name}.png`, fullPage: true };

it('the page shows the running step, whom the run waits for, and then its end, without a reload', async () => {
  const agent = await begin();
  const page = await browser.open(`${telltale.apiUrl}/traces/${agent.traceId}`);
  await page.getByRole('heading', { level: 1, name: 'refund-desk is running, in collect evidence' }).waitFor();
  await page.getByText('no step has ended yet').waitFor();
  const rows = page.locator('[data-row]');
  await eventually(() => rows.count()).toBe(2);
  expect(await rows.nth(1).textContent()).toContain('collect evidence');
  expect(await rows.nth(1).textContent()).toContain('running');
  const detail = page.getByRole('region', { name: 'Step detail' });
  await detail.getByText('Last sign of life').waitFor();
  await page.screenshot(shot('running'));

  agent.say('');
  await page.getByRole('heading', { level: 1, name: 'refund-desk is waiting for finance team' }).waitFor();
  await page.locator('.story .status', { hasText: 'Waiting' }).waitFor();
  await eventually(async () => (await rows.nth(2).textContent()) ?? '').toContain('waiting for finance team');
  await detail.getByText('Waiting for finance team').waitFor();
  await page.screenshot(shot('waiting'));
  const list = await browser.open(`${telltale.apiUrl}/runs?status=running`);
  await list.locator('tbody tr', { hasText: 'refund-desk is waiting for finance team' }).waitFor();
  expect(await list.locator('tbody .status').first().textContent()).toContain('waiting');
  await list.screenshot(shot('list'));

  agent.say('yes');
  await agent.ended;
  await page.locator('.story .status', { hasText: 'Ok' }).waitFor();
  await eventually(() => rows.count()).toBe(3);
  await rows.nth(2).click();
  await detail.getByRole('tab', { name: 'Output' }).click();
  await detail.getByText('yes', { exact: true }).waitFor();
});

it('the page of a run whose process was killed says that it went silent, and where', async () => {
  const agent = await begin();
  const page = await browser.open(`${telltale.apiUrl}/traces/${agent.traceId}`);
  // The run is announced before its step is; a process killed in between never announces the step.
  await page.getByRole('heading', { level: 1, name: 'refund-desk is running, in collect evidence' }).waitFor();
  agent.signal('SIGKILL');
  await page.getByRole('heading', { level: 1, name: 'refund-desk went silent, in collect evidence' }).waitFor();
  await page.locator('.story .status', { hasText: 'Stalled' }).waitFor();
  await page.getByText('There is no sign of life from its process').waitFor();
  await page.screenshot(shot('stalled'));
  const narrow = await browser.open(`${telltale.apiUrl}/traces/${agent.traceId}`, { width: 390, theme: 'dark' });
  await narrow.getByRole('heading', { level: 1, name: /went silent/ }).waitFor();
  const overflow = await narrow.evaluate('document.documentElement.scrollWidth - innerWidth');
  expect(overflow).toBe(0);
  await narrow.screenshot(shot('stalled-390'));
});
