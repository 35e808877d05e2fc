// Log records in a real browser: those of a step beside it, those of the run below its timeline.
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { type RunningTelltale, startTelltale } from '../support/app.ts';
import { launchBrowser, type WatchedBrowser } from '../support/browser.ts';
import { refundRun, spanIdOf, traceIdOf } from './refund-run.ts';
import { sendSpans } from './send-spans.ts';

const RUN = traceIdOf(1);
const ONLY_LOGS = traceIdOf(2);
const MODEL_CALL = spanIdOf(2);
const startMs = Date.now() - 300_000;
let telltale: RunningTelltale;
let browser: WatchedBrowser;

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const record = (traceId: string, afterMs: number, more: object) => ({
  traceId,
  timeUnixNano: `${startMs + afterMs}000000`,
  ...more,
});
const LOGS = [
  record(RUN, 900, {
    spanId: MODEL_CALL,
    severityNumber: 13,
    severityText: 'WARN',
    body: { stringValue: 'the model answered slowly' },
    attributes: [text('logger', 'gateway')],
  }),
  record(RUN, 2000, {
    spanId: MODEL_CALL,
    eventName: 'gen_ai.evaluation.result',
    attributes: [
      text('gen_ai.evaluation.name', 'relevance'),
      { key: 'gen_ai.evaluation.score.value', value: { doubleValue: 0.8 } },
      text('gen_ai.evaluation.score.label', 'pass'),
      text('gen_ai.evaluation.explanation', 'It answers what was asked.'),
    ],
  }),
  record(RUN, 3000, { severityNumber: 9, body: { stringValue: 'order 48213 picked up by worker 7' } }),
  record(RUN, 4000, { spanId: spanIdOf(99), severityNumber: 17, body: { stringValue: 'from a step that never came' } }),
  record(ONLY_LOGS, 0, { severityNumber: 17, body: { stringValue: 'the agent died before its first span' } }),
];

beforeAll(async () => {
  [telltale, browser] = await Promise.all([startTelltale(), launchBrowser()]);
  const spans = refundRun(RUN, startMs).map((span) =>
    span.spanId === MODEL_CALL
      ? {
          ...span,
          attributes: {
            ...span.attributes,
            'gen_ai.response.finish_reasons': ['tool-calls'],
            'langfuse.observation.prompt.name': 'refund-intent',
            'langfuse.observation.prompt.version': 3,
          },
        }
      : span,
  );
  await sendSpans(telltale, spans);
  const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: LOGS }] }] });
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(`${telltale.otlpUrl}/v1/logs`, { method: 'POST', headers, body });
  expect(await reply.text()).toBe('{}');
  await vi.waitUntil(async () => (await countLogs(RUN)) === 4 && (await countLogs(ONLY_LOGS)) === 1, {
    timeout: 60_000,
    interval: 100,
  });
});
afterEach(async () => expect(await browser.finish()).toEqual([]));
afterAll(async () => {
  await browser?.close();
  await telltale?.close();
});

async function countLogs(traceId: string): Promise<number> {
  const reply = await fetch(`${telltale.apiUrl}/api/traces/${traceId}/logs`);
  return ((await reply.json()) as { logs: unknown[] }).logs.length;
}

const at = (path: string) => `${telltale.apiUrl}${path}`;
const runLogs = (page: Page) => page.getByRole('region', { name: 'Logs of the run' });
/** A folder for screenshots; unset, none are taken. */
const shoot = async (page: Page, name: string) => {
  const folder = process.env.TEST_SHOTS;
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
};

it('a step shows its log records, an evaluation in words, and why the model stopped', async () => {
  const page = await browser.open(at(`/traces/${RUN}?span=${MODEL_CALL}&tab=logs`), { width: 1440 });
  const panel = page.getByRole('tabpanel');
  await panel.getByText('the model answered slowly').waitFor();
  await panel.getByText('relevance: 0.8 (pass)').waitFor();
  await panel.getByText('It answers what was asked.').waitFor();
  const said = (await panel.textContent()) ?? '';
  expect(said).not.toContain('gen_ai.evaluation');
  expect(said).toContain('WARN');
  await shoot(page, 'logs-tab');
  await page.getByRole('tab', { name: 'Overview' }).click();
  const overview = ((await panel.textContent()) ?? '').replaceAll(/\s+/g, ' ');
  expect(overview).toMatch(/Finish reason ?tool_calls/);
  expect(overview).toMatch(/Prompt ?refund-intent, version 3/);
  expect(overview).toContain('relevance: 0.8 (pass)');
  await shoot(page, 'overview');
});

it('records that name no step are below the timeline, and those of steps can be added', async () => {
  const page = await browser.open(at(`/traces/${RUN}`), { width: 1440 });
  await runLogs(page).getByText('order 48213 picked up by worker 7').waitFor();
  expect(await runLogs(page).textContent()).not.toContain('slowly');
  await runLogs(page).getByLabel('include logs of single steps').check();
  await runLogs(page).getByText('the model answered slowly').waitFor();
  await runLogs(page).getByText('from a step that never came').waitFor();
  expect(await runLogs(page).textContent()).toContain('not received');
  await shoot(page, 'run-logs');
  await runLogs(page).getByRole('button', { name: 'classify_intent' }).first().click();
  await page.getByRole('region', { name: 'Step detail' }).getByRole('heading', { name: 'classify_intent' }).waitFor();
});

it('a run with log records only shows them', async () => {
  const page = await browser.open(at(`/traces/${ONLY_LOGS}`), { width: 390 });
  await runLogs(page).getByText('the agent died before its first span').waitFor();
  await shoot(page, 'only-logs');
});
