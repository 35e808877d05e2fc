// A block of spans under construction: one column object per column of the table `spans`, in the table's order. The
// collector writes values straight from the request's bytes into the columns; no object is made per span.
import { NativeBlock } from './native/block.ts';
import {
  type Column,
  FixedColumn,
  NameColumn,
  NullableColumn,
  StringArrayColumn,
  StringColumn,
} from './native/columns.ts';
import { LowCardinalityColumn, StringMapColumn } from './native/low-cardinality.ts';

const lc = () => new LowCardinalityColumn();
const name = () => new NameColumn();
const text = () => new StringColumn();
const u8 = () => new FixedColumn('UInt8', 1);
const u32 = () => new FixedColumn('UInt32', 4);
const count = () => new NullableColumn('UInt64');
const double = () => new NullableColumn('Float64');

/** The columns by their names in the table; order is the order of the Native block. */
export function createSpanColumns() {
  return {
    project_id: lc(),
    received_at: new FixedColumn("DateTime64(3, 'UTC')", 8),
    trace_id: new FixedColumn('FixedString(16)', 16),
    span_id: new FixedColumn('FixedString(8)', 8),
    parent_span_id: new FixedColumn('FixedString(8)', 8),
    flags: u32(),
    trace_state: text(),
    name: lc(),
    otel_kind: u8(),
    kind: lc(),
    service: lc(),
    service_version: lc(),
    agent: lc(),
    agent_version: lc(),
    session_id: name(),
    user_id: name(),
    start_time: new FixedColumn("DateTime64(9, 'UTC')", 8),
    duration_ns: new FixedColumn('UInt64', 8),
    status_code: u8(),
    is_error: u8(),
    error_type: lc(),
    error_message: text(),
    error_template: text(),
    fingerprint: text(),
    fingerprint_version: u8(),
    model: lc(),
    provider: lc(),
    tokens_in: count(),
    tokens_out: count(),
    tokens_cached: count(),
    tokens_reasoning: count(),
    cost_usd: double(),
    tool_name: lc(),
    tool_call_id: name(),
    decision_name: lc(),
    decision_choice: lc(),
    // As the choice, which is one of them.
    decision_options: new StringArrayColumn(name()),
    decision_confidence: double(),
    decision_confidence_source: lc(),
    decision_threshold: double(),
    decision_outcome: lc(),
    decision_action: text(),
    retry_attempt: count(),
    escalation_target: lc(),
    stop_reason: lc(),
    reason: text(),
    marks: new StringArrayColumn(),
    status_message: text(),
    decision_reasoning: text(),
    decision_option_details: text(),
    input: text(),
    output: text(),
    attributes: new StringMapColumn(),
    attribute_types: text(),
    resource: new StringMapColumn(),
    resource_types: text(),
    scope_name: lc(),
    scope_version: lc(),
    scope_attributes: text(),
    events: text(),
    links: text(),
    dropped_attributes: u32(),
    dropped_events: u32(),
    dropped_links: u32(),
  } satisfies Record<string, Column>;
}
export type SpanColumns = ReturnType<typeof createSpanColumns>;

/** Spans waiting to be written as one block. Not shared between a write under way and a decoder: see `encode`. */
export class SpanBlock extends NativeBlock<SpanColumns> {
  constructor() {
    super(createSpanColumns());
  }

  /** About how many bytes wait here: the columns of text, which are nearly all of it. */
  get bytes(): number {
    const { input, output, attributes, resource, events, error_message: message } = this.columns;
    return input.bytes + output.bytes + attributes.bytes + resource.bytes + events.bytes + message.bytes;
  }
}
