// Every primitive of the SDK is used by some run of the demo, and the page of that run says so in words.
import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunPage, Trace } from '#schema/run';
import type { SpanDetail, SpanRow } from '#schema/span';
import type { Status } from '#schema/status';
import { type RunningTelltale, runTelltale, startTelltale } from './support/app.ts';
import { launchBrowser, type WatchedBrowser } from './support/browser.ts';

let telltale: RunningTelltale;
let browser: WatchedBrowser;
let traces: Trace[] = [];

beforeAll(async () => {
  [telltale, browser] = await Promise.all([startTelltale(), launchBrowser()]);
  const played = await runTelltale(['demo'], {
    TELLTALE_OTLP_HTTP_PORT: new URL(telltale.otlpUrl).port,
    TELLTALE_PORT: new URL(telltale.apiUrl).port,
  });
  expect(played.code, played.output).toBe(0);
  await vi.waitFor(async () => expect((await get<Status>('/api/status')).spans.spooled).toBe(0), {
    timeout: 30_000,
    interval: 50,
  });
  const { runs } = await get<RunPage>('/api/runs?limit=200');
  traces = await Promise.all(runs.map(({ traceId }) => get<Trace>(`/api/traces/${traceId}`)));
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await telltale?.close();
});

const get = async <T>(path: string): Promise<T> => (await (await fetch(telltale.apiUrl + path)).json()) as T;
const hasMark =
  (code: string, detail: RegExp) =>
  (span: SpanRow): boolean =>
    span.marks.some((mark) => mark.code === code && detail.test(mark.detail));
const named =
  (name: string, more: (span: SpanRow) => boolean = () => true) =>
  (span: SpanRow): boolean =>
    span.name === name && more(span);
const ruled = (words: RegExp) => (span: SpanRow) => span.kind === 'decision' && words.test(span.reason ?? '');
const sure = (source: string) => (span: SpanRow) => span.decision?.confidenceSource === source;

interface Row {
  primitive: string;
  /** A span that only this primitive makes. */
  shownBy: (span: SpanRow) => boolean;
  /** What stands on the page, with that span opened. */
  says: string | RegExp;
  /** A picture for whoever wants to look. */
  picture?: true;
}

const ROWS: Row[] = [
  { primitive: 'agent()', shownBy: named('refund-desk', ({ kind }) => kind === 'agent'), says: 'refund-desk' },
  { primitive: 'step()', shownBy: named('output_check', ({ kind }) => kind === 'guardrail'), says: 'output_check' },
  { primitive: 'tool()', shownBy: named('customer_history', ({ kind }) => kind === 'tool'), says: 'customer_history' },
  { primitive: 'llm()', shownBy: named('plan_refund', ({ kind }) => kind === 'llm'), says: 'gpt-4.1' },
  { primitive: 'decide()', shownBy: named('decide risk_band'), says: /chose (low|medium)|risk_band/ },
  {
    primitive: 'decide() that escalates',
    shownBy: ruled(/^escalated to refund-review/),
    says: /leaned to auto_refund for refund_route at 0\.58, below the 0\.70 it needs, and escalated to refund-review/,
  },
  {
    primitive: 'decide() that asks',
    shownBy: ruled(/^asked ana/),
    says: /leaned to auto_refund for refund_route at 0\.62, below the 0\.70 it needs, and asked ana/,
    picture: true,
  },
  {
    primitive: 'the answer of a person',
    shownBy: (span) => sure('human')(span) && span.decision?.outcome === 'executed',
    says: 'the answer was auto_refund',
  },
  {
    primitive: 'decide() that falls back',
    shownBy: ruled(/^fell back to 5 EUR/),
    says: /goodwill-desk chose 10 EUR for voucher at 0\.48, below the 0\.60 it needs, and fell back to 5 EUR/,
    picture: true,
  },
  {
    primitive: 'decide() that proceeds',
    shownBy: ruled(/^went on all the same/),
    says: /chose complaint for intent at 0\.78, below the 0\.80 it needs, and went on all the same/,
    picture: true,
  },
  { primitive: 'confidence from log-probabilities', shownBy: sure('logprobs'), says: 'probabilities of' },
  { primitive: 'confidence from probabilities', shownBy: sure('probabilities'), says: 'send' },
  { primitive: 'confidence from a classifier', shownBy: sure('classifier'), says: /softmax/i },
  { primitive: 'confidence of the model itself', shownBy: sure('self_reported'), says: 'the model’s own word' },
  {
    primitive: 'defineAgent(), within its scope',
    shownBy: named('goodwill-desk', ({ stopReason }) => stopReason === 'goal_reached'),
    says: 'goodwill-desk',
  },
  {
    primitive: 'defineAgent(), a tool that is not permitted',
    shownBy: named('goodwill-desk', ({ stopReason }) => stopReason === 'tool_not_permitted'),
    says: 'goodwill-desk stopped: tool payments.refund is not in the permitted list',
  },
  {
    primitive: 'defineAgent(), a limit',
    shownBy: named('goodwill-desk', ({ stopReason }) => stopReason === 'max_steps'),
    says: 'goodwill-desk stopped: step limit reached: 8 of 8 steps',
  },
  {
    primitive: 'escalate()',
    shownBy: named('escalate payments-oncall'),
    says: 'the run was escalated to payments-oncall',
  },
  { primitive: 'waitFor()', shownBy: named('wait for payments team'), says: 'wait for payments team' },
  { primitive: 'retry()', shownBy: hasMark('retry', /^2 of 3$/), says: 'retry 2 of 3' },
  {
    primitive: 'timeout()',
    shownBy: named('loyalty.points', ({ errorType }) => errorType === 'TimeoutError'),
    says: /loyalty\.points timed out with TimeoutError: .*loyalty\.points did not end within 150 ms/,
    picture: true,
  },
  { primitive: 'a circuit that opens', shownBy: hasMark('circuit', /^open tracking/), says: 'circuit tracking open' },
  {
    primitive: 'a call that an open circuit refuses',
    shownBy: ({ errorType }) => errorType === 'circuit_open',
    says: 'was not called: the circuit was open',
  },
  { primitive: 'idempotent()', shownBy: named('vouchers.issue'), says: 'vouchers.issue' },
  {
    primitive: 'deadLetters()',
    shownBy: hasMark('dead_letter', /./),
    says: 'was kept as a dead letter',
  },
  { primitive: 'replay()', shownBy: named('replay payments.refund'), says: 'replay payments.refund' },
  { primitive: 'preflight()', shownBy: named('preflight'), says: 'health payments' },
  {
    primitive: 'connect(), a changed schema',
    shownBy: hasMark('schema_changed', /daysLate/),
    says: 'schema changed: daysLate missing',
  },
  {
    primitive: 'connect(), a token refreshed',
    shownBy: hasMark('token_refreshed', /rejected/),
    says: 'token refreshed after 401',
  },
  { primitive: 'connect(), a rate limit', shownBy: hasMark('waited', /./), says: /waited [\d.]+ m?s for its turn/ },
  {
    primitive: 'connect(), degraded with a fallback',
    shownBy: hasMark('degraded', /^fallback risk/),
    says: 'degraded without risk: fallback used',
  },
  {
    primitive: 'observeOpenAI(), a stream',
    shownBy: (span) => span.name === 'chat gpt-4.1-mini' && (span.tokensOut ?? 0) > 0 && (span.costUsd ?? 0) > 0,
    says: 'gpt-4.1-mini-2025-04-14',
    picture: true,
  },
  {
    primitive: 'observeOpenAI(), embeddings',
    shownBy: ({ kind }) => kind === 'embedding',
    says: 'text-embedding-3-small',
  },
];

