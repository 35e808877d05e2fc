// Beside another OpenTelemetry set-up that was registered BEFORE ours. Globals are per process, so the orders have a file each.
import { trace } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { expectBothWhole, nestBoth } from '../test-support/coexistence.ts';
import { registerOther } from '../test-support/other-setup.ts';
import { openSink } from '../test-support/otlp-sink.ts';
import { shutdown, start } from './index.ts';

it('start() second: the other provider stays the global one, and traces join', async () => {
  const other = await registerOther();
  const before = trace.getTracerProvider();
  const ours = await openSink();
  start({ service: 'support-api', endpoint: ours.url });
  expect(trace.getTracerProvider()).toBe(before);
  await nestBoth();
  await expectBothWhole(ours, other);
  await shutdown();
  await other.close();
  await ours.close();
});
