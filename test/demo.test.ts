// `npm run demo` against a running Telltale, as a newcomer does it; it also makes the README's screenshot
// (UPDATE_SCREENSHOT=1 npm test -- test/demo).
import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run, RunPage, Trace } from '#schema/run';
import type { Status } from '#schema/status';
import { type RunningTelltale, runTelltale, startTelltale } from './support/app.ts';
import { launchBrowser, type WatchedBrowser } from './support/browser.ts';

let telltale: RunningTelltale;
let browser: WatchedBrowser;
let output = '';
let runs: Run[] = [];

beforeAll(async () => {
  [telltale, browser] = await Promise.all([startTelltale(), launchBrowser()]);
  const played = await runTelltale(['demo'], {
    TELLTALE_OTLP_HTTP_PORT: new URL(telltale.otlpUrl).port,
    TELLTALE_PORT: new URL(telltale.apiUrl).port,
  });
  output = played.output;
  expect(played.code, output).toBe(0);
  await expect
    .poll(async () => (await get<Status>('/api/status')).spans.spooled, { timeout: 100_000, interval: 50 })
    .toBe(0);
  ({ runs } = await get<RunPage>('/api/runs?limit=200'));
});
afterAll(async () => {
  await browser?.close();
  await telltale?.close();
});

const get = async <T>(path: string): Promise<T> => (await (await fetch(telltale.apiUrl + path)).json()) as T;
const traceOf = ({ traceId }: Run) => get<Trace>(`/api/traces/${traceId}`);

describe('the demo', () => {
  it('prints a link to every run, and every link is a run', () => {
    const printed = [...output.matchAll(/\/traces\/([0-9a-f]{32})/g)].map((match) => match[1]);
    expect(printed.length).toBeGreaterThanOrEqual(8);
    expect(new Set(runs.map(({ traceId }) => traceId))).toEqual(new Set(printed));
  });

  it('shows what agents do: success, failure, doubt, a retry, an escalation, two services in one trace', async () => {
    expect(new Set(runs.map(({ status }) => status))).toEqual(new Set(['ok', 'error']));
    expect(runs.some((run) => (run.minConfidence ?? 1) < (run.minConfidenceThreshold ?? 0))).toBe(true);
    const traces = await Promise.all(runs.map(traceOf));
    const spans = traces.flatMap((trace) => trace.spans);
    expect(spans.some((span) => (span.retryAttempt ?? 0) > 0 && span.kind === 'tool')).toBe(true);
    expect(spans.some((span) => span.kind === 'escalation' && span.escalationTarget !== null)).toBe(true);
    expect(spans.some((span) => span.kind === 'tool' && span.isError)).toBe(true);
    const crossing = traces.find((trace) => new Set(trace.spans.map(({ service }) => service)).size === 2);
    const ids = new Set(crossing?.spans.map(({ spanId }) => spanId));
    expect(crossing?.spans.filter(({ parentSpanId }) => parentSpanId !== null && !ids.has(parentSpanId))).toEqual([]);
  });

  it('counts tokens once', async () => {
    for (const run of runs) {
      const { spans } = await traceOf(run);
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
    const recovery = (await traceOf(failed)).spans.find((span) => span.decision?.name === 'recovery');
    const page = await browser.open(`${telltale.apiUrl}/traces/${failed.traceId}?span=${recovery?.spanId}`, {
      width: 1440,
      height: 1000,
    });
    await page.getByRole('region', { name: 'Step detail' }).getByText('below the threshold').waitFor();
    const picture = await page.screenshot();
    const folder = process.env.UPDATE_SCREENSHOT === '1' ? '../docs/' : './.artifacts/';
    await mkdir(new URL(folder, import.meta.url), { recursive: true });
    await writeFile(new URL(`${folder}screenshot.png`, import.meta.url), picture);
    expect(await browser.finish()).toEqual([]);
  });
});
