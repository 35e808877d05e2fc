// Logs and spans through the whole collector, over HTTP and gRPC, read as the API reads them.
import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSpan } from '#storage/read-span';
import { startCollector } from '../collector/collector.ts';
import { encodeRequest } from './support/otlp-proto.ts';
import { type OtlpServer, openOtlpServer, PROTOBUF, requestOf, span, TRACE } from './support/otlp-server.ts';

let server: OtlpServer;
beforeAll(async () => {
  server = await openOtlpServer();
});
afterAll(() => server.close());

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const logs = (...logRecords: object[]) =>
  JSON.stringify({ resourceLogs: [{ resource: {}, scopeLogs: [{ scope: { name: 'test' }, logRecords }] }] });

it('shows a log record on its span, once however often it is sent, and counts it', async () => {
  const spanId = '00f067aa0ba902b7';
  await server.postJson(span({ spanId, name: 'asks the model' }));
  const record = {
    traceId: TRACE,
    spanId,
    timeUnixNano: '1795386336183500000',
    severityNumber: 13,
    body: { stringValue: 'slow' },
  };
  for (const padding of ['', ' ']) expect((await server.post(logs(record) + padding, {}, '/v1/logs')).status).toBe(200);
  const detail = await readSpan(server.db, 'default', TRACE, spanId);
  expect(detail?.logs).toMatchObject([{ severityNumber: 13, body: 'slow' }]);
  const { received, acked, inserted, spooled, quarantined, lost, deduplicated } = server.collector.counters.logs;
  expect([received, acked]).toEqual([2, 2]);
  expect(acked).toBe(inserted + spooled + quarantined + lost + deduplicated);
});

it('fills an empty input from a GenAI event, and says where it is from', async () => {
  const spanId = '00f067aa0ba902b8';
  await server.postJson(span({ spanId, name: 'chat' }));
  const messages = '[{"role":"user","parts":[{"type":"text","content":"Where is my order?"}]}]';
  const event = {
    traceId: TRACE,
    spanId,
    timeUnixNano: '1795386336183500000',
    eventName: 'gen_ai.client.inference.operation.details',
    attributes: [text('gen_ai.input.messages', messages)],
  };
  expect((await server.post(logs(event), {}, '/v1/logs')).status).toBe(200);
  const detail = await readSpan(server.db, 'default', TRACE, spanId);
  expect(detail).toMatchObject({ input: messages, inputSource: 'log' });
});

it('counts what it masked, by kind, and what it cut', async () => {
  const { masked } = server.collector.redaction;
  const before = { github: masked.get('github') ?? 0, key: masked.get('key') ?? 0 };
  const cut = server.collector.redaction.truncatedValues;
  await server.postJson(
    span({
      spanId: '00f067aa0ba902d1',
      attributes: [
        text('note', `token ghp_${'a1B2'.repeat(9)}`),
        text('db.password', 'hunter2'),
        text('long', 'x'.repeat(70_000)),
      ],
    }),
  );
  expect(masked.get('github')).toBe(before.github + 1);
  expect(masked.get('key')).toBe(before.key + 1);
  expect(server.collector.redaction.truncatedValues).toBe(cut + 1);
  expect(JSON.stringify([...masked])).not.toContain('hunter2');
});

it('acknowledges a pending span and gives it no row', async () => {
  const before = await server.stored();
  const reply = await server.postJson(
    span({ spanId: '00f067aa0ba902c1', name: 'real' }),
    span({
      spanId: '00f067aa0ba902c2',
      name: 'real (pending)',
      attributes: [text('logfire.span_type', 'pending_span')],
    }),
  );
  expect(await reply.json()).toEqual({});
  expect(await server.stored()).toBe(before + 1);
  expect(server.collector.counters.spans.deduplicated).toBe(1);
});

it('takes a request of many megabytes without mixing it with others, all or nothing', async () => {
  const before = await server.stored();
  const large = Array.from({ length: 3000 }, (_, i) =>
    span({ spanId: (0x10000 + i).toString(16).padStart(16, '0'), attributes: [text('note', 'x'.repeat(2000))] }),
  );
  const small = Array.from({ length: 20 }, (_, i) =>
    server.post(encodeRequest(requestOf(span({ spanId: (0x20000 + i).toString(16).padStart(16, '0') }))), PROTOBUF),
  );
  const replies = await Promise.all([server.post(encodeRequest(requestOf(...large)), PROTOBUF), ...small]);
  expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
  expect(await server.stored()).toBe(before + 3020);
  const broken = Buffer.concat([encodeRequest(requestOf(...large)), Buffer.from([0x0a, 0x7f])]);
  expect((await server.post(broken, PROTOBUF)).status).toBe(400);
  expect(await server.stored()).toBe(before + 3020);
});

it('takes spans over gRPC into the same spool', async () => {
  const before = await server.stored();
  const collector = await startCollector({
    db: server.db,
    projectId: 'default',
    host: '127.0.0.1',
    httpPort: 0,
    grpcPort: 0,
    dataDir: `${server.dataDir}/grpc`,
    spool: { flushMs: 5, minFreeBytes: 0 },
    log: { warn: () => {}, error: () => {} },
  });
  const identity = (bytes: Buffer) => bytes;
  const Client = makeGenericClientConstructor(
    {
      export: {
        path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
        requestStream: false,
        responseStream: false,
        requestSerialize: identity,
        requestDeserialize: identity,
        responseSerialize: identity,
        responseDeserialize: identity,
      },
    },
    'TraceService',
  );
  const client = new Client((collector.grpcUrl as string).replace('http://', ''), credentials.createInsecure());
  const body = encodeRequest(requestOf(span({ spanId: '00f067aa0ba902d1', name: 'by gRPC' })));
  await new Promise<void>((resolve, reject) => {
    // biome-ignore lint/complexity/useLiteralKeys: the client's methods are not known to the compiler
    client['export']?.(body, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
  await collector.settled();
  expect(await server.stored()).toBe(before + 1);
  client.close();
  await collector.close();
});
