// Numbers, however clients send them.
import { type AnyValue, intNumber, TYPE } from '../wire/any-value.ts';
import type { AttributeList } from './fields/attribute-list.ts';
import type { FieldWire } from './fields/field-wire.ts';

/** The number at `index`: int, double, or text that is one. null when it is none of these, or for −1. */
export function numberOf(wire: FieldWire, list: AttributeList, index: number): number | null {
  if (index < 0) return null;
  const value = list.values[index] as AnyValue;
  if (value.type === TYPE.int) return intNumber(value.low, value.high);
  if (value.type === TYPE.double) return Number.isFinite(value.number) ? value.number : null;
  if (value.type !== TYPE.string || value.end - value.start > 40) return null;
  const text = list.text(wire, index).trim();
  const number = text === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : null;
}
