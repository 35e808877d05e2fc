// One span's journey, as ARCHITECTURE.md describes it: a real agent on the real SDK, real HTTP, the collector, the embedded
// engine, the API, the run page in a real browser; then ten similar failures, one message in Slack, and its link.
import { mkdir, writeFile } from 'node:fs/promises';
import { agent, decide, escalate, flush, llm, shutdown, start, tool } from '@telltale/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Incident } from '#contracts/incident';
import type { Trace } from '#contracts/run';
import type { SpanDetail } from '#contracts/span';
import type { Status } from '#contracts/status';
import { type RunningTelltale, startTelltale } from './support/app.ts';
import { launchBrowser, type WatchedBrowser } from './support/browser.ts';
import { type FakeSlack, startFakeSlack } from './support/fake-slack.ts';

const QUESTION = 'My parcel for order 48213 came nine days late. I would like my money back. 谢谢';
const REASON = 'Small amount, customer since 2019, and the carrier confirms the delay.';

let telltale: RunningTelltale;
let browser: WatchedBrowser;
let slack: FakeSlack;
let traceId = '';
let sent: Awaited<ReturnType<typeof flush>>;

beforeAll(async () => {
  slack = await startFakeSlack();
  [telltale, browser] = await Promise.all([
    startTelltale({ isFirstStart: true, env: { SLACK_WEBHOOK_URL: slack.webhookUrl } }),
    launchBrowser(),
  ]);
  start({ service: 'support-api', version: '2.14.1', endpoint: telltale.otlpUrl });
  traceId = await refund('48213');
  for (let order = 1; order < 10; order++) await refund(`${48213 + order}`);
  sent = await flush();
});

afterAll(async () => {
  await shutdown();
  await browser?.close();
  const code = await telltale?.close();
  await slack?.close();
  expect(code, telltale?.output()).toBe(0);
});

/** An agent that decides to refund, fails to, and hands over. Returns its trace id. */
function refund(order: string): Promise<string> {
  return agent('refund-desk', { sessionId: `s-${order}`, userId: 'c-8213' }, async (run) => {
    run.setInput(QUESTION);
    await llm('classify_intent', { provider: 'openai', model: 'gpt-4.1-mini' }, (call) => {
      call.setUsage({ inputTokens: 120, outputTokens: 9 });
      return 'refund';
    });
    await decide(
      'refund_route',
      { input: `Order ${order} is late`, options: ['auto_refund', 'manual_review', 'deny'], threshold: 0.7 },
      () => ({
        choice: 'auto_refund',
        confidence: 0.62,
        confidenceSource: 'self_reported',
        reasoning: REASON,
        outcome: 'executed',
      }),
    );
    await tool('payments.refund', () => {
      throw new TypeError(`payments did not answer for order ${order} within 8000 ms`);
    }).catch(() => undefined);
    await escalate('payments-oncall', { reason: 'payment failed', targetType: 'human' });
    return run.traceId;
  });
}

const get = async <T>(path: string): Promise<T> => {
  const reply = await fetch(telltale.apiUrl + path);
  expect(reply.status, path).toBe(200);
  return (await reply.json()) as T;
};

