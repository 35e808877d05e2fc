// The OTEL_* variables, each seen from the receiver's side.
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

describe('where spans go', () => {
  it('the general endpoint gets the path added', async () => {
    begin();
    await step('one', () => 1);
    expect(await flush()).toMatchObject({ exported: 1 });
    expect(sink.requests.map((request) => request.path)).toEqual(['/v1/traces']);
  });

  it('the endpoint of traces is used as it is, and wins', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', `${sink.url}/custom/path`);
    expect(begin().endpoint).toBe(`${sink.url}/custom/path`);
    await step('one', () => 1);
    await flush();
    expect(sink.requests.map((request) => request.path)).toEqual(['/custom/path']);
  });

  it('the option wins over both, with and without the path', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'http://127.0.0.1:1/x');
    expect(begin({ endpoint: `${sink.url}/base/` }).endpoint).toBe(`${sink.url}/base/v1/traces`);
    await shutdown();
    expect(begin({ endpoint: `${sink.url}/v1/traces` }).endpoint).toBe(`${sink.url}/v1/traces`);
  });

  it('is localhost:4318 when nobody says anything', () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', undefined);
    expect(begin().endpoint).toBe('http://localhost:4318/v1/traces');
  });

  it('what is no address is named and passed over', () => {
    expect(begin({ endpoint: 'localhost:4318' }).endpoint).toBe(`${sink.url}/v1/traces`);
    expect(lines).toEqual([
      '[telltale] endpoint "localhost:4318/v1/traces" is not an http(s) address, so it is not used.',
    ]);
  });

  it('headers of code and environment travel together', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-general=1,x-both=general');
    vi.stubEnv('OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'x-both=traces');
    begin({ headers: { authorization: 'Bearer k' } });
    await step('one', () => 1);
    await flush();
    expect(sink.requests[0]?.headers).toMatchObject({
      'x-general': '1',
      'x-both': 'traces',
      authorization: 'Bearer k',
    });
  });

  it('compression is honoured', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip');
    begin();
    await step('zipped', () => 1);
    await flush();
    expect(sink.requests[0]?.headers['content-encoding']).toBe('gzip');
    expect(sink.span('zipped').name).toBe('zipped');
  });

  it('http/protobuf is spoken when asked for, and its refusals are counted too', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/protobuf');
    begin();
    await step('in-protobuf', () => 1);
    expect(await flush()).toMatchObject({ exported: 1, failed: 0 });
    expect(sink.requests[0]?.headers['content-type']).toBe('application/x-protobuf');
    expect(sink.requests[0]?.body.includes('in-protobuf')).toBe(true);
  });

  it('grpc is not spoken, and the line says what to set', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc');
    begin();
    await step('one', () => 1);
    expect(await flush()).toMatchObject({ exported: 1 });
    expect(lines.join()).toContain('4318');
  });

  it('neither metrics nor logs are ever sent', async () => {
    vi.stubEnv('OTEL_METRICS_EXPORTER', 'otlp');
    vi.stubEnv('OTEL_LOGS_EXPORTER', 'otlp');
    begin();
    await agent('a', () => decide('d', { options: ['x'] }, () => ({ choice: 'x' })));
    await shutdown();
    expect(new Set(sink.requests.map((request) => request.path))).toEqual(new Set(['/v1/traces']));
  });
});

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
    const { exported } = await flush();
    expect(exported).toBe(sink.spans().length);
    expect(exported).toBeGreaterThan(0);
    expect(exported).toBeLessThan(400);
    expect(sink.spans().filter((span) => span.name === 'run')).toHaveLength(exported / 2);
  });

  it('the batch size of OTEL_BSP_* is honoured', async () => {
    vi.stubEnv('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', '2');
    begin();
    for (let n = 0; n < 4; n += 1) await step('one', () => n);
    await flush();
    expect(sink.requests).toHaveLength(2);
  });

  it('the batch delay of OTEL_BSP_* is honoured: spans leave without a flush', async () => {
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
