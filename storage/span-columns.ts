// The columns a reader asks for, by the name they get in the answer. Names differ from the table's wherever the value
// does, because ClickHouse would put the expression into WHERE under the column's own name.
import { ERROR_MESSAGE_MAX_CHARS } from '#contracts/span';

/** One more than is shown: it says whether the last one ends a grapheme, which the engine does not know. */
const BEGINNING_CHARS = ERROR_MESSAGE_MAX_CHARS + 1;

/** What a run is summed up from. */
export const FACT_COLUMNS = {
  traceId: 'lower(hex(trace_id))',
  spanId: 'lower(hex(span_id))',
  parentId: 'lower(hex(parent_span_id))',
  name: 'name',
  kind: 'kind',
  service: 'service',
  agent: 'agent',
  sessionId: 'session_id',
  userId: 'user_id',
  startTime: 'start_time',
  endTime: 'addNanoseconds(start_time, duration_ns)',
  receivedAtMs: 'toUnixTimestamp64Milli(received_at)',
  flags: 'flags',
  otelKind: 'otel_kind',
  isError: 'is_error',
  errorType: 'error_type',
  errorMessage: `leftUTF8(error_message, ${BEGINNING_CHARS})`,
  model: 'model',
  tokensIn: 'tokens_in',
  tokensOut: 'tokens_out',
  costUsd: 'cost_usd',
  toolName: 'tool_name',
  decisionName: 'decision_name',
  decisionChoice: 'decision_choice',
  confidence: 'decision_confidence',
  threshold: 'decision_threshold',
  retryAttempt: 'retry_attempt',
  escalationTarget: 'escalation_target',
  decisionOutcome: 'decision_outcome',
  decisionOptions: 'decision_options',
  confidenceSource: 'decision_confidence_source',
  stopReason: 'stop_reason',
  reason: `leftUTF8(reason, ${BEGINNING_CHARS})`,
  marks: 'marks',
} as const;

/** The skeleton of a trace: the facts, and the rest of a SpanRow. No payloads. */
export const ROW_COLUMNS = {
  ...FACT_COLUMNS,
  durationNs: 'duration_ns',
  fingerprint: 'fingerprint',
  provider: 'provider',
  tokensCached: 'tokens_cached',
  tokensReasoning: 'tokens_reasoning',
} as const;

/** The whole span. Maps come as keys and values: a hostile key never becomes a property of an object. */
export const DETAIL_COLUMNS = {
  ...ROW_COLUMNS,
  serviceVersion: 'service_version',
  agentVersion: 'agent_version',
  statusCode: 'status_code',
  statusMessage: 'status_message',
  toolCallId: 'tool_call_id',
  input: 'input',
  output: 'output',
  decisionReasoning: 'decision_reasoning',
  decisionOptionDetails: 'decision_option_details',
  decisionAction: 'decision_action',
  attributeKeys: 'mapKeys(attributes)',
  attributeValues: 'mapValues(attributes)',
  attributeTypes: 'attribute_types',
  resourceKeys: 'mapKeys(resource)',
  resourceValues: 'mapValues(resource)',
  resourceTypes: 'resource_types',
  scopeName: 'scope_name',
  scopeVersion: 'scope_version',
  scopeAttributes: 'scope_attributes',
  events: 'events',
  links: 'links',
  receivedAt: 'received_at',
} as const;

export type Columns = Readonly<Record<string, string>>;

/** A column's value as the engine answers it in JSON: 64-bit integers and times are strings. */
export type Cell = string | number | null | readonly string[];
export type Cells<C extends Columns> = { readonly [K in keyof C]: Cell };

/** The select list for columns. */
export function selectList(columns: Columns): string {
  return Object.entries(columns)
    .map(([name, expression]) => (name === expression ? name : `${expression} AS ${name}`))
    .join(', ');
}

/** Turns one row of an answer into cells by column name. Made once per query: a trace may have ten thousand rows. */
export function cellReader<C extends Columns>(columns: C): (tuple: readonly Cell[]) => Cells<C> {
  const names = Object.keys(columns);
  return (tuple) => {
    const cells: Record<string, Cell> = {};
    for (let i = 0; i < names.length; i++) cells[names[i] as string] = tuple[i] ?? null;
    return cells as Cells<C>;
  };
}
