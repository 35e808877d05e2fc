// One pattern from its first error to its end, as people meet it: an agent's tool breaks, one message comes to Slack, its
// links open the run and the incident, someone acknowledges it there, the tool is fixed, and Slack gets the resolved notification.
// Only the detector's clock is set by hand: its quiet quarter of an hour is not waited for.

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { agent, flush, shutdown, start, tool } from '@telltale/sdk';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Incident } from '#contracts/incident';
import { openStores } from '#storage/stores';
import { type Alerting, startAlerting } from '../alerting/start-alerting.ts';
import { type Collector, startCollector } from '../collector/collector.ts';
import { Counters } from '../collector/count/counters.ts';
import { launchBrowser, type WatchedBrowser } from './support/browser.ts';
import { type FakeSlack, startFakeSlack } from './support/fake-slack.ts';
import { startTestApi, type TestApi } from './support/query-api.ts';
import { testDirectory } from './support/test-directory.ts';

const PROJECT = 'default';
const MINUTE = 60_000;
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
let aheadMs = 0;
const now = () => Date.now() + aheadMs;

let api: TestApi;
let collector: Collector;
let alerting: Alerting;
let slack: FakeSlack;
let browser: WatchedBrowser;
let payments: Server;
let dataDir: string;
let isBroken = true;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'telltale-journey-'));
  payments = createServer((_request, response) => {
    response.writeHead(isBroken ? 502 : 200).end(isBroken ? 'upstream is gone' : 'paid');
  });
  await new Promise<void>((ready) => payments.listen(0, '127.0.0.1', ready));
  [slack, browser] = await Promise.all([startFakeSlack(), launchBrowser()]);
  api = await startTestApi({ uiDir: fileURLToPath(new URL('../ui/dist', import.meta.url)), now });
  collector = await startCollector({
    db: api.db,
    projectId: PROJECT,
    host: '127.0.0.1',
    httpPort: 0,
    grpcPort: 0,
    log: SILENT as never,
    counters: new Counters(),
    dataDir,
    redact: 'secrets',
    spool: { maxBytes: 1 << 28, minFreeBytes: 0, flushMs: 100 },
  });
  alerting = startAlerting({
    db: api.db,
    projectId: PROJECT,
    ...openStores(api.db, PROJECT),
    publicUrl: () => api.url,
    directory: testDirectory({
      db: api.db,
      projectId: PROJECT,
      slackWebhookUrl: slack.webhookUrl,
      writeLine: () => {},
      now,
    }),
    log: SILENT,
    now,
    wake: () => () => undefined,
  });
  start({ service: 'support-api', version: '2.14.1', endpoint: collector.url });
}, 60_000);

afterAll(async () => {
  await shutdown();
  await alerting?.stop();
  await browser?.close();
  await collector?.close();
  await api?.close();
  await slack?.close();
  await new Promise((closed) => payments.close(closed));
  await rm(dataDir, { recursive: true, force: true });
});

/** One run of the agent; the tool asks a real server, which answers or does not. */
const refund = (order: number) =>
  agent('refund-desk', async () => {
    await tool('payments.refund', async () => {
      const reply = await fetch(`http://127.0.0.1:${(payments.address() as AddressInfo).port}/refunds/${order}`);
      if (!reply.ok) throw new TypeError(`payments answered ${reply.status} for order ${order}`);
      return reply.text();
    });
  });

async function refunds(first: number, count: number): Promise<void> {
  for (let order = first; order < first + count; order++) await refund(order).catch(() => undefined);
  expect((await flush()).failed).toBe(0);
  await collector.settled();
  const { runs } = (await api.get('/api/runs?agent=refund-desk&limit=200')).body as { runs: unknown[] };
  expect(runs).toHaveLength(first + count - 1);
}

async function tick(minutes = 0): Promise<void> {
  aheadMs += minutes * MINUTE;
  expect(await alerting.tick()).toMatchObject({ status: 'done' });
}

const incidents = async () => ((await api.get('/api/incidents')).body as { incidents: Incident[] }).incidents;
const linksOf = (post: unknown) => [...new Set(JSON.stringify(post).match(/https?:\/\/[^|>"\\]+/g) ?? [])];
const heading = (page: Page) => page.getByRole('heading', { level: 1 }).textContent();

it('a broken tool is one message, acknowledged from its link, and over when the tool is fixed', async () => {
  await refunds(1, 12);
  await tick();
  await tick(1);
  expect(slack.posts).toHaveLength(1);
  const [incident] = await incidents();
  expect(incident).toMatchObject({ status: 'firing', step: 'payments.refund', count: 12, traces: 12 });

  // Each example run has a line of what happened.
  expect(JSON.stringify(slack.posts[0])).toContain('refund-desk failed in payments.refund');

  // Three runs, the incident, and what can be done: every link opens.
  const links = linksOf(slack.posts[0]);
  const runs = links.filter((link) => link.includes('/traces/'));
  expect(runs).toHaveLength(3);
  for (const link of runs) {
    const page = await browser.open(link);
    await page.getByText('payments.refund').first().waitFor();
    expect(await heading(page)).toContain('payments.refund');
  }
  const ack = links.find((link) => link.includes('do=ack')) as string;
  const page = await browser.open(ack);
  expect(await heading(page)).toContain('payments.refund');
  await page.getByText('12 errors in 12 runs').waitFor();
  await page.getByRole('region', { name: 'What they have in common' }).getByText('payments.refund').waitFor();
  const form = page.getByRole('form', { name: 'Acknowledge' });
  await form.getByLabel('Your name').fill('Ann');
  await form.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByText('Acknowledged by Ann').waitFor();
  await page.getByText('Notification sent to Slack: it opened').waitFor();

  isBroken = false;
  await refunds(13, 5);
  for (let i = 0; i < 4; i++) await tick(15);
  expect(await incidents()).toMatchObject([{ id: incident?.id, status: 'resolved', ack: { by: 'Ann' } }]);
  expect(slack.posts).toHaveLength(2);
  expect(JSON.stringify(slack.posts[1])).toMatch(/resolved|over/i);
  await page.reload();
  await page.getByText('Notification sent to Slack: it is resolved').waitFor();
  expect(slack.lastProblem()).toBeNull();
  expect(await browser.finish()).toEqual([]);
}, 300_000);
