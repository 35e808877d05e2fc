// The SDK's examples of failure handling and integrations, run as a user runs them against a running Telltale: the API
// has what happened, and the run page says it in words.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Trace } from '#contracts/run';
import type { SpanDetail, SpanRow } from '#contracts/span';
import { runExample } from '../sdk/test-support/run-example.ts';
import { type RunningTelltale, startTelltale } from './support/app.ts';
import { launchBrowser, type WatchedBrowser } from './support/browser.ts';
import { PageReader } from './support/page-reader.ts';
import { IS_FULL_TIER } from './support/tier.ts';

interface Printed {
  traceId: string;
  words: string;
}

let telltale: RunningTelltale;
let browser: WatchedBrowser;
let reader: PageReader;
beforeAll(async () => {
  [telltale, browser] = await Promise.all([startTelltale(), launchBrowser()]);
  reader = new PageReader(browser);
});
afterAll(async () => {
  await browser?.close();
  await telltale?.close();
});

const played = new Map<string, Promise<Printed[]>>();

/** Runs an example, once for all tests; each line it prints is a trace id and what it says. */
function play(name: string): Promise<Printed[]> {
  const known = played.get(name);
  if (known !== undefined) return known;
  const playing = runExample(`${name}.ts`, { OTEL_EXPORTER_OTLP_ENDPOINT: telltale.otlpUrl }).then((run) => {
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    const lines = run.stdout.trim().split('\n');
    return lines.map((line) => ({ traceId: line.slice(0, 32), words: line.slice(33) }));
  });
  played.set(name, playing);
  return playing;
}

/** The spans of a run, when its root is there and `check` passes: two blocks may be inserted at once, in any order. */
async function spansOf(traceId: string, check: (spans: readonly SpanRow[]) => void): Promise<SpanRow[]> {
  return vi.waitFor(
    async () => {
      const response = await fetch(`${telltale.apiUrl}/api/traces/${traceId}`);
      expect(response.status).toBe(200);
      const { spans } = (await response.json()) as Trace;
      expect(spans.some(({ parentSpanId }) => parentSpanId === null)).toBe(true);
      check(spans);
      return spans;
    },
    { timeout: 30_000, interval: 50 },
  );
}

/** The text of the run page: its summary, and its rows. */
async function pageOf(name: string, traceId: string): Promise<{ story: string; rows: string }> {
  const page = await reader.show(`${telltale.apiUrl}/traces/${traceId}`);
  await page.getByRole('treegrid').waitFor();
  const [story, rows] = [await reader.text('.story'), await reader.text('[role=treegrid]')];
  await reader.savePicture(`example-${name}`);
  expect(reader.problems).toEqual([]);
  return { story, rows };
}

async function ask<T>(path: string): Promise<T> {
  const reply = await fetch(`${telltale.apiUrl}${path}`);
  expect(reply.status).toBe(200);
  return (await reply.json()) as T;
}

