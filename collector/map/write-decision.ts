// The decision columns of a row.
import type { SpanKind } from '#contracts/span';
import type { SpanColumns } from '#storage/span-block';
import { type AnyValue, newAnyValue, readAnyValue, TYPE, valueText } from '../wire/any-value.ts';
import { BYTES } from '../wire/wire.ts';
import { type Derived, SLOT } from './dialects/dialect.ts';
import type { FieldWire } from './fields/field-wire.ts';
import type { SpanFields } from './fields/span-fields.ts';
import { putName, putText } from './put.ts';
import type { Slots } from './slots.ts';

export function writeDecision(
  wire: FieldWire,
  span: SpanFields,
  slots: Slots,
  kind: SpanKind,
  columns: SpanColumns,
): void {
  const list = span.attributes;
  if (slots.has(SLOT.decisionName) || kind !== 'decision')
    putName(wire, span, slots, SLOT.decisionName, columns.decision_name);
  else columns.decision_name.slice(wire.bytes, span.name.start, span.name.end);
  putName(wire, span, slots, SLOT.decisionChoice, columns.decision_choice);
  putName(wire, span, slots, SLOT.decisionConfidenceSource, columns.decision_confidence_source);
  putName(wire, span, slots, SLOT.decisionOutcome, columns.decision_outcome);
  putText(wire, span, slots, SLOT.decisionAction, columns.decision_action);
  putText(wire, span, slots, SLOT.decisionReasoning, columns.decision_reasoning);
  putText(wire, span, slots, SLOT.decisionOptionDetails, columns.decision_option_details);
  columns.decision_confidence.double(share(slots.number(wire, list, SLOT.decisionConfidence)));
  columns.decision_threshold.double(share(slots.number(wire, list, SLOT.decisionThreshold)));
  const options = slots.at(SLOT.decisionOptions);
  if (options >= 0) writeOptions(wire, list.values[options] as AnyValue, columns);
  else writeTexts(slots.workedOut(SLOT.decisionOptions), columns);
  columns.decision_options.endRow();
}

/** A confidence or threshold: 0..1, else null (the raw value stays in the attributes). */
const share = (value: number | null): number | null => (value !== null && value >= 0 && value <= 1 ? value : null);

/** The options of a decision: a list of texts; anything else in the list as its text form. */
function writeOptions(wire: FieldWire, options: AnyValue, columns: SpanColumns): void {
  if (options.type !== TYPE.array) return;
  const item = newAnyValue();
  wire.at = options.start;
  while (wire.field(options.end)) {
    if (wire.number !== 1 || wire.type !== BYTES) {
      wire.skip(options.end);
      continue;
    }
    readAnyValue(wire, wire.block(options.end), item);
    if (item.type === TYPE.string) columns.decision_options.item(wire.bytes, item.start, item.end);
    else writeOption(valueText(wire, item), columns);
  }
}

/** Options that a table worked out. */
function writeTexts(options: Derived | null, columns: SpanColumns): void {
  if (typeof options === 'string') writeOption(options, columns);
  else if (typeof options === 'object') for (const option of options ?? []) writeOption(option, columns);
}

function writeOption(option: string, columns: SpanColumns): void {
  const text = Buffer.from(option);
  columns.decision_options.item(text, 0, text.length);
}
