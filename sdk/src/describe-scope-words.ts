// Words for the smallest parts of a JSON Schema: texts, numbers, counts, values.

export type Fields = Record<string, unknown>;

export function isObject(given: unknown): given is Fields {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

export const list = (given: unknown): readonly unknown[] | null => (Array.isArray(given) ? given : null);
export const text = (given: unknown): string | null => (typeof given === 'string' && given !== '' ? given : null);
export const number = (given: unknown): number | null => (typeof given === 'number' ? given : null);
export const value = (given: unknown): string => JSON.stringify(given) ?? String(given);
export const or = (parts: readonly string[]): string =>
  parts.length < 2 ? (parts[0] ?? 'nothing') : `${parts.slice(0, -1).join(', ')} or ${parts.at(-1)}`;

const FORMATS: Readonly<Record<string, string>> = {
  email: 'an email address',
  uri: 'a web address',
  uuid: 'a UUID',
  date: 'a date',
  time: 'a time of day',
  'date-time': 'a date with time',
  duration: 'a length of time',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
};

export function stringPhrase(schema: Fields): string {
  const format = text(schema.format);
  const known = format !== null && Object.hasOwn(FORMATS, format) ? FORMATS[format] : null;
  const length = bounds(schema.minLength, schema.maxLength, 'characters');
  const pattern = known === null ? text(schema.pattern) : null;
  return [known ?? 'text', length === '' ? '' : `of ${length}`, pattern === null ? '' : `in the form ${pattern}`]
    .filter(Boolean)
    .join(' ');
}

export function numberPhrase(schema: Fields): string {
  const [least, most] = [bound(schema.minimum), bound(schema.maximum)];
  const range = least !== null && most !== null ? `from ${least} to ${most}` : '';
  const limits = [
    ...(number(schema.exclusiveMinimum) === null ? [] : [`above ${schema.exclusiveMinimum}`]),
    ...(number(schema.exclusiveMaximum) === null ? [] : [`below ${schema.exclusiveMaximum}`]),
    ...(range !== '' ? [range] : []),
    ...(range === '' && least !== null ? [`of at least ${least}`] : []),
    ...(range === '' && most !== null ? [`of at most ${most}`] : []),
    ...(number(schema.multipleOf) === null ? [] : [`in steps of ${schema.multipleOf}`]),
  ];
  const phrases = limits.length > 1 ? limits.map((limit) => limit.replace(/^of /, '')) : limits;
  return [schema.type === 'integer' ? 'a whole number' : 'a number', phrases.join(' and ')].filter(Boolean).join(' ');
}

export function bounds(least: unknown, most: unknown, noun: string): string {
  const [from, to] = [number(least), number(most)];
  const range =
    from !== null && from > 0 && to !== null
      ? from === to
        ? `${from}`
        : `${from} to ${to}`
      : to !== null
        ? `at most ${to}`
        : from !== null && from > 0
          ? `at least ${from}`
          : '';
  return range === '' ? '' : [range, noun].filter(Boolean).join(' ');
}

/** zod bounds every integer by the safe integers of a double; nobody has set that bound. */
function bound(given: unknown): number | null {
  const limit = number(given);
  return limit === null || Math.abs(limit) >= Number.MAX_SAFE_INTEGER ? null : limit;
}
