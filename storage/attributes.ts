// Attributes are stored as text beside one type letter each (docs/data-dictionary.md); here they become values again.
// s string, i integer, d double, b boolean, a array, k key-value list, x bytes, n empty; I and O are strings whose text
// is in the span's input or output column.
import type { Attributes, AttributeValue, SpanEvent, SpanLink } from '#contracts/span';

/** The columns that hold the text of attributes typed I and O. */
export interface Elsewhere {
  readonly I: string;
  readonly O: string;
}
type StoredAttribute = readonly [key: string, type: string, value: string];

/** A value of one type letter. Integers beyond 2^53 stay decimal text, and so do NaN and the infinities: JSON has none. */
export function decodeValue(type: string, stored: string, elsewhere?: Elsewhere): AttributeValue {
  switch (type) {
    case 'i':
      return Number.isSafeInteger(Number(stored)) ? Number(stored) : stored;
    case 'd':
      return Number.isFinite(Number(stored)) ? Number(stored) : stored;
    case 'b':
      return stored === 'true';
    case 'a':
    case 'k':
      return parse<AttributeValue>(stored, stored);
    case 'n':
      return null;
    case 'I':
      return elsewhere?.I ?? stored;
    case 'O':
      return elsewhere?.O ?? stored;
    default:
      return stored;
  }
}

/** `Object.fromEntries` defines own properties, so a key named `__proto__` is a key like any other; the last of equal keys stays. */
export function decodeAttributes(
  keys: readonly string[],
  types: string,
  values: readonly string[],
  elsewhere?: Elsewhere,
): Attributes {
  return Object.fromEntries(keys.map((key, i) => [key, decodeValue(types[i] ?? 's', values[i] ?? '', elsewhere)]));
}

export function decodeScopeAttributes(stored: string): Attributes {
  return stored === '' ? {} : parse<Attributes>(stored, {});
}

export function decodeEvents(stored: string): SpanEvent[] {
  const events = parse<{ name: string; timeUnixNano: string; attributes: StoredAttribute[] }[]>(stored || '[]', []);
  return events.map(({ name, timeUnixNano, attributes }) => ({
    name,
    time: isoFromNanoseconds(timeUnixNano),
    attributes: fromTriples(attributes),
  }));
}

export function decodeLinks(stored: string): SpanLink[] {
  const links = parse<{ traceId: string; spanId: string; attributes: StoredAttribute[] }[]>(stored || '[]', []);
  return links.map(({ traceId, spanId, attributes }) => ({ traceId, spanId, attributes: fromTriples(attributes) }));
}

function fromTriples(attributes: readonly StoredAttribute[]): Attributes {
  return Object.fromEntries(attributes.map(([key, type, value]) => [key, decodeValue(type, value)]));
}

/** @param decimal nanoseconds since 1970 */
function isoFromNanoseconds(decimal: string): string {
  const ns = BigInt(decimal);
  const seconds = new Date(Number(ns / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(ns % 1_000_000_000n).padStart(9, '0')}Z`;
}

/** What we stored is JSON; should a row be damaged, one bad value must not hide the rest of the span. */
function parse<T>(json: string, otherwise: T): T {
  try {
    return JSON.parse(json) as T;
  } catch {
    return otherwise;
  }
}
