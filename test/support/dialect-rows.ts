// Requests decoded and stored without HTTP, and the rows that tests of dialects look at.
import type { Database } from '#storage/database';
import { SpanBlock } from '#storage/span-block';
import { type DecodedSpans, ProtobufDecoder } from '../../collector/decode/decode-protobuf.ts';
import { SpanWriter } from '../../collector/map/write-span.ts';
import { insertBlock } from './insert-block.ts';
import { encodeRequest, type JsonRequest } from './otlp-proto.ts';

/** A span of a fixture: attributes as plain values, ids as small numbers, the rest as OTLP/JSON has it. */
export interface PlainSpan {
  readonly id: number;
  readonly parent?: number;
  readonly name?: string;
  /** 0 unset, 1 ok, 2 error. */
  readonly status?: number;
  readonly statusMessage?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly events?: readonly { readonly name: string; readonly attributes?: Readonly<Record<string, unknown>> }[];
}

const anyValueOf = (value: unknown): unknown => {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValueOf) } };
  return { kvlistValue: { values: attributesOf(value as Record<string, unknown>) } };
};
const attributesOf = (attributes: Readonly<Record<string, unknown>> = {}) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValueOf(value) }));
const spanId = (id: number) => id.toString(16).padStart(16, '0');
const START_NS = 1795386336183000000n;

export function requestOfPlain(spans: readonly PlainSpan[], trace = 1): JsonRequest {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ 'service.name': 'shop' }) },
        scopeSpans: [
          {
            scope: { name: 'test' },
            spans: spans.map((span) => ({
              traceId: trace.toString(16).padStart(32, '0'),
              spanId: spanId(span.id),
              ...(span.parent === undefined ? {} : { parentSpanId: spanId(span.parent) }),
              name: span.name ?? `span ${span.id}`,
              kind: 1,
              startTimeUnixNano: String(START_NS),
              endTimeUnixNano: String(START_NS + 1_000_000n),
              status: { code: span.status ?? 0, message: span.statusMessage ?? '' },
              attributes: attributesOf(span.attributes),
              events: (span.events ?? []).map(({ name, attributes }) => ({
                name,
                timeUnixNano: String(START_NS),
                attributes: attributesOf(attributes),
              })),
            })),
          },
        ],
      },
    ],
  } as JsonRequest;
}

/** Decodes requests, in order, into one block. */
export function decodeAll(requests: readonly JsonRequest[]): { block: SpanBlock; decoded: DecodedSpans[] } {
  const decoder = new ProtobufDecoder(new SpanWriter());
  const block = new SpanBlock();
  const batch = { projectId: 'default', receivedAtMs: 1795386337000 };
  return { block, decoded: requests.map((request) => decoder.decode(encodeRequest(request), batch, block)) };
}

const COLUMNS = `name, CAST(kind, 'String') AS kind, agent, session_id, user_id, model, provider, input, output,
  tokens_in, tokens_out, tokens_cached, tokens_reasoning, cost_usd, CAST(is_error, 'Bool') AS is_error, error_type, error_message, tool_name,
  tool_call_id, decision_name, decision_choice, decision_options, decision_option_details, decision_confidence,
  decision_confidence_source, escalation_target`;
export type DialectRow = Record<string, unknown>;

/** Stores the block and gives its rows by the number of their span; counts are numbers. */
export async function storeRows(db: Database, block: SpanBlock): Promise<Map<string, DialectRow>> {
  await insertBlock(db, 'spans', block.encode());
  const rows = await db.query<DialectRow>(
    `SELECT reinterpretAsUInt64(reverse(trace_id)) AS trace, reinterpretAsUInt64(reverse(span_id)) AS id, ${COLUMNS} FROM spans`,
  );
  return new Map(
    rows.map((row) => {
      for (const [key, value] of Object.entries(row)) {
        if (key.startsWith('tokens_') && value !== null) row[key] = Number(value);
      }
      return [`${row.trace}/${row.id}`, row];
    }),
  );
}
