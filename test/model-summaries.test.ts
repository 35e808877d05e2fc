// A whole Telltale with an LLM configured: it writes the summary of a failed run, the page says so, and "Write again" calls it again; with
// a model that lies the words by rule stay.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Status } from '#contracts/status';
import type { RunSummaryReply } from '#contracts/summary';
import { type RunningTelltale, runTelltale, startTelltale } from './support/app.ts';
import { launchBrowser, type WatchedBrowser } from './support/browser.ts';
import { type FakeOpenAi, honest, startFakeOpenAi } from './support/fake-openai.ts';
import { itInFull } from './support/full-tier.ts';

const TRACE = '5bf92f3577b34da6a3ce929d0e0e4736';
const ENV = { TELLTALE_SUMMARY_MODEL: 'fake-1', TELLTALE_SUMMARY_PRICE: '1/1', OPENAI_API_KEY: 'sk-test-key' };
let model: FakeOpenAi;
let telltale: RunningTelltale;
let browser: WatchedBrowser;

beforeAll(async () => {
  model = await startFakeOpenAi();
  model.answerWith({ answer: honest });
  const env = { ...ENV, OPENAI_BASE_URL: model.baseUrl };
  [telltale, browser] = await Promise.all([startTelltale({ env }), launchBrowser()]);
  expect((await send(telltale.otlpUrl)).status).toBe(200);
});
afterAll(async () => {
  await browser?.close();
  await telltale?.close();
  await model?.close();
});

/** A run that failed a minute ago. */
function send(otlpUrl: string): Promise<Response> {
  const startNs = BigInt(Date.now() - 60_000) * 1_000_000n;
  const span = {
    traceId: TRACE,
    spanId: '00f067aa0ba902b7',
    name: 'desk',
    kind: 1,
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(startNs + 1_420_000_000n),
    status: { code: 2, message: 'the key sk-proj-Zx81kQmT0wLr7vNbYp3sHd92 was refused' },
    attributes: [{ key: 'gen_ai.agent.name', value: { stringValue: 'refund-desk' } }],
  };
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  const headers = { 'content-type': 'application/json' };
  return fetch(`${otlpUrl}/v1/traces`, { method: 'POST', headers, body });
}
const json = async <T>(path: string, method = 'GET') =>
  (await (await fetch(`${telltale.apiUrl}${path}`, { method })).json()) as T;
const summary = async () => (await json<Partial<RunSummaryReply>>(`/api/traces/${TRACE}/summary`)).summary;

it('by itself a run is worded by the model, checked, paid and labelled', async () => {
  await expect.poll(async () => (await summary())?.kind, { timeout: 120_000, interval: 500 }).toBe('model');
  expect(await summary()).toMatchObject({ model: 'fake-1', outcome: 'failed', verdict: 'checked, all of it kept' });
  const status = await json<Status>('/api/status');
  expect(status.summaries).toMatchObject({ model: 'fake-1', dailyUsd: 1, spentUsd: 0.00105, lastError: null });
  expect(model.problems).toEqual([]);
  for (const body of model.bodies) expect(body).not.toContain('Zx81kQmT0wLr7vNbYp3sHd92');
  expect(telltale.output()).not.toContain(ENV.OPENAI_API_KEY);
}, 180_000);

it('the page says who wrote it; written again by a model that lies, the words by rule stay', async () => {
  const page = await browser.open(`${telltale.apiUrl}/traces/${TRACE}`, { width: 1440, height: 1000 });
  await page.getByText('Written by fake-1 from facts, checked').waitFor();
  expect(await page.locator('.summary .origin').textContent()).toMatch(/ received · Write again$/);
  model.answerWith({ answer: (asked) => ({ ...honest(asked), outcome: 'ok' }) });
  await page.getByRole('button', { name: 'Write again' }).click();
  await page.getByText('Written from facts, no AI; the text from fake-1 was not used').waitFor();
  expect(await summary()).toMatchObject({ kind: 'template', outcome: 'failed', verdict: 'not taken: wrong outcome' });
  expect(await browser.finish()).toEqual([]);
});

itInFull(
  'telltale summarize says that no model was asked because the budget is used up',
  async () => {
    const capped = await startTelltale({
      env: { ...ENV, OPENAI_BASE_URL: model.baseUrl, TELLTALE_SUMMARY_DAILY_USD: '0' },
    });
    try {
      expect((await send(capped.otlpUrl)).status).toBe(200);
      const isAtCap = async () =>
        ((await (await fetch(`${capped.apiUrl}/api/status`)).json()) as Status).summaries?.isAtCap;
      await expect.poll(isAtCap, { timeout: 120_000, interval: 500 }).toBe(true);
      const line = "Not written by the LLM: today's budget (TELLTALE_SUMMARY_DAILY_USD) is used up.";
      for (const asked of [[], ['--redo']]) {
        const { code, output } = await runTelltale(['summarize', TRACE, '--url', capped.apiUrl, ...asked]);
        expect(output).toContain(line);
        expect(code).toBe(0);
      }
      const { output } = await runTelltale(['summarize', TRACE, '--url', telltale.apiUrl]);
      expect(output).not.toContain('budget');
    } finally {
      await capped.close();
    }
  },
  180_000,
);

it('the doctor wants a price for a model that it does not know', async () => {
  const env = { ...ENV, OPENAI_BASE_URL: model.baseUrl, TELLTALE_PORT: '0', TELLTALE_OTLP_HTTP_PORT: '0' };
  const unknown = await runTelltale(['doctor'], { ...env, TELLTALE_SUMMARY_PRICE: '' });
  expect(unknown.output).toContain('set TELLTALE_SUMMARY_PRICE');
  expect(unknown.code).toBe(1);
  expect((await runTelltale(['doctor'], env)).output).toContain('ok    summaries by fake-1');
});
