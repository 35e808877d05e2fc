// Binding of query parameters. A ClickHouse server binds them itself; the embedded engine serialises bound queries
// across the whole process, so there they become typed, validated literals. Both ways read the same SQL.
import { headOf } from '#domain/clip';
import type { Param, Params } from './database.ts';

// Id16 and Id8 are ours: hex in, FixedString bytes in the query.
const PLACEHOLDER = /(\bIN )?\{(\w+):([A-Za-z0-9()]+)\}/g;

/**
 * From this many items on, `x IN {items:Array(T)}` asks for a set. The engine compares each row with each item of an
 * array: 50,000 names among 150,000 rows took it minutes, as a set less than a second.
 */
const SET_FROM_ITEMS = 100;

class BindError extends Error {
  constructor(name: string, type: string, value: unknown) {
    super(`parameter ${name} is not a ${type}: ${headOf(String(value), 60)}`);
    this.name = 'BindError';
  }
}

function placeholders(
  sql: string,
  params: Params,
  write: (name: string, type: string, value: Param) => string,
): string {
  return sql.replace(PLACEHOLDER, (_whole, isIn: string | undefined, name: string, type: string) => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    if (value === undefined) throw new Error(`no value for parameter ${name}`);
    const written = write(name, type, value);
    if (isIn === undefined) return written;
    return Array.isArray(value) && value.length >= SET_FROM_ITEMS
      ? `IN (SELECT arrayJoin(${written}))`
      : `IN ${written}`;
  });
}

function checked(name: string, type: string, value: Param): Param {
  const ok = {
    String: typeof value === 'string',
    UInt8: isInteger(value, 0n, 255n),
    UInt32: isInteger(value, 0n, 4294967295n),
    UInt64: isInteger(value, 0n, 18446744073709551615n),
    Int64: isInteger(value, -9223372036854775808n, 9223372036854775807n),
    Float64: typeof value === 'number' && Number.isFinite(value),
    Id16: typeof value === 'string' && /^[0-9a-f]{32}$/.test(value),
    Id8: typeof value === 'string' && /^[0-9a-f]{16}$/.test(value),
    'Array(String)': Array.isArray(value) && value.every((item) => typeof item === 'string'),
    'Array(UInt32)': Array.isArray(value) && value.every((item) => isInteger(item, 0n, 4294967295n)),
    'Array(Int64)':
      Array.isArray(value) && value.every((item) => isInteger(item, -9223372036854775808n, 9223372036854775807n)),
    'Array(Id16)':
      Array.isArray(value) && value.every((item) => typeof item === 'string' && /^[0-9a-f]{32}$/.test(item)),
    'Array(Id8)':
      Array.isArray(value) && value.every((item) => typeof item === 'string' && /^[0-9a-f]{16}$/.test(item)),
  }[type];
  if (ok === undefined) throw new Error(`parameter ${name} has a type that bind.ts does not know: ${type}`);
  if (!ok) throw new BindError(name, type, value);
  return value;
}

function isInteger(value: unknown, min: bigint, max: bigint): boolean {
  if (typeof value === 'bigint') return value >= min && value <= max;
  return typeof value === 'number' && Number.isSafeInteger(value) && BigInt(value) >= min && BigInt(value) <= max;
}

/** A string literal that ClickHouse reads back as exactly this string. Lone surrogates become U+FFFD, as in any UTF-8. */
export function quote(text: string): string {
  const escaped = text.toWellFormed().replace(/[\\'\0\n\r\t\b\f]/g, (char) => ESCAPES[char] as string);
  return `'${escaped}'`;
}
const ESCAPES: Record<string, string> = {
  '\\': '\\\\',
  "'": "\\'",
  '\0': '\\0',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

function literal(type: string, value: Param): string {
  switch (type) {
    case 'String':
      return quote(value as string);
    case 'Id16':
      return `toFixedString(unhex('${value as string}'), 16)`;
    case 'Id8':
      return `toFixedString(unhex('${value as string}'), 8)`;
    case 'Array(String)':
      return `CAST([${(value as string[]).map(quote).join(',')}], 'Array(String)')`;
    case 'Array(UInt32)':
    case 'Array(Int64)':
      return `CAST([${(value as number[]).join(',')}], '${type}')`;
    // One list of texts: fifty thousand calls would take the engine longer to read than to answer.
    case 'Array(Id16)':
      return `arrayMap(x -> toFixedString(unhex(x), 16), ${literal('Array(String)', value)})`;
    case 'Array(Id8)':
      return `arrayMap(x -> toFixedString(unhex(x), 8), ${literal('Array(String)', value)})`;
    default:
      return `CAST('${String(value)}', '${type}')`;
  }
}

/** The SQL with every `{name:Type}` replaced by a literal. @throws when a value is missing or not of its type */
export function bindAsLiterals(sql: string, params: Params): string {
  return placeholders(sql, params, (name, type, value) => literal(type, checked(name, type, value)));
}

/** Bound values travel in the URL, and a server takes 128 KiB for each: longer ones go into the SQL, in the body. */
const MAX_URL_CHARS = 16_384;

/** The SQL and values for a server's own binding; ids travel as hex strings. */
export function bindForServer(sql: string, params: Params): { sql: string; values: Record<string, unknown> } {
  if (charsOf(params) > MAX_URL_CHARS) return { sql: bindAsLiterals(sql, params), values: {} };
  const values: Record<string, unknown> = {};
  const rendered = placeholders(sql, params, (name, type, value) => {
    values[name] = checked(name, type, value);
    if (typeof value === 'bigint') values[name] = value.toString();
    if (type === 'Id16') return `toFixedString(unhex({${name}:String}), 16)`;
    if (type === 'Id8') return `toFixedString(unhex({${name}:String}), 8)`;
    if (type === 'Array(Id16)') return `arrayMap(x -> toFixedString(unhex(x), 16), {${name}:Array(String)})`;
    if (type === 'Array(Id8)') return `arrayMap(x -> toFixedString(unhex(x), 8), {${name}:Array(String)})`;
    return `{${name}:${type}}`;
  });
  return { sql: rendered, values };
}

/** Characters of the values, or more than `MAX_URL_CHARS` when there are that many. */
function charsOf(params: Params): number {
  let chars = 0;
  for (const value of Object.values(params)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      chars += String(item).length + 3;
      if (chars > MAX_URL_CHARS) return chars;
    }
  }
  return chars;
}
