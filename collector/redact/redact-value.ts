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
import type { Redactor } from './redactor.ts';

/** The largest list or map that is stored. */
export const MAX_TREE_BYTES = 1024 * 1024;

/**
 * Masks and cuts a value that `readAnyValue` read; its type and end may change.
 * @param isSecret its key says that it is a secret
 * @throws MalformedError when a list or map cannot be read
 */
export function redactValue(wire: Wire, value: AnyValue, isSecret: boolean, redactor: Redactor): void {
  switch (value.type) {
    case TYPE.string:
    case TYPE.bytes:
      value.end = redactor.long(wire.bytes, value.start, value.end, isSecret);
      return;
    case TYPE.int:
    case TYPE.double:
      if (!isSecret) return;
      value.type = TYPE.empty;
      redactor.countMasked('key');
      return;
    case TYPE.array:
    case TYPE.kvlist:
      if (value.end - value.start > MAX_TREE_BYTES) {
        value.end = noteInstead(wire.bytes, value.start, value.end);
        value.type = TYPE.string;
        redactor.stats.truncatedValues++;
      } else if (redactor.masks) walk(wire, value, isSecret, redactor, 0);
  }
}

/** Below MAX_DEPTH nothing is looked at, since nothing of it is stored. */
function walk(wire: Wire, tree: AnyValue, isSecret: boolean, redactor: Redactor, depth: number): void {
  if (depth >= MAX_DEPTH) return;
  const resume = wire.at;
  const { start, end } = tree;
  const isMap = tree.type === TYPE.kvlist;
  const item = newAnyValue();
  const pair = newKeyValue();
  pair.value = item;
  wire.at = start;
  while (wire.field(end)) {
    if (wire.number !== 1 || wire.type !== BYTES) {
      wire.skip(end);
      continue;
    }
    const stop = wire.block(end);
    let isItemSecret = isSecret;
    if (isMap) {
      readKeyValue(wire, stop, pair);
      isItemSecret ||= redactor.isSecretKey(wire.bytes, pair.keyStart, pair.keyEnd);
    } else readAnyValue(wire, stop, item);
    leaf(wire, item, stop, isItemSecret, redactor, depth);
    wire.at = stop;
  }
  wire.at = resume;
}

function leaf(wire: Wire, item: AnyValue, stop: number, isSecret: boolean, redactor: Redactor, depth: number): void {
  const { bytes } = wire;
  if (item.type === TYPE.string || item.type === TYPE.bytes) {
    if (isSecret) redactor.whole(bytes, item.start, item.end);
    else redactor.text(bytes, item.start, item.end);
  } else if (item.type === TYPE.array || item.type === TYPE.kvlist) walk(wire, item, isSecret, redactor, depth + 1);
  else if (isSecret && (item.type === TYPE.int || item.type === TYPE.double)) zero(bytes, item, stop, redactor);
}

const INT_TAG = 0x18;
const DOUBLE_TAG = 0x21;

/** A number becomes 0, as long as it was. It ends its message with every encoder known; else it is left alone. */
function zero(bytes: Buffer, item: AnyValue, stop: number, redactor: Redactor): void {
  let at = item.type === TYPE.double ? stop - 8 : stop - 1;
  // A varint's bytes before its last one have the high bit set.
  if (item.type === TYPE.int) while (at > stop - 10 && (bytes[at - 1] as number) >= 0x80) at--;
  if (bytes[at - 1] !== (item.type === TYPE.double ? DOUBLE_TAG : INT_TAG)) return;
  bytes.fill(item.type === TYPE.double ? 0 : 0x80, at, stop);
  bytes[stop - 1] = 0;
  redactor.countMasked('key');
}
