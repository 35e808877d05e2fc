// Masks one attribute value in place, whatever its type: texts, and the texts inside lists and maps.
import {
  credentialsIn,
  isArgumentSecret,
  isPairedSecret,
  knownNameKind,
  loginColon,
  NAME,
  optionKind,
} from '#domain/secrets';
import {
  type AnyValue,
  MAX_DEPTH,
  newAnyValue,
  newKeyValue,
  readAnyValue,
  readKeyValue,
  TYPE,
} from '../wire/any-value.ts';
import { BYTES, type Wire } from '../wire/wire.ts';
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

const LONGEST_NAME = 64;

/**
 * Where the secret begins in a text of a list, by the text before it: `["--password", "x"]`, `["-u", "name:password"]`, and,
 * in a list of two, `["x-api-key", "x"]`; -1 when it says nothing.
 */
function listedSecret(bytes: Buffer, before: string, isPair: boolean, start: number, end: number): number {
  if (before === '') return -1;
  if (before === '-u' || before === '--user') {
    const colon = loginColon(bytes, start, end);
    return colon === 0 ? -1 : colon + 1;
  }
  if (before.startsWith('--')) return isArgumentSecret(bytes, optionKind(before), start, end) ? start : -1;
  const kind = isPair ? knownNameKind(before) : NAME.none;
  return isPairedSecret(bytes, kind, start, end) ? credentialsIn(bytes, kind, start, end) : -1;
}

/** The text, when it may be the name of the next one. */
const nameIn = (bytes: Buffer, start: number, end: number) =>
  end - start >= 2 && end - start <= LONGEST_NAME ? bytes.toString('latin1', start, end) : '';

/** Below MAX_DEPTH nothing is looked at, since nothing of it is stored. */
function walk(wire: Wire, tree: AnyValue, field: FieldKind, redactor: Redactor, depth: number): void {
  if (depth >= MAX_DEPTH) return;
  const resume = wire.at;
  const { start, end } = tree;
  const isMap = tree.type === TYPE.kvlist;
  const item = newAnyValue();
  const pair = newKeyValue();
  pair.value = item;
  /** The text before it in a list, and how many values precede it. */
  let before = '';
  let count = 0;
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
      // Everything within a secret is one, whatever its key.
      if (field !== 'secret') itemField = redactor.fieldOf(wire.bytes, pair.keyStart, pair.keyEnd);
      redactor.text(wire.bytes, pair.keyStart, pair.keyEnd);
    } else readAnyValue(wire, stop, item);
    if (item.type === TYPE.string || item.type === TYPE.bytes) {
      const { start: from, end: to } = item;
      const next = isMap ? '' : nameIn(wire.bytes, from, to);
      const secret = isMap ? -1 : listedSecret(wire.bytes, before, count === 1 && stop === end, from, to);
      before = next;
      if (secret >= 0 && itemField !== 'secret') redactor.text(wire.bytes, secret, to, 'secret');
      else redactor.text(wire.bytes, from, to, itemField);
    } else {
      before = '';
      if (item.type === TYPE.array || item.type === TYPE.kvlist) walk(wire, item, itemField, redactor, depth + 1);
    }
    count++;
    wire.at = stop;
  }
  wire.at = resume;
}
