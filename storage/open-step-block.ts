// A block of open steps under construction: one column object per column of the table `open_steps`, in its order.
import { NativeBlock } from './native/block.ts';
import { type Column, FixedColumn, NameColumn, StringColumn } from './native/columns.ts';
import { LowCardinalityColumn } from './native/low-cardinality.ts';

/** The columns by their names in the table; order is the order of the Native block. */
export function createOpenStepColumns() {
  return {
    project_id: new LowCardinalityColumn(),
    received_at: new FixedColumn("DateTime64(3, 'UTC')", 8),
    trace_id: new FixedColumn('FixedString(16)', 16),
    span_id: new FixedColumn('FixedString(8)', 8),
    parent_span_id: new FixedColumn('FixedString(8)', 8),
    start_time: new FixedColumn("DateTime64(9, 'UTC')", 8),
    alive_until: new FixedColumn("DateTime64(3, 'UTC')", 8),
    is_first: new FixedColumn('UInt8', 1),
    is_waiting: new FixedColumn('UInt8', 1),
    waiting_for: new StringColumn(),
    name: new LowCardinalityColumn(),
    kind: new LowCardinalityColumn(),
    service: new LowCardinalityColumn(),
    agent: new LowCardinalityColumn(),
    session_id: new NameColumn(),
    user_id: new NameColumn(),
  } satisfies Record<string, Column>;
}

/** Open steps waiting to be written as one block. */
export class OpenStepBlock extends NativeBlock<ReturnType<typeof createOpenStepColumns>> {
  constructor() {
    super(createOpenStepColumns());
  }

  /** About how many bytes wait here. */
  get bytes(): number {
    return this.rows * 128;
  }
}
