// The real exporters of OpenTelemetry for JavaScript against our servers: each sees its partial success and comes back
// after "send again".
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UnavailableError } from '../collector/decode/codec.ts';
import { type OtlpGrpc, startOtlpGrpc } from '../collector/receive/grpc.ts';
import { type DecodingServer, openDecodingServer } from './support/decoding-server.ts';
import { ExportResponse, encodeRequest, RpcStatus } from './support/otlp-proto.ts';
import { requestOf, span } from './support/otlp-server.ts';
import { block, int } from './support/protobuf-fields.ts';

let server: DecodingServer;
let http: DecodingServer;
let grpc: OtlpGrpc;
/** How many requests are still answered "send again". */
let refusals = 0;
const warnings: string[] = [];

beforeAll(async () => {
  http = await openDecodingServer();
  const ingest: DecodingServer['ingest'] = async (body, encoding) => {
    if (refusals-- > 0) throw new UnavailableError('not now');
    return http.ingest(body, encoding);
  };
  server = await openDecodingServer({ ingest, random: () => 0 });
  grpc = await startOtlpGrpc({
    host: '127.0.0.1',
    port: 0,
    ingest,
    counters: server.counters,
    now: Date.now,
    log: { warn: () => {}, error: () => {} },
    maxBodyBytes: 1_000_000,
    random: () => 0,
  });
  const note = (...words: unknown[]) => void warnings.push(words.join(' '));
  diag.setLogger({ error: note, warn: note, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
});
afterAll(async () => {
  diag.disable();
  await grpc.close();
  await server.close();
  await http.close();
});
beforeEach(() => {
  refusals = 0;
  warnings.length = 0;
});

/** A finished span of the SDK; its ids are zero, hence rejected, when it shall be bad. */
function finishedSpan(isBad: boolean): ReadableSpan {
  const memory = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(memory)],
    ...(isBad ? { idGenerator: { generateTraceId: () => '0'.repeat(32), generateSpanId: () => '0'.repeat(16) } } : {}),
  });
  provider.getTracer('test').startSpan('step').end();
  return memory.getFinishedSpans()[0] as ReadableSpan;
}

const send = (exporter: SpanExporter, ...spans: ReadableSpan[]) =>
  new Promise<{ code: number; error?: Error }>((resolve) => exporter.export(spans, resolve));

const exporters: [string, () => SpanExporter][] = [
  ['http/json', () => new JsonExporter({ url: `${server.url}/v1/traces` })],
  ['http/protobuf', () => new ProtoExporter({ url: `${server.url}/v1/traces` })],
  [
    'http/protobuf with gzip',
    () => new ProtoExporter({ url: `${server.url}/v1/traces`, compression: 'gzip' as never }),
  ],
  ['grpc', () => new GrpcExporter({ url: `http://127.0.0.1:${grpc.port}` })],
  ['grpc with gzip', () => new GrpcExporter({ url: `http://127.0.0.1:${grpc.port}`, compression: 'gzip' as never })],
];

describe.each(exporters)('the exporter for %s', (name, create) => {
  let exporter: SpanExporter;
  beforeEach(() => {
    exporter = create();
  });
  afterEach(() => exporter.shutdown());

  it('delivers', async () => {
    const before = http.accepted();
    expect(await send(exporter, finishedSpan(false))).toEqual({ code: 0 });
    expect(http.accepted()).toBe(before + 1);
    expect(warnings).toEqual([]);
  });

  it('sees its partial success', async () => {
    const before = http.accepted();
    expect(await send(exporter, finishedSpan(false), finishedSpan(true))).toEqual({ code: 0 });
    expect(http.accepted()).toBe(before + 1);
    expect(warnings.join()).toMatch(/Partial Success.*"rejectedSpans":"?1"?.*invalid_trace_id/);
  });

  it('comes back after "send again", or hands the failure on where it never does', async () => {
    refusals = 1;
    const before = http.accepted();
    const { code, error } = await send(exporter, finishedSpan(false));
    if (name.startsWith('http')) {
      expect(code).toBe(0);
      expect(http.accepted()).toBe(before + 1);
    } else {
      // The JavaScript gRPC exporter has no retry of its own; what it got says that one would do.
      expect(error).toMatchObject({ code: 14, details: 'not now' });
      expect(await send(exporter, finishedSpan(false))).toEqual({ code: 0 });
    }
  });
});

describe('any gRPC client', () => {
  const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
  const asIs = (bytes: Buffer) => bytes;
  let client: Client;
  const call = (path: string, body: Buffer) =>
    new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest(path, asIs, asIs, body, (error, reply) =>
        error ? reject(error) : resolve(reply as Buffer),
      );
    });
  const failure = (path: string, body: Buffer) =>
    call(path, body).then(
      () => null,
      (error: ServiceError) => error,
    );
  beforeAll(() => {
    const retry = {
      maxAttempts: 3,
      initialBackoff: '0.05s',
      maxBackoff: '1s',
      backoffMultiplier: 2,
      retryableStatusCodes: ['UNAVAILABLE'],
    };
    client = new Client(`127.0.0.1:${grpc.port}`, credentials.createInsecure(), {
      'grpc.service_config': JSON.stringify({ methodConfig: [{ name: [{}], retryPolicy: retry }] }),
    });
  });
  afterAll(() => client.close());

  it('with a retry policy comes back after UNAVAILABLE', async () => {
    refusals = 1;
    expect(await call(TRACES, encodeRequest(requestOf(span())))).toHaveLength(0);
    expect(refusals).toBe(-1);
  });

  it('learns from RetryInfo when to retry', async () => {
    refusals = 10;
    const error = await failure(TRACES, encodeRequest(requestOf(span())));
    expect(error?.code).toBe(14);
    const details = error?.metadata.get('grpc-status-details-bin')[0] as Buffer;
    expect(RpcStatus.toObject(RpcStatus.decode(details))).toMatchObject({ code: 14, message: 'not now' });
    // Any { type_url, value: RetryInfo { retry_delay { seconds: 1 } } }
    const info = block(3, block(1, 'type.googleapis.com/google.rpc.RetryInfo'), block(2, block(1, int(1, 1))));
    expect(details.includes(info)).toBe(true);
  });

  it('gets INVALID_ARGUMENT for what is no request, and RESOURCE_EXHAUSTED for what is too large', async () => {
    expect((await failure(TRACES, Buffer.from([0x0a, 0xff])))?.code).toBe(3);
    expect((await failure(TRACES, Buffer.alloc(1_000_001)))?.code).toBe(8);
    expect(
      (await failure('/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export', Buffer.alloc(0)))
        ?.code,
    ).toBe(12);
  });

  it('hears how many data points and log records were not stored', async () => {
    const replyOf = async (service: string, body: Buffer) =>
      ExportResponse.toObject(
        ExportResponse.decode(await call(`/opentelemetry.proto.collector.${service}/Export`, body)),
        { longs: String },
      );
    const metrics = block(1, block(2, block(2, block(7, block(1, ''), block(1, '')))));
    expect(await replyOf('metrics.v1.MetricsService', metrics)).toMatchObject({
      partialSuccess: { rejectedSpans: '2', errorMessage: expect.stringContaining('OTEL_METRICS_EXPORTER=none') },
    });
    const logs = block(1, block(2, block(2, int(2, 9))));
    expect(await replyOf('logs.v1.LogsService', logs)).toMatchObject({ partialSuccess: { rejectedSpans: '1' } });
  });
});
