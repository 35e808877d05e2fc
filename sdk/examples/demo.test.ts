// The demo as a user plays it: two processes, one receiver. What the pages show must be in the spans.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OtlpSink, openSink, type SinkSpan } from '../test-support/otlp-sink.ts';
import { type ExampleRun, runExample } from '../test-support/run-example.ts';
import { DemoError, type DemoResult, runDemo } from './demo.ts';
import { playlist } from './playlist.ts';
import { STORIES } from './stories.ts';

let sink: OtlpSink;
let run: ExampleRun;
let result: DemoResult;

beforeAll(async () => {
  sink = await openSink();
  run = await runExample('play-demo.ts', {
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    TELLTALE_PUBLIC_URL: 'http://ui.test',
  });
  expect(run.exitCode, run.stderr).toBe(0);
  result = JSON.parse(run.stdout);
}, 60_000);

afterAll(() => sink.close());

function traceOf(order: number, turn = 0): SinkSpan[] {
  const indexes = STORIES.flatMap((story, index) => (story.order === order ? [index] : []));
  const traceId = result.traceIds[indexes[turn] ?? -1];
  return sink.spans().filter((span) => span.traceId === traceId);
}

function named(spans: SinkSpan[], name: string): SinkSpan {
  const found = spans.find((span) => span.name === name);
  if (found === undefined) throw new Error(`no ${name} in ${spans.map((span) => span.name).join(', ')}`);
  return found;
}

const modelCalls = (order: number): SinkSpan[] =>
  traceOf(order).filter((span) => span.name === 'plan_refund' && span.attributes['telltale.step.kind'] === 'llm');

