// The plain way, to compare with: protobufjs decodes the request into objects, each span becomes a row object, rows go
// in as JSONEachRow. The same columns filled from the same attributes as far as a straightforward version would.
import type { Database } from '#storage/database';
import { ExportRequest } from '../test/support/otlp-proto.ts';

interface Value {
  stringValue?: string;
  intValue?: string;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values?: Value[] };
}
interface Pair {
  key: string;
  value?: Value;
}
interface Span {
  traceId: Uint8Array;
  spanId: Uint8Array;
  parentSpanId?: Uint8Array;
  name?: string;
  kind?: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: Pair[];
  events?: { name?: string; timeUnixNano?: string; attributes?: Pair[] }[];
  status?: { code?: number; message?: string };
  flags?: number;
}
interface Request {
  resourceSpans?: {
    resource?: { attributes?: Pair[] };
    scopeSpans?: { scope?: { name?: string; version?: string }; spans?: Span[] }[];
  }[];
}

export type NaiveRow = Record<string, unknown>;

/** The rows of one request. Ids are hex: JSON has no place for raw bytes. */
export function naiveRows(body: Buffer): NaiveRow[] {
  const request = ExportRequest.toObject(ExportRequest.decode(body), { longs: String }) as Request;
  const rows: NaiveRow[] = [];
  for (const { resource, scopeSpans } of request.resourceSpans ?? []) {
    const shared = toObject(resource?.attributes);
    for (const { scope, spans } of scopeSpans ?? []) {
      for (const span of spans ?? []) rows.push(toRow(span, shared, scope?.name ?? '', scope?.version ?? ''));
    }
  }
  return rows;
}

function toRow(span: Span, resource: Record<string, string>, scopeName: string, scopeVersion: string): NaiveRow {
  const attributes = toObject(span.attributes);
  const exception = span.events?.find(({ name }) => name === 'exception');
  const failure = toObject(exception?.attributes);
  const isError = span.status?.code === 2 || exception !== undefined;
  return {
    project_id: 'default',
    received_at: Date.now(),
    trace_id: hex(span.traceId),
    span_id: hex(span.spanId),
    parent_span_id: hex(span.parentSpanId),
    flags: span.flags ?? 0,
    name: span.name ?? '',
    otel_kind: span.kind ?? 0,
    kind: attributes['telltale.step.kind'] ?? attributes['gen_ai.operation.name'] ?? 'other',
    service: resource['service.name'] ?? '',
    service_version: resource['service.version'] ?? '',
    agent: attributes['gen_ai.agent.name'] ?? '',
    session_id: attributes['gen_ai.conversation.id'] ?? '',
    user_id: attributes['user.id'] ?? '',
    start_time: span.startTimeUnixNano,
    duration_ns: String(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)),
    status_code: span.status?.code ?? 0,
    status_message: span.status?.message ?? '',
    is_error: isError ? 1 : 0,
    error_type: failure['exception.type'] ?? '',
    error_message: failure['exception.message'] ?? '',
    model: attributes['gen_ai.request.model'] ?? '',
    provider: attributes['gen_ai.provider.name'] ?? '',
    tokens_in: attributes['gen_ai.usage.input_tokens'] ?? null,
    tokens_out: attributes['gen_ai.usage.output_tokens'] ?? null,
    tool_name: attributes['gen_ai.tool.name'] ?? '',
    decision_name: attributes['telltale.decision.name'] ?? '',
    decision_choice: attributes['telltale.decision.choice'] ?? '',
    decision_confidence: attributes['telltale.decision.confidence.value'] ?? null,
    input: attributes['gen_ai.input.messages'] ?? '',
    output: attributes['gen_ai.output.messages'] ?? '',
    attributes,
    resource,
    scope_name: scopeName,
    scope_version: scopeVersion,
    events: span.events === undefined ? '' : JSON.stringify(span.events),
  };
}

const hex = (bytes: Uint8Array | undefined): string => (bytes === undefined ? '' : Buffer.from(bytes).toString('hex'));

function toObject(pairs: Pair[] | undefined): Record<string, string> {
  return Object.fromEntries((pairs ?? []).map(({ key, value }) => [key, text(value)]));
}

function text(value: Value | undefined): string {
  if (value === undefined) return '';
  if (value.arrayValue !== undefined) return JSON.stringify((value.arrayValue.values ?? []).map(text));
  return String(value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue ?? '');
}

/** A table like `spans` whose ids are hex text, with the same keys and views that a naive version would feed. */
export async function createNaiveTable(db: Database): Promise<void> {
  await db.command(
    `CREATE TABLE IF NOT EXISTS naive_staging ENGINE = Null AS SELECT * REPLACE (hex(trace_id) AS trace_id, hex(span_id) AS span_id, hex(parent_span_id) AS parent_span_id) FROM spans LIMIT 0`,
  );
  await db.command(
    `CREATE MATERIALIZED VIEW IF NOT EXISTS naive_from_staging TO spans AS SELECT * REPLACE (toFixedString(unhex(trace_id), 16) AS trace_id, toFixedString(unhex(span_id), 8) AS span_id, toFixedString(unhex(parent_span_id), 8) AS parent_span_id) FROM naive_staging`,
  );
}
