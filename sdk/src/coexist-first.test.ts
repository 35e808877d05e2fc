// Beside another OpenTelemetry set-up that is registered AFTER ours. Globals are per process, so the orders have a file each.

import { trace } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { expectBothWhole, expectGlobalsUntouched, nestBoth } from '../test-support/coexistence.ts';
import { registerOther } from '../test-support/other-setup.ts';
import { openSink } from '../test-support/otlp-sink.ts';
import { agent, shutdown, start, step } from './index.ts';

it('start() first: the other set-up registers as if we were not there, and traces join', async () => {
  const ours = await openSink();
  start({ service: 'support-api', endpoint: ours.url });
  expectGlobalsUntouched();
  const other = await registerOther();
  await nestBoth();
  await expectBothWhole(ours, other);
  expect((await shutdown()).sent).toBe(2);
  trace.getTracer('app').startSpan('app after our shutdown').end();
  await other.provider.forceFlush();
  expect(other.sink.span('app after our shutdown').name).toBe('app after our shutdown');
  await other.close();
  await ours.close();
});

it('an agent that was already running when the other set-up came keeps its steps together', async () => {
  trace.disable();
  const ours = await openSink();
  start({ service: 'support-api', endpoint: ours.url });
  await agent('early', async () => {
    const other = await registerOther();
    await step('later', () => 1);
    await other.close();
  });
  await shutdown();
  expect(ours.span('later').parentSpanId).toBe(ours.span('early').spanId);
  await ours.close();
});
