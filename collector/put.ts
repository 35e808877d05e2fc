// Small writers shared by what fills a row: an attribute of the span into a column of text.
import type { StringColumn } from '#storage/native/columns';
import type { LowCardinalityColumn } from '#storage/native/low-cardinality';
import { TYPE, valueText } from './otlp/any-value.ts';
import type { Slice, SpanFields } from './otlp/span-fields.ts';
import type { Wire } from './otlp/wire.ts';

/** The attribute at `index` as text; empty for −1. */
export function putName(wire: Wire, span: SpanFields, index: number, column: LowCardinalityColumn): void {
  const value = span.attributes.values[index];
  if (index < 0 || value === undefined) column.text('');
  else if (value.type === TYPE.string) column.slice(wire.bytes, value.start, value.end);
  else column.text(valueText(wire, value));
}

/** As putName, for a column without a dictionary. */
export function putText(wire: Wire, span: SpanFields, index: number, column: StringColumn): void {
  const value = span.attributes.values[index];
  if (index < 0 || value === undefined) column.text('');
  else if (value.type === TYPE.string) column.slice(wire.bytes, value.start, value.end);
  else column.text(valueText(wire, value));
}

export const sliceText = (wire: Wire, part: Slice): string => wire.bytes.toString('utf8', part.start, part.end);
