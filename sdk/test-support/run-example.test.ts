// A helper that starts processes must be able to end them, or a failed test leaves an agent running.
import { expect, it } from 'vitest';
import { openSink } from './otlp-sink.ts';
import { startExample } from './run-example.ts';

it('an example that waits for a person is ended by its test, and killing it twice is no fault', async () => {
  const sink = await openSink();
  const example = await startExample('ask-a-person.ts', { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url });
  await example.printed('Answer: ');
  await example.kill();
  expect((await example.ended).exitCode).toBeNull();
  await example.kill();
  await sink.close();
});