describe('the demo', () => {
  it('gives a trace for every message, and prints its link', () => {
    expect(new Set(result.traceIds).size).toBe(STORIES.length);
    for (const traceId of result.traceIds) expect(run.stderr).toContain(`http://ui.test/traces/${traceId}`);
  });

  it('accounts for every span that arrived', () => {
    const { 'support-api': support, 'risk-api': risk } = result.deliveries;
    const arrived = (service: string): number =>
      sink.spans().filter((span) => span.resource['service.name'] === service).length;
    expect(support).toEqual({ sent: arrived('support-api'), failed: 0, dropped: 0, pending: 0, lastError: null });
    expect(risk).toEqual({ sent: arrived('risk-api'), failed: 0, dropped: 0, pending: 0, lastError: null });
    expect(risk.sent).toBeGreaterThan(0);
  });

  it('crosses two services in one trace, with every parent received', () => {
    const spans = traceOf(48213);
    expect(new Set(spans.map((span) => span.resource['service.name']))).toEqual(new Set(['support-api', 'risk-api']));
    const calls = spans.filter((span) => span.name === 'risk.score').map((span) => span.spanId);
    expect(calls).toContain(named(spans, 'risk-scorer').parentSpanId);
    expect(named(spans, 'assess_risk').attributes).toMatchObject({
      'gen_ai.agent.name': 'risk-scorer',
      'session.id': 's-48213',
    });
    const ids = new Set(spans.map((span) => span.spanId));
    const roots = spans.filter((span) => !span.parentSpanId);
    expect(roots.map((span) => span.name)).toEqual(['refund-desk']);
    for (const span of spans) expect(roots.includes(span) || ids.has(span.parentSpanId ?? '')).toBe(true);
  });

  it('has the story of a payment that fails three times and goes to a person', () => {
    const spans = traceOf(48213);
    const attempts = spans.filter(
      (span) => 'telltale.retry.attempt' in span.attributes && span.name === 'payments.refund',
    );
    attempts.sort(
      (a, b) => Number(a.attributes['telltale.retry.attempt']) - Number(b.attributes['telltale.retry.attempt']),
    );
    expect(attempts.map((span) => span.attributes['telltale.retry.attempt'])).toEqual([0, 1, 2]);
    expect(attempts.map((span) => span.links?.map((link) => link.spanId) ?? [])).toEqual([
      [],
      [attempts[0]?.spanId],
      [attempts[1]?.spanId],
    ]);
    for (const attempt of attempts) expect(attempt.attributes['error.type']).toBe('HTTP 504');
    const operation = spans.find((span) => span.spanId === attempts[0]?.parentSpanId);
    expect(operation?.attributes['error.type']).toBe('RetriesExhausted');
    expect(operation?.status?.message).toBe(`payments.refund failed 3 times; last: ${attempts[2]?.status?.message}`);
    expect(named(spans, 'decide recovery').attributes).toMatchObject({
      'telltale.decision.choice': 'retry_later',
      'telltale.decision.outcome': 'escalated',
      'telltale.decision.confidence.source': 'logprobs',
    });
    expect(named(spans, 'escalate payments-oncall').attributes['telltale.escalation.target_type']).toBe('human');
    expect(named(spans, 'refund-desk').status?.message).toContain('Refund of order 48213 not paid');
  });

  it('has decisions below and near their threshold, all with a known source', () => {
    const decisions = sink.spans().filter((span) => span.attributes['telltale.step.kind'] === 'decision');
    const margins = decisions.map(
      ({ attributes }) =>
        Number(attributes['telltale.decision.confidence.value']) -
        Number(attributes['telltale.decision.confidence.threshold']),
    );
    expect(margins.filter((margin) => margin < 0).length).toBeGreaterThanOrEqual(5);
    expect(margins.filter((margin) => margin >= 0 && margin <= 0.05).length).toBeGreaterThanOrEqual(3);
    expect(decisions.flatMap((span) => span.events)).toEqual([]);
  });

  it('has an unsure refund that its policy hands over, and agents that their scope stops', () => {
    const unsure = named(traceOf(48102), 'decide refund_route');
    expect(unsure.attributes).toMatchObject({
      'telltale.decision.outcome': 'escalated',
      'telltale.decision.policy_reason': 'escalated to refund-review: confidence 0.58 below 0.7',
    });
    expect(named(traceOf(48102), 'escalate refund-review').parentSpanId).toBe(unsure.spanId);
    const paying = named(traceOf(48251), 'goodwill-desk');
    expect(paying.status?.message).toBe('goodwill-desk stopped: tool payments.refund is not in the permitted list');
    expect(named(traceOf(48251), 'escalate customer-care').parentSpanId).toBe(paying.spanId);
    const endless = named(traceOf(48256), 'goodwill-desk');
    expect(endless.attributes['telltale.loop.stop_detail']).toBe('step limit reached: 8 of 8 steps');
    expect(endless.attributes['telltale.budget.spent_usd']).toBeGreaterThan(0);
  });

  it('has enough similar errors for a detector of ten', () => {
    const timeouts = sink
      .spans()
      .filter((span) => /^payments answered 504: the bank timed out/.test(span.status?.message ?? ''));
    expect(timeouts.length).toBeGreaterThanOrEqual(10);
    expect(new Set(timeouts.map((span) => span.status?.message)).size).toBeGreaterThanOrEqual(4);
  });

  it('has model calls that fail with 429 and recover, and with 500 and do not', () => {
    const limited = modelCalls(48190);
    expect(limited.map((span) => span.attributes['error.type'])).toEqual(['RateLimitError', undefined]);
    expect(named(traceOf(48190), 'refund-desk').status?.code ?? 0).toBe(0);
    const failed = modelCalls(48193);
    expect(failed.map((span) => span.attributes['error.type'])).toEqual(Array(3).fill('InternalServerError'));
    expect(named(traceOf(48193), 'refund-desk').status?.code).toBe(2);
  });

  it('uses every means of failure handling and integration, and shows each', () => {
    const values = (key: string): unknown[] =>
      sink.spans().flatMap((span) => (key in span.attributes ? [span.attributes[key]] : []));
    expect(new Set(values('telltale.auth.refresh_reason'))).toEqual(new Set(['missing', 'rejected']));
    expect(values('telltale.schema_drift.paths')).toEqual([['daysLate', 'days_late']]);
    expect(values('telltale.degradation.mode')).toEqual(expect.arrayContaining(['fallback', 'skipped']));
    expect(values('telltale.circuit.state')).toContain('open');
    expect(values('telltale.dead_letter.reason')).toEqual(Array(4).fill('max_attempts'));
    expect(values('telltale.dependency.version')).toContain('2026-09-01');
    expect(values('telltale.idempotency.status')).toContain('executed');
    expect(sink.spans().filter((span) => span.name === 'preflight').length).toBeGreaterThan(5);
    const refused = traceOf(48188, 1).filter((span) => span.attributes['error.type'] === 'circuit_open');
    expect(refused.length).toBe(1);
    const clerk = sink.span('refund-clerk');
    expect(sink.span('wait for payments team').attributes['telltale.waiting.for']).toBe('payments team');
    const replays = sink.spans().filter((span) => span.name === 'replay payments.refund');
    expect(replays.map((span) => span.parentSpanId)).toEqual(Array(4).fill(clerk.spanId));
    expect(run.stderr).toContain('Replayed 4 dead letters, 0 failed again');
  });

  it('has a session of three turns in order, a Chinese customer, and usage on every answered model call', () => {
    const turns = [0, 1, 2].map((turn) => named(traceOf(48188, turn), 'refund-desk'));
    expect(turns.map((span) => span.attributes['session.id'])).toEqual(Array(3).fill('s-48188'));
    const starts = turns.map((span) => BigInt(span.startTimeUnixNano));
    expect(starts).toEqual(starts.toSorted((a, b) => Number(a - b)));
    expect(named(traceOf(48170), 'refund-desk').attributes['telltale.step.output']).toContain('退回您的银行卡');
    const calls = sink
      .spans()
      .filter((span) => span.attributes['telltale.step.kind'] === 'llm' && span.status?.code !== 2)
      // A call that a limit refused was never made.
      .filter((span) => span.attributes['telltale.loop.stop_reason'] === undefined);
    for (const call of calls) expect(Number(call.attributes['gen_ai.usage.input_tokens'])).toBeGreaterThan(0);
  });
});

describe('the playlist', () => {
  it('repeats the stories with other orders when more runs are asked for', () => {
    const orders = playlist(STORIES.length * 2).map((story) => `${story.order} ${story.session} ${story.text}`);
    expect(new Set(orders).size).toBe(STORIES.length * 2);
    expect(playlist(2)).toEqual(STORIES.slice(0, 2));
  });
});

describe('where the demo cannot be played', () => {
  it('says in one line what to do when nothing listens', async () => {
    const closed = await openSink();
    await closed.close();
    const failed = await runExample('play-demo.ts', { OTEL_EXPORTER_OTLP_ENDPOINT: closed.url });
    expect(failed).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `Start Telltale first: nothing answers at ${closed.url}/v1/traces; set OTEL_EXPORTER_OTLP_ENDPOINT when it listens elsewhere.\n`,
    });
  });

  it('asks for the address when the port is any free one', async () => {
    const refused = runDemo({ otlpEndpoint: 'http://127.0.0.1:0' });
    await expect(refused).rejects.toMatchObject({
      name: 'DemoError',
      message: expect.stringContaining('set OTEL_EXPORTER_OTLP_ENDPOINT to the address that Telltale printed'),
    });
    await expect(refused).rejects.toBeInstanceOf(DemoError);
  });
});
