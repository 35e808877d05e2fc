// OTLP's AnyValue: what type it is, where its bytes are, and its text form. Text forms are those of the data
// dictionary: decimal for numbers, JSON for lists and maps, base64 for bytes.
import { BYTES, FIXED64, VARINT, type Wire } from './wire.ts';

/** Type letters, as stored in `attribute_types` (docs/data-dictionary.md). */
export const TYPE = {
  empty: 110, // n
  string: 115, // s
  int: 105, // i
  double: 100, // d
  bool: 98, // b
  array: 97, // a
  kvlist: 107, // k
  bytes: 120, // x
} as const;

/** Lists and maps deeper than this are replaced by a note: nothing downstream should recurse without a bound. */
export const MAX_DEPTH = 32;
const TOO_DEEP = `[nested deeper than ${MAX_DEPTH} levels]`;

/** One value, in place. Reused: read what is needed before the next `readAnyValue`. */
export interface AnyValue {
  type: number;
  /** The bytes of a string, list, map or byte value. */
  start: number;
  end: number;
  /** A double, or 0/1 for a bool. */
  number: number;
  /** The halves of an int. */
  low: number;
  high: number;
}

export const newAnyValue = (): AnyValue => ({ type: TYPE.empty, start: 0, end: 0, number: 0, low: 0, high: 0 });

/** Reads an AnyValue message that ends at `end`. The last field wins, as in any protobuf oneof. */
export function readAnyValue(wire: Wire, end: number, value: AnyValue): void {
  value.type = TYPE.empty;
  while (wire.field(end)) {
    const { number, type } = wire;
    if (type === BYTES && (number === 1 || (number >= 5 && number <= 7))) {
      value.end = wire.block(end);
      value.start = wire.at;
      wire.at = value.end;
      value.type = number === 1 ? TYPE.string : number === 5 ? TYPE.array : number === 6 ? TYPE.kvlist : TYPE.bytes;
    } else if (number === 2 && type === VARINT) {
      wire.varint64(end);
      value.number = wire.low !== 0 || wire.high !== 0 ? 1 : 0;
      value.type = TYPE.bool;
    } else if (number === 3 && type === VARINT) {
      wire.varint64(end);
      value.low = wire.low;
      value.high = wire.high;
      value.type = TYPE.int;
    } else if (number === 4 && type === FIXED64) {
      value.number = wire.double(end);
      value.type = TYPE.double;
    } else wire.skip(end); // string_value_strindex (8) among them: absent, by the specification
  }
}

/** The decimal text of a signed 64-bit integer. */
export function intText(low: number, high: number): string {
  if (high === 0) return String(low);
  if (high === 0xffffffff && low >= 0x80000000) return String(low | 0);
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low)).toString();
}

/** An int as a number; not exact beyond 2^53. */
export const intNumber = (low: number, high: number): number => (high | 0) * 4294967296 + low;

/** The text form of a value that is not a plain string. */
export function valueText(wire: Wire, value: AnyValue): string {
  switch (value.type) {
    case TYPE.string:
      return wire.bytes.toString('utf8', value.start, value.end);
    case TYPE.int:
      return intText(value.low, value.high);
    case TYPE.double:
      return String(value.number);
    case TYPE.bool:
      return value.number === 1 ? 'true' : 'false';
    case TYPE.bytes:
      return wire.bytes.toString('base64', value.start, value.end);
    case TYPE.array:
    case TYPE.kvlist:
      return valueJson(wire, value);
    default:
      return '';
  }
}

/** The value as JSON text. Numbers that JSON does not have (NaN, Infinity) are strings. */
export function valueJson(wire: Wire, value: AnyValue, depth = 0): string {
  switch (value.type) {
    case TYPE.int: {
      const text = intText(value.low, value.high);
      return Number.isSafeInteger(Number(text)) ? text : `"${text}"`;
    }
    case TYPE.double:
      return Number.isFinite(value.number) ? String(value.number) : `"${value.number}"`;
    case TYPE.bool:
      return value.number === 1 ? 'true' : 'false';
    case TYPE.array:
      return depth >= MAX_DEPTH ? JSON.stringify(TOO_DEEP) : `[${listItems(wire, value, depth).join(',')}]`;
    case TYPE.kvlist:
      return depth >= MAX_DEPTH ? JSON.stringify(TOO_DEEP) : `{${mapItems(wire, value, depth).join(',')}}`;
    case TYPE.string:
    case TYPE.bytes:
      return JSON.stringify(valueText(wire, value));
    default:
      return 'null';
  }
}

function listItems(wire: Wire, list: AnyValue, depth: number): string[] {
  const items: string[] = [];
  const resume = wire.at;
  wire.at = list.start;
  const { end } = list;
  while (wire.field(end)) {
    if (wire.number !== 1 || wire.type !== BYTES) {
      wire.skip(end);
      continue;
    }
    const item = newAnyValue();
    readAnyValue(wire, wire.block(end), item);
    items.push(valueJson(wire, item, depth + 1));
  }
  wire.at = resume;
  return items;
}

function mapItems(wire: Wire, map: AnyValue, depth: number): string[] {
  const items: string[] = [];
  const resume = wire.at;
  wire.at = map.start;
  const { end } = map;
  const pair = newKeyValue();
  while (wire.field(end)) {
    if (wire.number !== 1 || wire.type !== BYTES) {
      wire.skip(end);
      continue;
    }
    readKeyValue(wire, wire.block(end), pair);
    const key = wire.bytes.toString('utf8', pair.keyStart, pair.keyEnd);
    items.push(`${JSON.stringify(key)}:${valueJson(wire, { ...pair.value }, depth + 1)}`);
  }
  wire.at = resume;
  return items;
}

export interface KeyValue {
  keyStart: number;
  keyEnd: number;
  value: AnyValue;
}

export const newKeyValue = (): KeyValue => ({ keyStart: 0, keyEnd: 0, value: newAnyValue() });

/** Reads a KeyValue message that ends at `end`. A missing key is the empty key. */
export function readKeyValue(wire: Wire, end: number, pair: KeyValue): void {
  pair.keyStart = 0;
  pair.keyEnd = 0;
  pair.value.type = TYPE.empty;
  while (wire.field(end)) {
    if (wire.number === 1 && wire.type === BYTES) {
      pair.keyEnd = wire.block(end);
      pair.keyStart = wire.at;
      wire.at = pair.keyEnd;
    } else if (wire.number === 2 && wire.type === BYTES) readAnyValue(wire, wire.block(end), pair.value);
    else wire.skip(end);
  }
}
