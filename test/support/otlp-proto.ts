// OTLP's trace messages for protobufjs: an independent encoder and decoder, to test ours against and to measure with.
// Field numbers from https://github.com/open-telemetry/opentelemetry-proto (trace/v1, common/v1, resource/v1).
import protobuf from 'protobufjs';

const PROTO = `
syntax = "proto3";
message AnyValue { oneof value { string stringValue = 1; bool boolValue = 2; int64 intValue = 3; double doubleValue = 4; ArrayValue arrayValue = 5; KeyValueList kvlistValue = 6; bytes bytesValue = 7; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message InstrumentationScope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 droppedAttributesCount = 4; }
message Resource { repeated KeyValue attributes = 1; uint32 droppedAttributesCount = 2; }
message Status { string message = 2; int32 code = 3; }
message Event { fixed64 timeUnixNano = 1; string name = 2; repeated KeyValue attributes = 3; uint32 droppedAttributesCount = 4; }
message Link { bytes traceId = 1; bytes spanId = 2; string traceState = 3; repeated KeyValue attributes = 4; uint32 droppedAttributesCount = 5; fixed32 flags = 6; }
message Span {
  bytes traceId = 1; bytes spanId = 2; string traceState = 3; bytes parentSpanId = 4; string name = 5; int32 kind = 6;
  fixed64 startTimeUnixNano = 7; fixed64 endTimeUnixNano = 8; repeated KeyValue attributes = 9; uint32 droppedAttributesCount = 10;
  repeated Event events = 11; uint32 droppedEventsCount = 12; repeated Link links = 13; uint32 droppedLinksCount = 14; Status status = 15; fixed32 flags = 16;
}
message ScopeSpans { InstrumentationScope scope = 1; repeated Span spans = 2; string schemaUrl = 3; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopeSpans = 2; string schemaUrl = 3; }
message ExportTraceServiceRequest { repeated ResourceSpans resourceSpans = 1; }
message ExportTracePartialSuccess { int64 rejectedSpans = 1; string errorMessage = 2; }
message ExportTraceServiceResponse { ExportTracePartialSuccess partialSuccess = 1; }
message RpcStatus { int32 code = 1; string message = 2; }
`;

const { root } = protobuf.parse(PROTO, { keepCase: true });
export const ExportRequest = root.lookupType('ExportTraceServiceRequest');
export const ExportResponse = root.lookupType('ExportTraceServiceResponse');
export const RpcStatus = root.lookupType('RpcStatus');

/** An OTLP/JSON request as plain objects (ids in hex). */
export type JsonRequest = { resourceSpans: Record<string, unknown>[] };

/** The protobuf form of an OTLP/JSON request. */
export function encodeRequest(request: JsonRequest): Buffer {
  return Buffer.from(ExportRequest.encode(ExportRequest.fromObject(withBytes(request) as object)).finish());
}

/** ids are hex in OTLP/JSON, and bytes for protobufjs. */
function withBytes(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => withBytes(item, key));
  if (typeof value === 'string' && /^(traceId|spanId|parentSpanId)$/.test(key)) return Buffer.from(value, 'hex');
  if (typeof value === 'string' && key === 'bytesValue') return Buffer.from(value, 'base64');
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withBytes(inner, name)]));
}

/** The OTLP/JSON form of a protobuf request. */
export function decodeRequest(body: Buffer): JsonRequest {
  const plain = ExportRequest.toObject(ExportRequest.decode(body), { longs: String, bytes: Buffer }) as JsonRequest;
  return withText(plain) as JsonRequest;
}

function withText(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => withText(item, key));
  if (Buffer.isBuffer(value)) return value.toString(key === 'bytesValue' ? 'base64' : 'hex');
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withText(inner, name)]));
}