const FEW = ['retry-payment', 'dead-letters'];
const EXAMPLES: { name: string; says: RegExp; marks: string[]; story: string[]; rows: string[] }[] = [
  {
    name: 'retry-payment',
    says: /^\{"refundId":"re-48213"\}$/,
    marks: ['retry: 1 of 3', 'retry: 2 of 3', 'retry: 3 of 3'],
    story: [
      'payments.refund failed with HTTP 503',
      'payments.refund failed with HTTP 429',
      'payments.refund needed 3 attempts',
    ],
    rows: ['attempt 1 of 3', 'retry 2 of 3', 'retry 3 of 3'],
  },
  {
    name: 'time-limit',
    says: /^risk.score did not end within 100 ms$/,
    marks: [],
    story: ['risk.score timed out with TimeoutError'],
    rows: ['risk.score'],
  },
  {
    name: 'circuit',
    says: /^failed, failed, not asked, found$/,
    marks: ['circuit: closed tracking', 'circuit: open tracking', 'circuit: open tracking'],
    story: [
      'the circuit tracking opened.',
      'the open circuit refused one more call',
      'The circuit tracking closed again.',
    ],
    rows: ['circuit tracking open', 'circuit tracking closed again'],
  },
  {
    name: 'pay-once',
    says: /^4 asked, 2 paid$/,
    marks: ['key: replayed', 'key: shared'],
    story: ['payments.refund had been done before, so its result was used again.'],
    rows: ['done before, result reused', 'shared with a call under way'],
  },
  {
    name: 'dead-letters',
    says: /^kept as a dead letter$/,
    marks: ['dead_letter: max_attempts', 'retry: 1 of 3', 'retry: 2 of 3', 'retry: 3 of 3'],
    story: ['payments.refund failed 3 times with HTTP 503', 'was kept as a dead letter.'],
    rows: ['dead letter, after all attempts', 'retry 3 of 3'],
  },
  {
    name: 'schema-drift',
    says: /^totalEur missing_field, daysLate type_changed, status enum_changed, total_eur unexpected_field$/,
    marks: [
      'retry: 1 of 3',
      'schema_changed: totalEur missing, daysLate type changed, status new value, total_eur unexpected',
    ],
    story: [
      'The answer of orders.lookup no longer fits its schema: totalEur missing, daysLate type changed, status new value, total_eur unexpected.',
    ],
    rows: ['schema changed: totalEur missing'],
  },
  {
    name: 'token-refresh',
    says: /^5 requests for 3 calls$/,
    marks: [
      ...['retry: 1 of 3', 'retry: 1 of 3', 'retry: 1 of 3'],
      ...['token_refreshed: missing', 'token_refreshed: missing'],
      ...['token_refreshed: rejected', 'token_refreshed: rejected', 'token_refreshed: rejected'],
    ],
    story: ['The token of crm was refreshed after it was rejected.'],
    rows: ['token refreshed after 401'],
  },
  {
    name: 'degraded',
    says: /^\{"without":\["risk"\],"degraded":true,"value":\{"band":"medium"\}\}$/,
    marks: ['degraded: fallback risk', 'degraded: partial risk', 'retry: 1 of 2', 'retry: 1 of 3', 'retry: 2 of 2'],
    story: ['finished without risk', 'degraded-example went on without risk.'],
    rows: ['degraded without risk: fallback used', 'preflight', 'health orders'],
  },
];

describe('an example', () => {
  // In the small tier one of the failures that end well, and one that ends with a person.
  it.each(IS_FULL_TIER ? EXAMPLES : EXAMPLES.filter(({ name }) => FEW.includes(name)))(
    '$name: the run page says it in words',
    async ({ name, says, marks, story, rows }) => {
      const [printed = { traceId: '', words: '' }] = await play(name);
      expect(printed.words).toMatch(says);
      await spansOf(printed.traceId, (spans) =>
        expect(spans.flatMap((span) => span.marks.map(({ code, detail }) => `${code}: ${detail}`)).sort()).toEqual(
          marks,
        ),
      );
      const page = await pageOf(name, printed.traceId);
      for (const sentence of story) expect(page.story).toContain(sentence);
      for (const words of rows) expect(page.rows).toContain(words);
    },
  );

  it('rate-limit: calls that waited their turn say how long', async () => {
    const [printed = { traceId: '', words: '' }] = await play('rate-limit');
    expect(printed.words).toBe('5 requests for 4 calls');
    await spansOf(printed.traceId, (spans) =>
      expect(spans.flatMap(({ marks }) => marks.filter(({ code }) => code === 'waited')).length).toBeGreaterThanOrEqual(
        2,
      ),
    );
    expect((await pageOf('rate-limit', printed.traceId)).rows).toMatch(/waited [\d.]+ m?s for its turn/);
  });

  it('dead-letters: the replay is a run of its own, linked to the failure', async () => {
    const [failed, replay] = await play('dead-letters');
    expect(replay?.words).toBe('1 replayed');
    const isReplay = ({ name }: SpanRow) => name === 'replay payments.refund';
    const spans = await spansOf(replay?.traceId ?? '', (all) => expect(all.some(isReplay)).toBe(true));
    const again = spans.find(isReplay);
    const detail = await fetch(`${telltale.apiUrl}/api/traces/${replay?.traceId}/spans/${again?.spanId}`);
    const { links } = (await detail.json()) as { links: { traceId: string }[] };
    expect(links.map(({ traceId }) => traceId)).toEqual([failed?.traceId]);
  });

  it('the detail of a step shows its events', async () => {
    const [printed = { traceId: '', words: '' }] = await play('schema-drift');
    const hasChanged = ({ marks }: SpanRow) => marks.some(({ code }) => code === 'schema_changed');
    const spans = await spansOf(printed.traceId, (all) => expect(all.some(hasChanged)).toBe(true));
    const span = spans.find(hasChanged);
    const page = await reader.show(`${telltale.apiUrl}/traces/${printed.traceId}?span=${span?.spanId}`);
    const pane = page.getByRole('region', { name: 'Step detail' });
    await pane.getByRole('heading', { name: 'Step events' }).waitFor();
    expect(await pane.textContent()).toContain('schema changed: totalEur missing');
    expect(reader.problems).toEqual([]);
  });
});

