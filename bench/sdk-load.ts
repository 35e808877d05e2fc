// One process that makes decision spans, by the SDK or by bare OpenTelemetry, for bench/sdk.ts. Prints what it cost.
// Modes: `each` measures as fast as it can, in turns; `pace` makes 1,000 spans a second.
import { trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { decide, flush, start } from '@telltale/sdk';

const [mode = 'each', maker = 'telltale', url = ''] = process.argv.slice(2);
const NOTHING = 'nothing';

const provider = new BasicTracerProvider({
  spanProcessors: [
    new BatchSpanProcessor(new OTLPTraceExporter({ url: `${url}/v1/traces` }), { maxQueueSize: 100_000 }),
  ],
});
const tracer = provider.getTracer('bench');

/** Ten attributes, as a decision has them; the JSON is made by hand, as in an agent without the SDK. */
async function bareSpan(): Promise<void> {
  const span = tracer.startSpan('decide refund_route');
  span.setAttribute('telltale.step.kind', 'decision');
  span.setAttribute('gen_ai.operation.name', 'decide');
  span.setAttribute('telltale.decision.name', 'refund_route');
  span.setAttribute('telltale.decision.input', JSON.stringify({ order: 48213, reason: 'late' }));
  span.setAttribute('telltale.decision.options', ['auto_refund', 'manual_review']);
  span.setAttribute('telltale.decision.choice', 'auto_refund');
  span.setAttribute('telltale.decision.confidence.value', 0.82);
  span.setAttribute('telltale.decision.confidence.source', 'self_reported');
  span.setAttribute('telltale.decision.confidence.threshold', 0.7);
  span.setAttribute('telltale.decision.reasoning', 'Small amount, old customer');
  await Promise.resolve();
  span.end();
}

const DECISION = {
  choice: 'auto_refund',
  confidence: 0.82,
  confidenceSource: 'self_reported',
  reasoning: 'Small amount, old customer',
} as const;

async function decision(): Promise<void> {
  await decide(
    'refund_route',
    { input: { order: 48213, reason: 'late' }, options: ['auto_refund', 'manual_review'], threshold: 0.7 },
    () => DECISION,
  );
}

const MAKERS: Record<string, () => Promise<void>> = {
  telltale: decision,
  otel: bareSpan,
  [NOTHING]: () => Promise.resolve(),
};

async function measure(make: () => Promise<void>, spans: number): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < spans; i++) await make();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / spans;
}

/** Microseconds of CPU per span, sending apart: rounds in turns, so that both meet the same neighbours. */
async function each(): Promise<object> {
  const rounds: Record<string, number[]> = { telltale: [], otel: [] };
  const drains: Record<string, number[]> = { telltale: [], otel: [] };
  for (let round = -3; round < 15; round++) {
    for (const name of ['telltale', 'otel']) {
      const spent = await measure(MAKERS[name] as () => Promise<void>, 1_500);
      const before = process.cpuUsage();
      await (name === 'telltale' ? flush() : provider.forceFlush());
      const { user, system } = process.cpuUsage(before);
      if (round < 0) continue;
      rounds[name]?.push(spent);
      drains[name]?.push((user + system) / 1_500);
    }
  }
  return { rounds, drains };
}

const PACE_S = 15;

/** CPU seconds per second and resident megabytes while 1,000 spans a second are made. */
async function pace(make: () => Promise<void>): Promise<object> {
  for (let i = 0; i < 2_000; i++) await make();
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const begun = performance.now();
  const before = process.cpuUsage();
  let made = 0;
  let peak = 0;
  while (performance.now() - begun < PACE_S * 1000) {
    const due = Math.floor(performance.now() - begun);
    for (; made < due; made++) await make();
    peak = Math.max(peak, process.memoryUsage.rss());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - begun) / 1000;
  return { cpuShare: (user + system) / 1e6 / seconds, peakMib: peak / 2 ** 20, spans: made, seconds };
}

process.env.OTEL_BSP_MAX_QUEUE_SIZE = '100000';
if (mode === 'each' || maker === 'telltale') start({ service: 'bench', endpoint: url });
if (trace.getActiveSpan() !== undefined) throw new Error('no set-up is registered globally here');
const result = mode === 'each' ? await each() : await pace(MAKERS[maker] as () => Promise<void>);
const delivery = await flush();
process.stdout.write(`${JSON.stringify({ ...result, delivery })}\n`);
process.exit(0);
