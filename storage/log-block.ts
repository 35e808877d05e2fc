// A block of log records under construction: one column object per column of the table `logs`, in the table's order.
import { NativeBlock } from './native/block.ts';
import { type Column, FixedColumn, StringColumn } from './native/columns.ts';
import { LowCardinalityColumn, StringMapColumn } from './native/low-cardinality.ts';

/** The columns by their names in the table; order is the order of the Native block. */
export function createLogColumns() {
  return {
    project_id: new LowCardinalityColumn(),
    received_at: new FixedColumn("DateTime64(3, 'UTC')", 8),
    time: new FixedColumn("DateTime64(9, 'UTC')", 8),
    trace_id: new FixedColumn('FixedString(16)', 16),
    span_id: new FixedColumn('FixedString(8)', 8),
    record_id: new FixedColumn('UInt64', 8),
    flags: new FixedColumn('UInt32', 4),
    severity_number: new FixedColumn('UInt8', 1),
    severity_text: new LowCardinalityColumn(),
    event_name: new LowCardinalityColumn(),
    service: new LowCardinalityColumn(),
    scope_name: new LowCardinalityColumn(),
    body: new StringColumn(),
    attributes: new StringMapColumn(),
    attribute_types: new StringColumn(),
  } satisfies Record<string, Column>;
}
export type LogColumns = ReturnType<typeof createLogColumns>;

/** Log records waiting to be written as one block. */
export class LogBlock extends NativeBlock<LogColumns> {
  constructor() {
    super(createLogColumns());
  }

  /** About how many bytes wait here: the columns of text, which are nearly all of it. */
  get bytes(): number {
    const { body, attributes } = this.columns;
    return body.bytes + attributes.bytes;
  }
}