describe('an example of clients', () => {
  it('observe-openai: a run with its calls, their tokens and the one that failed', async () => {
    const run = await runExample('observe-openai.ts', { OTEL_EXPORTER_OTLP_ENDPOINT: telltale.otlpUrl });
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout).toContain('Your order left yesterday.\nOn its way.\n404 There is no model no-such-model.');
    const traceId = /Run ([0-9a-f]{32})/.exec(run.stdout)?.[1] as string;
    const trace = await vi.waitFor(
      async () => {
        const found = await ask<Trace>(`/api/traces/${traceId}`);
        expect(found.spanCount).toBe(5);
        return found;
      },
      { timeout: 20_000, interval: 50 },
    );
    expect(trace.run).toMatchObject({ status: 'ok', name: 'assistant', tokensIn: 37, tokensOut: 9, errorCount: 1 });
    expect(trace.run.headline).toBe('assistant finished although chat no-such-model failed (NotFoundError)');
    expect(trace.spans.map(({ name, kind, model, isError }) => [name, kind, model, isError])).toEqual([
      ['assistant', 'agent', null, false],
      ['embeddings text-embedding-3-small', 'embedding', 'text-embedding-3-small', false],
      ['chat gpt-4.1-mini', 'llm', 'gpt-4.1-mini-2025-04-14', false],
      ['chat gpt-4.1-mini', 'llm', 'gpt-4.1-mini-2025-04-14', false],
      ['chat no-such-model', 'llm', 'no-such-model', true],
    ]);
    const stream = await ask<SpanDetail>(`/api/traces/${traceId}/spans/${trace.spans[2]?.spanId}`);
    expect(stream.output).toContain('Your order left yesterday.');
    expect(stream.costUsd).toBeGreaterThan(0);
  });

  it('serverless: each call has sent its spans when it ends', async () => {
    const run = await runExample('serverless.ts', { OTEL_EXPORTER_OTLP_ENDPOINT: telltale.otlpUrl });
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout).toContain('2 sent, 0 failed, 0 dropped\norder 48213 is on its way\n4 sent, 0 failed, 0 dropped');
    await vi.waitFor(
      async () =>
        expect(await ask('/api/runs?service=refund-function')).toMatchObject({
          runs: [
            { status: 'ok', spanCount: 2 },
            { status: 'ok', spanCount: 2 },
          ],
        }),
      { timeout: 20_000, interval: 50 },
    );
  });
});