describe('from an agent’s decision to the screen', () => {
  it('the SDK says that every span went out', () => {
    expect(sent).toMatchObject({ sent: 50, failed: 0, dropped: 0, pending: 0 });
  });

  it('the API has the whole trace soon after the SDK has its answer', async () => {
    await expect
      .poll(async () => (await fetch(`${telltale.apiUrl}/api/traces/${traceId}`)).status, { timeout: 60_000 })
      .toBe(200);
    const { run, spans, spanCount } = await get<Trace>(`/api/traces/${traceId}`);
    expect(spanCount).toBe(5);
    expect(spans.map(({ kind }) => kind)).toEqual(['agent', 'llm', 'decision', 'tool', 'escalation']);
    expect(spans.every((span) => span.agent === 'refund-desk')).toBe(true);
    expect(run).toMatchObject({
      agent: 'refund-desk',
      service: 'support-api',
      sessionId: 's-48213',
      status: 'ok',
      errorCount: 1,
      tokensIn: 120,
      minConfidence: 0.62,
    });
    const decision = spans.find(({ kind }) => kind === 'decision');
    expect(decision?.decision).toEqual({
      name: 'refund_route',
      choice: 'auto_refund',
      options: ['auto_refund', 'manual_review', 'deny'],
      confidence: 0.62,
      confidenceSource: 'self_reported',
      threshold: 0.7,
      outcome: 'executed',
    });
    const detail = await get<SpanDetail>(`/api/traces/${traceId}/spans/${decision?.spanId}`);
    expect(detail).toMatchObject({ decisionReasoning: REASON, input: 'Order 48213 is late' });
    expect(detail.resource['service.name']).toBe('support-api');
  });

  it('the error is there with its type, message and stack', async () => {
    const { spans } = await get<Trace>(`/api/traces/${traceId}`);
    const failed = spans.find(({ isError }) => isError);
    expect(failed).toMatchObject({
      name: 'payments.refund',
      errorType: 'TypeError',
      errorMessage: 'payments did not answer for order 48213 within 8000 ms',
    });
    const { events } = await get<SpanDetail>(`/api/traces/${traceId}/spans/${failed?.spanId}`);
    expect(events[0]?.attributes['exception.stacktrace']).toContain('journey.test.ts');
  });

  it('a person finds the run by its trace id and sees why it decided so', async () => {
    const page = await browser.open(`${telltale.apiUrl}/`, { width: 1440, height: 960 });
    await page.keyboard.press('/');
    await page.keyboard.type(traceId);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/traces/${traceId}`);
    const strip = page.getByRole('navigation', { name: 'Decisions in order' });
    await strip.getByText('auto_refund', { exact: true }).waitFor();
    await strip.locator('[data-decision]').first().click();
    const detail = page.getByRole('region', { name: 'Step detail' });
    await detail.getByText(REASON).waitFor();
    expect(await detail.textContent()).toContain('manual_review');
    expect(await page.locator('main').textContent()).toContain('payments-oncall');
    await page.keyboard.press('Escape');
    const folder = new URL('./.artifacts/', import.meta.url);
    await mkdir(folder, { recursive: true });
    await writeFile(new URL('journey.png', folder), await page.screenshot());
    expect(await browser.finish()).toEqual([]);
  });

  it('every span is accounted for', async () => {
    const { spans } = await get<Status>('/api/status');
    expect(spans).toMatchObject({ received: 50, acked: 50, inserted: 50, rejected: {} });
  });

  it('ten similar failures are one message in Slack, whose link opens a failing run', async () => {
    // The detector looks each minute.
    await expect.poll(() => slack.posts.length, { timeout: 120_000, interval: 500 }).toBe(1);
    const text = JSON.stringify(slack.posts[0]);
    expect(text).toContain('payments did not answer for order');
    expect(text).not.toContain('48213 within');
    const link = /https?:\/\/[^|>"]+\/traces\/[0-9a-f]{32}/.exec(text)?.[0] as string;
    const page = await browser.open(link);
    await page.getByRole('heading', { level: 1, name: /payments-oncall/ }).waitFor();
    expect(await browser.finish()).toEqual([]);
    const { incidents } = await get<{ incidents: Incident[] }>('/api/incidents');
    expect(incidents).toHaveLength(1);
    expect(incidents[0]).toMatchObject({
      status: 'firing',
      step: 'payments.refund',
      errorType: 'TypeError',
      count: 10,
      notices: [{ channel: 'env-slack', status: 'sent' }],
    });
    expect(slack.lastProblem()).toBeNull();
    expect(telltale.output()).not.toContain(slack.secret);
  }, 180_000);
});
