// Masks one attribute value in place, whatever its type: texts, and the texts inside lists and maps.
import {
  type AnyValue,
  MAX_DEPTH,
  newAnyValue,
  newKeyValue,
  readAnyValue,
  readKeyValue,
  TYPE,
} from '../otlp/any-value.ts';
import { BYTES, type Wire } from '../otlp/wire.ts';
import { noteInstead } from './cut-long.ts';
import type { FieldKind } from './field-kind.ts';
import type { Redactor } from './redactor.ts';

/** The largest list or map that is stored. */
export const MAX_TREE_BYTES = 1024 * 1024;

/**
 * Masks and cuts a value that `readAnyValue` read; its type and end may change. Numbers and booleans stay: what a name says
 * of a number is nearly always that it counts or bounds something.
 * @param field what its key says of it
 * @throws MalformedError when a list or map cannot be read
 */
export function redactValue(wire: Wire, value: AnyValue, field: FieldKind, redactor: Redactor): void {
  switch (value.type) {
    case TYPE.string:
    case TYPE.bytes:
      value.end = redactor.long(wire.bytes, value.start, value.end, field);
      return;
    case TYPE.array:
    case TYPE.kvlist:
      if (value.end - value.start > MAX_TREE_BYTES) {
        value.end = noteInstead(wire.bytes, value.start, value.end);
        value.type = TYPE.string;
        redactor.stats.truncatedValues++;
      } else if (redactor.masks) walk(wire, value, field, redactor, 0);
  }
}

const DASH = 0x2d;
const LONGEST_OPTION = 64;

/** What `--name` says of the next text of a list; 'text' for anything else. */
function optionField(bytes: Buffer, start: number, end: number, redactor: Redactor): FieldKind {
  if (end - start < 5 || end - start > LONGEST_OPTION || bytes[start] !== DASH || bytes[start + 1] !== DASH)
    return 'text';
  const field = /^[\w-]+$/.test(bytes.toString('latin1', start + 2, end))
    ? redactor.fieldOf(bytes, start + 2, end)
    : 'text';
  return field === 'secret' || field === 'maybe' ? field : 'text';
}

/** Below MAX_DEPTH nothing is looked at, since nothing of it is stored. */
function walk(wire: Wire, tree: AnyValue, field: FieldKind, redactor: Redactor, depth: number): void {
  if (depth >= MAX_DEPTH) return;
  const resume = wire.at;
  const { start, end } = tree;
  const isMap = tree.type === TYPE.kvlist;
  const item = newAnyValue();
  const pair = newKeyValue();
  pair.value = item;
  /** What the option before it in a list of arguments says of a text: `["--password", "x"]`. */
  let ofOption: FieldKind = 'text';
  wire.at = start;
  while (wire.field(end)) {
    if (wire.number !== 1 || wire.type !== BYTES) {
      wire.skip(end);
      continue;
    }
    const stop = wire.block(end);
    let itemField = field;
    if (isMap) {
      readKeyValue(wire, stop, pair);
      // What stands in a secret is one, whatever it is called.
      if (field !== 'secret') itemField = redactor.fieldOf(wire.bytes, pair.keyStart, pair.keyEnd);
      redactor.text(wire.bytes, pair.keyStart, pair.keyEnd);
    } else readAnyValue(wire, stop, item);
    if (item.type === TYPE.string || item.type === TYPE.bytes) {
      const isArgument = !isMap && itemField !== 'secret';
      if (isArgument && ofOption !== 'text' && wire.bytes[item.start] !== DASH) itemField = ofOption;
      ofOption = isArgument ? optionField(wire.bytes, item.start, item.end, redactor) : 'text';
      redactor.text(wire.bytes, item.start, item.end, itemField);
    } else if (item.type === TYPE.array || item.type === TYPE.kvlist) walk(wire, item, itemField, redactor, depth + 1);
    wire.at = stop;
  }
  wire.at = resume;
}
