// `npm run demo` against a running Telltale, as a newcomer does it: its runs, and that every primitive of the SDK is used
// by some run whose page says so in words. It also makes the README's screenshot (UPDATE_SCREENSHOT=1 npm test -- test/demo).
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Run, RunPage, Trace } from '#contracts/run';
import type { SpanDetail, SpanRow } from '#contracts/span';
import type { Status } from '#contracts/status';
import { type RunningTelltale, runTelltale, startTelltale } from './support/app.ts';
import { launchBrowser, type WatchedBrowser } from './support/browser.ts';
import { named, PRIMITIVES } from './support/demo-primitives.ts';
import { PageReader } from './support/page-reader.ts';

let telltale: RunningTelltale;
let browser: WatchedBrowser;
let reader: PageReader;
let output = '';
let runs: Run[] = [];
let traces: Trace[] = [];

beforeAll(async () => {
  [telltale, browser] = await Promise.all([startTelltale(), launchBrowser()]);
  reader = new PageReader(browser);
  const played = await runTelltale(['demo'], {
    TELLTALE_OTLP_HTTP_PORT: new URL(telltale.otlpUrl).port,
    TELLTALE_PORT: new URL(telltale.apiUrl).port,
  });
  output = played.output;
  expect(played.code, output).toBe(0);
  await vi.waitFor(async () => expect((await get<Status>('/api/status')).spans.spooled).toBe(0), {
    timeout: 100_000,
    interval: 50,
  });
  ({ runs } = await get<RunPage>('/api/runs?limit=200'));
  traces = await Promise.all(runs.map(({ traceId }) => get<Trace>(`/api/traces/${traceId}`)));
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await telltale?.close();
});

const get = async <T>(path: string): Promise<T> => (await (await fetch(telltale.apiUrl + path)).json()) as T;
const traceOf = ({ traceId }: Run) => traces.find(({ run }) => run.traceId === traceId) as Trace;

/** Pages by their address: many rows are shown by the same one. */
const read = new Map<string, Promise<string>>();

/** The text of the run page, with this span opened when one is given; in the full tier a picture where one is named. */
function pageOf(traceId: string, spanId: string | null = null, picture: string | null = null): Promise<string> {
  const path = `/traces/${traceId}${spanId === null ? '' : `?span=${spanId}`}`;
  const reading = read.get(path) ?? readPage(path, picture);
  read.set(path, reading);
  return reading;
}

async function readPage(path: string, picture: string | null): Promise<string> {
  const page = await reader.show(telltale.apiUrl + path);
  await page.getByRole('treegrid').waitFor();
  await page.getByRole('region', { name: 'Step detail' }).getByText('Kind', { exact: true }).waitFor();
  const text = await reader.text('main');
  if (picture !== null) await reader.savePicture(`demo-${picture}`);
  expect(reader.problems).toEqual([]);
  return text;
}

describe('the demo', () => {
  it('prints a link to every run, and every link is a run', () => {
    const printed = [...output.matchAll(/\/traces\/([0-9a-f]{32})/g)].map((match) => match[1]);
    expect(printed.length).toBeGreaterThanOrEqual(8);
    expect(new Set(runs.map(({ traceId }) => traceId))).toEqual(new Set(printed));
  });

  it('shows what agents do: success, failure, doubt, a retry, an escalation, two services in one trace', () => {
    expect(new Set(runs.map(({ status }) => status))).toEqual(new Set(['ok', 'error']));
    expect(runs.some((run) => (run.minConfidence ?? 1) < (run.minConfidenceThreshold ?? 0))).toBe(true);
    const spans = traces.flatMap((trace) => trace.spans);
    expect(spans.some((span) => (span.retryAttempt ?? 0) > 0 && span.kind === 'tool')).toBe(true);
    expect(spans.some((span) => span.kind === 'escalation' && span.escalationTarget !== null)).toBe(true);
    expect(spans.some((span) => span.kind === 'tool' && span.isError)).toBe(true);
    const crossing = traces.find((trace) => new Set(trace.spans.map(({ service }) => service)).size === 2);
    const ids = new Set(crossing?.spans.map(({ spanId }) => spanId));
    expect(crossing?.spans.filter(({ parentSpanId }) => parentSpanId !== null && !ids.has(parentSpanId))).toEqual([]);
  });

  it('counts tokens once', () => {
    for (const run of runs) {
      const { spans } = traceOf(run);
      const reported = spans
        .filter(({ kind }) => kind === 'llm' || kind === 'embedding')
        .reduce((sum, { tokensIn }) => sum + (tokensIn ?? 0), 0);
      expect(run.tokensIn ?? 0).toBe(reported);
    }
  });

  it('is found by what was said in it', async () => {
    const found = await get<RunPage>(`/api/runs?q=${encodeURIComponent('48170')}`);
    expect(found.runs.length).toBeGreaterThan(0);
    expect(found.runs.length).toBeLessThan(runs.length);
  });

  it('looks right: the run that could not pay', async () => {
    const failed = runs.find((run) => run.status === 'error' && run.errorType !== null && run.spanCount > 20) as Run;
    const recovery = traceOf(failed).spans.find((span) => span.decision?.name === 'recovery');
    const page = await reader.show(`${telltale.apiUrl}/traces/${failed.traceId}?span=${recovery?.spanId}`);
    await page.getByRole('region', { name: 'Step detail' }).getByText('below the threshold').waitFor();
    if (process.env.UPDATE_SCREENSHOT === '1') {
      await page.setViewportSize({ width: 1440, height: 1000 });
      await page.screenshot({ path: fileURLToPath(new URL('../docs/screenshot.png', import.meta.url)) });
    }
    await reader.savePicture('screenshot');
    expect(reader.problems).toEqual([]);
  });
});

describe('a run of the demo uses', () => {
  it.each(PRIMITIVES)('$primitive, and its page says so', async ({ primitive, shownBy, says, picture }) => {
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
