// Small writers shared by what fills a row: what fills a slot into a column of text.
import type { StringColumn } from '#storage/native/columns';
import type { LowCardinalityColumn } from '#storage/native/low-cardinality';
import { cutText } from '../redact/cut-long.ts';
import { type AnyValue, TYPE, valueText } from '../wire/any-value.ts';
import type { FieldWire } from './fields/field-wire.ts';
import type { Slice, SpanFields } from './fields/span-fields.ts';
import type { Slots } from './slots.ts';

/** What fills the slot, as text; empty for none. */
export function putName(
  wire: FieldWire,
  span: SpanFields,
  slots: Slots,
  slot: number,
  column: LowCardinalityColumn,
): void {
  const index = slots.at(slot);
  if (index < 0) {
    column.text(slots.has(slot) ? cutText(String(slots.workedOut(slot))) : '');
    return;
  }
  const value = span.attributes.values[index] as AnyValue;
  if (value.type === TYPE.string) column.slice(wire.bytes, value.start, value.end);
  else column.text(valueText(wire, value));
}

/** As putName, for a column without a dictionary. */
export function putText(wire: FieldWire, span: SpanFields, slots: Slots, slot: number, column: StringColumn): void {
  const index = slots.at(slot);
  if (index < 0) {
    column.text(slots.has(slot) ? cutText(String(slots.workedOut(slot))) : '');
    return;
  }
  const value = span.attributes.values[index] as AnyValue;
  if (value.type === TYPE.string) column.slice(wire.bytes, value.start, value.end);
  else column.text(valueText(wire, value));
}

export const sliceText = (wire: FieldWire, part: Slice): string => wire.bytes.toString('utf8', part.start, part.end);
