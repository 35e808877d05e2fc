// One log record, from positions in the request to a row of the block.
import { createHash } from 'node:crypto';
import type { LogBlock, LogColumns } from '#storage/log-block';
import type { FixedColumn } from '#storage/native/columns';
import { valueText } from '../wire/any-value.ts';
import type { FieldWire } from './fields/field-wire.ts';
import type { LogFields } from './fields/log-fields.ts';
import type { ResourceContext } from './fields/resource-context.ts';
import { isStorableTime } from './time.ts';

/** Appends the record as one row. @throws MalformedError when a value inside it cannot be read */
export function writeLog(wire: FieldWire, log: LogFields, resource: ResourceContext, block: LogBlock): void {
  const { columns } = block;
  writeRecordId(wire, log, resource, columns.record_id);
  log.redact(wire);
  columns.project_id.text(resource.projectId);
  columns.received_at.sink.u64(resource.receivedAtMs);
  writeTime(log, resource.receivedAtMs, columns.time);
  writeId(wire, log.traceId, 16, columns.trace_id);
  writeId(wire, log.spanId, 8, columns.span_id);
  columns.flags.sink.u32(log.flags);
  columns.severity_number.sink.u8(log.severityNumber <= 24 ? log.severityNumber : 0);
  columns.severity_text.slice(wire.bytes, log.severityText.start, log.severityText.end);
  writeEventName(wire, log, columns);
  columns.service.text(resource.service);
  columns.scope_name.text(resource.scopeName);
  columns.body.text(valueText(wire, log.body));
  log.attributes.writeRow(wire, columns.attributes, columns.attribute_types);
}

/** When it happened; else when it was observed; else when it arrived. */
function writeTime(log: LogFields, receivedAtMs: number, column: FixedColumn): void {
  if (isStorableTime(log.timeLow, log.timeHigh)) column.sink.u64Halves(log.timeLow, log.timeHigh);
  else if (isStorableTime(log.observedLow, log.observedHigh)) column.sink.u64Halves(log.observedLow, log.observedHigh);
  else {
    const ns = BigInt(receivedAtMs) * 1_000_000n;
    column.sink.u64Halves(Number(ns & 0xffffffffn), Number(ns >> 32n));
  }
}

/** An id of another length means that the record belongs to no trace (logs.proto), not that it is refused. */
function writeId(wire: FieldWire, id: { start: number; end: number }, width: number, column: FixedColumn): void {
  if (id.end - id.start === width) column.sink.copy(wire.bytes, id.start, id.end);
  else column.sink.zeros(width);
}

/** OTLP gives records no id: the same bytes from the same service and scope are the same record. */
function writeRecordId(wire: FieldWire, log: LogFields, resource: ResourceContext, column: FixedColumn): void {
  const hash = createHash('sha1')
    .update(JSON.stringify([withoutHash(resource.service), withoutHash(resource.scopeName)]))
    .update(wire.bytes.subarray(log.record.start, log.record.end))
    .digest();
  column.sink.u64Halves(hash.readUInt32LE(0), hash.readUInt32LE(4));
}

/** A mask's hash is another after a restart; the record is the same. */
const withoutHash = (text: string) => text.replace(/(\[redacted:[a-z]{1,12}):[0-9a-f]{4}\]|\*[0-9a-f]{4}\*/g, '$1');

/** The field of its own; before OTLP 1.5 the name was the attribute `event.name`. */
function writeEventName(wire: FieldWire, log: LogFields, columns: LogColumns): void {
  const { eventName, attributes } = log;
  if (eventName.end > eventName.start) {
    columns.event_name.slice(wire.bytes, eventName.start, eventName.end);
    return;
  }
  for (let i = 0; i < attributes.size; i++) {
    if (attributes.key(i) !== 'event.name') continue;
    columns.event_name.text(attributes.text(wire, i));
    return;
  }
  columns.event_name.text('');
}
