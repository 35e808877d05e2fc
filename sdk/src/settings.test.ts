// The OTEL_* variables about who speaks and what is recorded, seen from the receiver's side.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import { agent, decide, flush, llm, type StartOptions, shutdown, start, step } from './index.ts';

let sink: OtlpSink;
let lines: string[];

beforeEach(async () => {
  sink = await openSink();
  lines = [];
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', sink.url);
});

afterEach(async () => {
  await shutdown();
  vi.unstubAllEnvs();
  await sink.close();
});

function begin(options: StartOptions = {}): ReturnType<typeof start> {
  return start({ log: (line) => lines.push(line), ...options });
}

describe('who speaks', () => {
  it('the environment names service and resource', async () => {
    vi.stubEnv('OTEL_SERVICE_NAME', 'from-env');
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'service.name=lost,team=support,service.version=3');
    begin();
    await step('one', () => 1);
    await flush();
    expect(sink.span('one').resource).toMatchObject({
      'service.name': 'from-env',
      team: 'support',
      'service.version': '3',
    });
  });

  it('the option wins over the environment', async () => {
    vi.stubEnv('OTEL_SERVICE_NAME', 'from-env');
    begin({ service: 'from-code' });
    await step('one', () => 1);
    await flush();
    expect(sink.span('one').resource['service.name']).toBe('from-code');
  });
});

describe('what is recorded', () => {
  it.each(['OTEL_SDK_DISABLED=true', 'OTEL_TRACES_EXPORTER=none'])('nothing with %s', async (setting) => {
    const [name = '', value] = setting.split('=');
    vi.stubEnv(name, value);
    expect(begin()).toMatchObject({ started: false, endpoint: null });
    expect(await step('one', () => 1)).toBe(1);
    await shutdown();
    expect(sink.requests).toEqual([]);
  });

  it('the sampler decides per trace', async () => {
    vi.stubEnv('OTEL_TRACES_SAMPLER', 'traceidratio');
    vi.stubEnv('OTEL_TRACES_SAMPLER_ARG', '0.5');
    begin();
    for (let n = 0; n < 200; n += 1) await agent('run', () => step('inner', () => n));
    const { sent } = await flush();
    expect(sent).toBe(sink.spans().length);
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(400);
    expect(sink.spans().filter((span) => span.name === 'run')).toHaveLength(sent / 2);
  });

  it('the batch size of OTEL_BSP_* is honored', async () => {
    vi.stubEnv('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', '2');
    begin();
    for (let n = 0; n < 4; n += 1) await step('one', () => n);
    await flush();
    expect(sink.requests).toHaveLength(2);
  });

  it('the batch delay of OTEL_BSP_* is honored: spans leave without a flush', async () => {
    vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '10');
    begin();
    await step('by-itself', () => 1);
    await vi.waitFor(() => expect(sink.span('by-itself').name).toBe('by-itself'));
  });

  it.each([
    ['the environment', { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'false' }, {}],
    ['the option', {}, { captureContent: false }],
  ])('no content when %s turns it off, but still what was decided', async (_who, env, options) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    begin(options);
    await agent('secretive', { input: 'secret', sessionId: 's-1' }, async () => {
      await llm('answer', { input: 'secret', system: 'secret', model: 'm' }, () => 'secret');
      await decide('route', { input: 'secret', options: [{ id: 'a', score: 0.6, reason: 'secret' }, 'b'] }, () => ({
        choice: 'a',
        reasoning: 'secret',
        confidence: 0.6,
        confidenceSource: 'logprobs',
      }));
      return 'secret';
    });
    await flush();
    expect(sink.requests.map((request) => request.body.toString()).join()).not.toContain('secret"');
    expect(sink.span('decide route').attributes).toMatchObject({
      'telltale.decision.choice': 'a',
      'telltale.decision.confidence.value': 0.6,
      'telltale.decision.option_details': '[{"id":"a","score":0.6},{"id":"b"}]',
    });
  });

  it('long content keeps head and tail, and says how much was cut', async () => {
    begin({ maxContentLength: 1000 });
    await step('long', { input: `${'a'.repeat(5000)}the end` }, () => 1);
    await flush();
    const input = String(sink.span('long').attributes['telltale.step.input']);
    expect(input).toMatch(/^a{750}… \[4007 of 5007 characters cut\] …a+the end$/);
  });
});
