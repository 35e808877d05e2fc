// Runs whose root never arrives: agents under a span of another tracer in the same process, or of a caller that sends its
// spans elsewhere. From the built SDK in a process of its own, through the collector and storage, to the API.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Run } from '#contracts/run';
import { type RunningExample, startCode } from '../sdk/test-support/run-example.ts';
import { type RunningTelltale, startTelltale } from './support/app.ts';
import { IS_FULL_TIER } from './support/tier.ts';

let telltale: RunningTelltale;
const started: RunningExample[] = [];
beforeAll(async () => {
  telltale = await startTelltale();
});
afterAll(async () => {
  await Promise.all(started.map((process) => process.kill()));
  await telltale?.close();
});

// A tracer of the application whose spans go nowhere that we know.
const OTHER = `
  import { trace } from '@opentelemetry/api';
  import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
  new NodeTracerProvider().register();
  const request = (fn) => trace.getTracer('http').startActiveSpan('POST /refund', async (span) => {
    try { return await fn(); } finally { span.end(); }
  });`;
const OURS = `
  import { agent, continueTrace, flush, start, tool } from '@telltale/sdk';
  import { once } from 'node:events';
  start({ service: 'refunds', announceEvery: 0.5, log: () => undefined });
  const done = async (traceId) => { await flush(); console.log('done ' + traceId); };
  const goesOn = () => once(process.stdin, 'data');`;

/** Runs it as a process; `work` prints `done <trace id>` or `begun <trace id>`. */
async function begin(work: string): Promise<{ process: RunningExample; traceId: string }> {
  const process = startCode(`${OTHER}${OURS}${work}`, { OTEL_EXPORTER_OTLP_ENDPOINT: telltale.otlpUrl });
  started.push(process);
  await process.printed('\n');
  const traceId = /(?:done|begun) ([0-9a-f]{32})/.exec(process.output())?.[1];
  if (traceId === undefined) throw new Error(process.output());
  return { process, traceId };
}

/** The run, once it is stored and looks so: well before the five minutes of silence that end other runs. */
function becomes(traceId: string, run: Partial<Run>): Promise<void> {
  return vi.waitFor(
    async () => {
      const reply = await fetch(`${telltale.apiUrl}/api/traces/${traceId}`);
      expect(reply.status).toBe(200);
      expect(await reply.json()).toMatchObject({ run });
    },
    { timeout: 60_000, interval: 50 },
  );
}

const RUNS = [
  [
    'under a span of another tracer',
    `await request(() => agent('desk', async (span) => { id = span.traceId; await tool('x', () => 1); }));`,
    'ok',
  ],
  [
    'that failed under such a span',
    `await request(() => agent('desk', (span) => { id = span.traceId; throw new Error('no'); })).catch(() => 0);`,
    'error',
  ],
  [
    'of a caller in another process',
    `
    const headers = { traceparent: '00-' + '3'.repeat(32) + '-' + '4'.repeat(16) + '-01' };
    await continueTrace(headers, () => agent('desk', (span) => { id = span.traceId; }));`,
    'ok',
  ],
  [
    'with spans of the other tracer within',
    `
    await request(() => agent('desk', (span) => { id = span.traceId; return request(() => tool('x', () => 1)); }));`,
    'ok',
  ],
] as const;
it.each(IS_FULL_TIER ? RUNS : RUNS.slice(1, 3))('a run %s has ended once it is stored', async (_, work, status) => {
  const { process, traceId } = await begin(`let id; ${work} await done(id); process.exit(0);`);
  expect((await process.ended).exitCode).toBe(0);
  await becomes(traceId, { status, name: 'desk', agent: 'desk', activity: null });
  const listed = await (await fetch(`${telltale.apiUrl}/api/runs?status=${status}`)).json();
  expect((listed as { runs: Run[] }).runs.map((each) => each.traceId)).toContain(traceId);
  const open = await (await fetch(`${telltale.apiUrl}/api/runs?status=running&status=stalled`)).json();
  expect((open as { runs: Run[] }).runs.map((each) => each.traceId)).not.toContain(traceId);
});

it('it runs while its agent does, with steps that ended', async () => {
  const { process, traceId } = await begin(`
    let id;
    await request(() => agent('desk', async (span) => {
      id = span.traceId;
      await tool('x', () => 1);
      await flush();
      console.log('begun ' + id);
      await goesOn();
    }));
    await done(id); process.exit(0);`);
  await becomes(traceId, { status: 'running' });
  process.say('');
  expect((await process.ended).exitCode).toBe(0);
  await becomes(traceId, { status: 'ok', activity: null });
});
