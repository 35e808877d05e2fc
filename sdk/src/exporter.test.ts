// Where spans go and how: endpoint, headers, compression and protocol, seen from the receiver's side.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import { agent, decide, flush, type StartOptions, shutdown, start, step } from './index.ts';

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
    expect(await flush()).toMatchObject({ sent: 1 });
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

  it('compression is honored', async () => {
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
    expect(await flush()).toMatchObject({ sent: 1, failed: 0 });
    expect(sink.requests[0]?.headers['content-type']).toBe('application/x-protobuf');
    expect(sink.requests[0]?.body.includes('in-protobuf')).toBe(true);
    // ExportTraceServiceResponse { partial_success { rejected_spans: 1 } }
    sink.answerWith(() => ({ status: 200, body: Buffer.from('0a020801', 'hex') }));
    await step('refused', () => 1);
    expect(await flush()).toMatchObject({ sent: 1, failed: 1, lastError: 'refused 1 span' });
  });

  it('grpc is not spoken, and the line says what to set', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc');
    begin();
    await step('one', () => 1);
    expect(await flush()).toMatchObject({ sent: 1 });
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
