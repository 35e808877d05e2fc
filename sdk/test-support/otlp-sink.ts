// A real OTLP/HTTP receiver for tests: keeps every request, decodes JSON bodies, and answers as the test says.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

interface SinkRequest {
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

interface SinkAnswer {
  status: number;
  /** Sent as JSON; a Buffer as it is. */
  body?: unknown;
}

interface AnyValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: number | string;
  doubleValue?: number;
  arrayValue?: { values?: AnyValue[] };
}
interface KeyValue {
  key: string;
  value: AnyValue;
}
interface WireEvent {
  name: string;
  timeUnixNano: string;
  attributes?: KeyValue[];
}
interface WireSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: KeyValue[];
  events?: WireEvent[];
  links?: Array<{ traceId: string; spanId: string }>;
  status?: { code?: number; message?: string };
}
interface WireBody {
  resourceSpans?: Array<{
    resource?: { attributes?: KeyValue[] };
    scopeSpans?: Array<{ spans?: WireSpan[] }>;
  }>;
}

type Attributes = Record<string, unknown>;

/** One received span, with plain values. */
export interface SinkSpan extends Omit<WireSpan, 'attributes' | 'events'> {
  resource: Attributes;
  attributes: Attributes;
  events: Array<{ name: string; timeUnixNano: string; attributes: Attributes }>;
}

export interface OtlpSink {
  /** Base address, without path. */
  url: string;
  port: number;
  requests: SinkRequest[];
  /** Start-up checks, which are exports of nothing: not among the requests. They are answered with 200. */
  checks: SinkRequest[];
  /** Records of open steps, sent to /v1/logs when `acceptOpenSteps` was called. */
  logs: SinkRequest[];
  /** Answers checks as a Telltale does. */
  acceptOpenSteps: () => void;
  /** All spans of the accepted JSON requests. */
  spans: () => SinkSpan[];
  /** The only span of this name; fails when there are none or several. */
  span: (name: string) => SinkSpan;
  answerChecksWith: (status: number) => void;
  /** An answer that is a promise is held until it resolves. */
  answerWith: (answer: Answer) => void;
  close: () => Promise<void>;
}

type Answer = (request: SinkRequest) => SinkAnswer | Promise<SinkAnswer>;
const OK: SinkAnswer = { status: 200, body: {} };

/** Listens on a free port of 127.0.0.1, or on `port`. */
export async function openSink(port = 0): Promise<OtlpSink> {
  const requests: SinkRequest[] = [];
  const accepted: SinkSpan[] = [];
  const checks: SinkRequest[] = [];
  const logs: SinkRequest[] = [];
  let checkAnswer = OK;
  let accepts: Record<string, string> = {};
  let answer: Answer = () => OK;
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', async () => {
      const raw = Buffer.concat(chunks);
      const body = req.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
      const request = { path: req.url ?? '', headers: req.headers, body };
      const isCheck = body.length === 0 || body.toString() === '{"resourceSpans":[]}';
      const isLog = request.path.endsWith('/v1/logs');
      (isCheck ? checks : isLog ? logs : requests).push(request);
      const { status, body: reply } = isCheck ? checkAnswer : isLog ? OK : await answer(request);
      if (!isLog && status === 200 && req.headers['content-type'] === 'application/json')
        accepted.push(...decode(body));
      res
        .writeHead(status, { 'content-type': 'application/json', ...accepts })
        .end(Buffer.isBuffer(reply) ? reply : JSON.stringify(reply ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = portOf(server.address());
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    requests,
    checks,
    logs,
    acceptOpenSteps: () => {
      accepts = { 'telltale-accepts': 'open-steps' };
    },
    spans: () => [...accepted],
    span: (name) => only(accepted, name),
    answerChecksWith: (status) => {
      checkAnswer = { status, body: {} };
    },
    answerWith: (next) => {
      answer = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A sink of its own for `use`, closed afterwards. */
export async function withSink(use: (sink: OtlpSink) => Promise<void>): Promise<void> {
  const sink = await openSink();
  try {
    await use(sink);
  } finally {
    await sink.close();
  }
}

function only(spans: SinkSpan[], name: string): SinkSpan {
  const found = spans.filter((span) => span.name === name);
  const [first] = found;
  if (first === undefined || found.length > 1) {
    throw new Error(`${found.length} spans are named ${name}; received: ${spans.map((span) => span.name).join(', ')}`);
  }
  return first;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the sink has no port');
  return address.port;
}

function decode(body: Buffer): SinkSpan[] {
  const parsed: WireBody = JSON.parse(body.toString());
  return (parsed.resourceSpans ?? []).flatMap(({ resource, scopeSpans }) =>
    (scopeSpans ?? []).flatMap(({ spans }) =>
      (spans ?? []).map((span) => ({
        ...span,
        resource: plain(resource?.attributes),
        attributes: plain(span.attributes),
        events: (span.events ?? []).map((event) => ({ ...event, attributes: plain(event.attributes) })),
      })),
    ),
  );
}

function plain(pairs: KeyValue[] = []): Attributes {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, unwrap(value)]));
}

function unwrap(value: AnyValue): unknown {
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(unwrap);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue;
}