/** Pages by their address: many rows are shown by the same one. */
const read = new Map<string, Promise<string>>();

/** The text of the run page, with this span opened when one is given. */
function pageOf(traceId: string, spanId: string | null = null, picture: string | null = null): Promise<string> {
  const path = `/traces/${traceId}${spanId === null ? '' : `?span=${spanId}`}`;
  const text = picture === null ? read.get(path) : undefined;
  const reading = text ?? readPage(path, picture);
  read.set(path, reading);
  return reading;
}

async function readPage(path: string, picture: string | null): Promise<string> {
  const page = await browser.open(telltale.apiUrl + path, { width: 1440, height: 960 });
  await page.getByRole('treegrid').waitFor();
  await page.getByRole('region', { name: 'Step detail' }).getByText('Kind', { exact: true }).waitFor();
  const text = ((await page.locator('main').textContent()) ?? '').replaceAll(/\s+/g, ' ');
  if (picture !== null) {
    const folder = new URL('./.artifacts/', import.meta.url);
    await mkdir(folder, { recursive: true });
    await writeFile(new URL(`demo-${picture}.png`, folder), await page.screenshot());
  }
  expect(await browser.finish()).toEqual([]);
  return text;
}

describe('a run of the demo uses', () => {
  it.each(ROWS)('$primitive, and its page says so', async ({ primitive, shownBy, says, picture }) => {
    const trace = traces.find(({ spans }) => spans.some(shownBy));
    const span = trace?.spans.find(shownBy);
    expect(span, `a span of ${primitive}`).toBeDefined();
    const traceId = trace?.run.traceId as string;
    const isSaid = (text: string) => (typeof says === 'string' ? text.includes(says) : says.test(text));
    if (picture !== true && isSaid(await pageOf(traceId))) return;
    const file = picture === true ? primitive.replaceAll(/\W+/g, '-').replace(/-$/, '') : null;
    const text = await pageOf(traceId, span?.spanId as string, file);
    expect(isSaid(text), `"${says}" in: ${text}`).toBe(true);
  });

  it('keys, pinned versions and prices, as the attributes of its spans say', async () => {
    const attributesOf = async (shownBy: (span: SpanRow) => boolean): Promise<SpanDetail['attributes']> => {
      const trace = traces.find(({ spans }) => spans.some(shownBy));
      const span = trace?.spans.find(shownBy);
      return (await get<SpanDetail>(`/api/traces/${trace?.run.traceId}/spans/${span?.spanId}`)).attributes;
    };
    expect(await attributesOf(named('vouchers.issue'))).toMatchObject({ 'telltale.idempotency.status': 'executed' });
    expect(await attributesOf(named('orders.lookup'))).toMatchObject({ 'telltale.dependency.version': '2026-09-01' });
    const stopped = named('goodwill-desk', ({ stopReason }) => stopReason === 'max_steps');
    expect((await attributesOf(stopped))['telltale.budget.spent_usd']).toBeGreaterThan(0);
  });

  it('traces that cross services, and payloads that say where a failure began', async () => {
    const crossing = traces.find(({ spans }) => new Set(spans.map(({ service }) => service)).size === 2);
    expect(crossing).toBeDefined();
    const failed = traces.find(({ spans }) => spans.some(named('plan_refund', ({ isError }) => isError)));
    const root = failed?.spans.find(({ parentSpanId, isError }) => parentSpanId === null && isError);
    expect(root).toBeDefined();
    const text = await pageOf(failed?.run.traceId ?? '', root?.spanId ?? '', 'failure-began');
    expect(text).toContain('Began in plan_refund, attempt 3');
  });
});
