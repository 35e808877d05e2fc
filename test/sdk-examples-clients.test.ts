// The SDK's examples, each played in a process of its own against a running Telltale, and what its API then shows.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Trace } from '#schema/run';
import type { SpanDetail } from '#schema/span';
import { runExample } from '../sdk/test-support/run-example.ts';
import { type RunningTelltale, startTelltale } from './support/app.ts';

let telltale: RunningTelltale;
beforeAll(async () => {
  telltale = await startTelltale();
});
afterAll(() => telltale?.close());

async function ask<T>(path: string): Promise<T> {
  const reply = await fetch(`${telltale.apiUrl}${path}`);
  expect(reply.status).toBe(200);
  return (await reply.json()) as T;
}

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
