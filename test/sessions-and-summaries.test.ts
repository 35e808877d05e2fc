// A person reads: the sentences of a run link to its steps, a session shows its runs in order, and the command line says
// the same, on a whole Telltale.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { RunSummaryReply } from '#contracts/summary';
import { textOf } from '#domain/run/story/words';
import { type RunningTelltale, runTelltale, startTelltale } from './support/app.ts';
import { launchBrowser, type WatchedBrowser } from './support/browser.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
let telltale: RunningTelltale;
let browser: WatchedBrowser;
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

beforeAll(async () => {
  [telltale, browser] = await Promise.all([startTelltale(), launchBrowser()]);
  const startNs = BigInt(Date.now() - 60_000) * 1_000_000n;
  const span = (id: string, over: Record<string, unknown>, attributes: unknown[] = []) => ({
    traceId: TRACE,
    spanId: id,
    kind: 1,
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(startNs + 1_420_000_000n),
    attributes: [text('session.id', 'order 48213/ä'), ...attributes],
    ...over,
  });
  const spans = [
    span('00f067aa0ba902b7', { name: 'refund-desk', status: { code: 2, message: 'Refund not paid' } }, [
      text('telltale.step.kind', 'agent'),
      text('gen_ai.agent.name', 'refund-desk'),
    ]),
    span(
      '00f067aa0ba902b8',
      { name: 'pay', parentSpanId: '00f067aa0ba902b7', status: { code: 2, message: '<b>declined</b>' } },
      [
        text('telltale.step.kind', 'tool'),
        text('gen_ai.tool.name', 'payments.refund'),
        text('error.type', 'CardDeclined'),
      ],
    ),
  ];
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
  const reply = await fetch(`${telltale.otlpUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect(reply.status).toBe(200);
  await vi.waitFor(async () => expect((await fetch(`${telltale.apiUrl}/api/traces/${TRACE}`)).status).toBe(200), {
    timeout: 60_000,
    interval: 50,
  });
});
afterAll(async () => {
  await browser?.close();
  await telltale?.close();
});

const summary = async () =>
  ((await (await fetch(`${telltale.apiUrl}/api/traces/${TRACE}/summary`)).json()) as RunSummaryReply).summary;

it('the run page shows the sentences, and a citation opens its step', async () => {
  const page = await browser.open(`${telltale.apiUrl}/traces/${TRACE}`, { width: 1440, height: 1000 });
  const shown = page.locator('.summary');
  await shown.waitFor();
  const { sentences } = await summary();
  for (const sentence of sentences) expect(await shown.textContent()).toContain(textOf(sentence));
  expect(await shown.textContent()).toContain('“<b>declined</b>”');
  await shown.getByRole('link', { name: 'payments.refund' }).first().click();
  await expect.poll(() => page.url(), { timeout: 60_000 }).toContain('span=00f067aa0ba902b8');
});

it('a session shows its runs with their summaries, reached from the list and from the run', async () => {
  const page = await browser.open(`${telltale.apiUrl}/sessions`, { width: 390, height: 800 });
  await page.getByRole('link', { name: 'order 48213/ä' }).click();
  await page.getByRole('heading', { name: 'order 48213/ä' }).waitFor();
  const { headline, sentences } = await summary();
  await page.getByRole('link', { name: headline }).waitFor();
  expect(await page.locator('main').textContent()).toContain(textOf(sentences.at(-1) as (typeof sentences)[number]));
  const run = await browser.open(`${telltale.apiUrl}/traces/${TRACE}`);
  await run.locator('a[href="/sessions/order%2048213%2F%C3%A4"]').waitFor();
  expect(await browser.finish()).toEqual([]);
});

it('telltale summarize prints it, as words or as JSON', async () => {
  const env = { TELLTALE_PORT: new URL(telltale.apiUrl).port };
  const words = await runTelltale(['summarize', `${telltale.apiUrl}/traces/${TRACE}?span=00f067aa0ba902b8`], env);
  const stored = await summary();
  expect(words.code, words.output).toBe(0);
  expect(words.output).toContain(stored.headline);
  for (const sentence of stored.sentences) expect(words.output).toContain(textOf(sentence));
  expect(words.output).toContain('Outcome: failed · 2 spans · written from facts, no AI');
  const json = await runTelltale(['summarize', TRACE, '--json', '--redo'], env);
  expect(JSON.parse(json.output)).toMatchObject({ summary: { outcome: 'failed' }, facts: { traceId: TRACE } });
});

it.each([
  ['an id that is none', ['nonsense'], /is not a trace id. A trace id has 32 hex digits/],
  [
    'a trace that is not there',
    ['0123456789abcdef0123456789abcdef'],
    /There is no trace 0123.*Check that the id is whole/s,
  ],
  [
    'nothing that answers',
    [TRACE, '--url', 'http://127.0.0.1:9'],
    /nothing answers at http:\/\/127.0.0.1:9. Start Telltale/,
  ],
])('telltale summarize says what to do about %s', async (_case, args, message) => {
  const { code, output } = await runTelltale(['summarize', ...args], { TELLTALE_PORT: new URL(telltale.apiUrl).port });
  expect(code).toBe(1);
  expect(output).toMatch(message);
});
