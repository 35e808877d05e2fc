// The example of the README, run as a script that ends without flush(): nothing may be lost, and nothing may break.
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { openSink } from '../test-support/otlp-sink.ts';
import { runExample } from '../test-support/run-example.ts';

it('sends its spans before the process ends without an explicit flush', async () => {
  const sink = await openSink();
  const run = await runExample('five-lines.ts', { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url });
  expect(run).toEqual({ exitCode: 0, stdout: 'auto_refund\n', stderr: '' });
  const [decision, agent] = [sink.span('decide refund_route'), sink.span('refund-desk')];
  expect(decision.parentSpanId).toBe(agent.spanId);
  expect(decision.attributes).toMatchObject({ 'session.id': 's-1', 'telltale.decision.choice': 'auto_refund' });
  expect(sink.requests.map((request) => request.path)).toEqual(['/v1/traces']);
  await sink.close();
});

it('ends well and says one line when nothing listens', async () => {
  // A port that the system gives to nobody: one that was closed may be another test's by now.
  const url = 'http://127.0.0.1:9';
  const run = await runExample('five-lines.ts', {
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_TIMEOUT: '500',
  });
  expect(run).toMatchObject({ exitCode: 0, stdout: 'auto_refund\n' });
  expect(run.stderr.trim().split('\n')).toHaveLength(1);
  expect(run.stderr).toContain(`Start-up check: ${url}/v1/traces cannot take spans`);
});

it('is what the README shows', async () => {
  const read = (name: string): Promise<string> => readFile(new URL(name, import.meta.url), 'utf8');
  const code = (await read('five-lines.ts')).split('\n').slice(1).join('\n').trim();
  expect(await read('../README.md')).toContain(code);
});
