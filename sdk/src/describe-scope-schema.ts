// A JSON Schema in plain words: what a form must look like, for people who approve it.
import { quietly } from './quietly.ts';
import { type AnySchema, hasStandard } from './scope-schema.ts';

interface Words {
  /** Such as `a whole number above 0`. */
  phrase: string;
  /** Nested lines that follow, as a Markdown list. */
  lines: string[];
}

const TARGET = 'draft-2020-12';
const MAX_DEPTH = 6;

/** The schema as JSON Schema; null when it cannot say itself as one. Never throws. */
export function jsonSchemaOf(schema: AnySchema, side: 'input' | 'output'): unknown {
  return (
    quietly(() => {
      if (!hasStandard(schema)) return null;
      const converter: unknown = Reflect.get(schema['~standard'], 'jsonSchema');
      const convert: unknown =
        typeof converter === 'object' && converter !== null ? Reflect.get(converter, side) : null;
      // What JSON has no word for, such as a date or a function, becomes "anything" in zod.
      const options = { target: TARGET, libraryOptions: { unrepresentable: 'any' } };
      return typeof convert === 'function' ? (convert(options) as unknown) : null;
    }) ?? null
  );
}

/** Words for a JSON Schema, whatever it is: what is not understood is `anything`, never left out. Never throws. */
export function schemaInWords(schema: unknown): Words {
  return quietly(() => words(schema, schema, 0)) ?? { phrase: 'what a check in code accepts', lines: [] };
}

function words(schema: unknown, root: unknown, depth: number): Words {
  if (schema === false) return plain('nothing');
  if (depth > MAX_DEPTH || !isObject(schema)) return plain('anything');
  const target = follow(schema, root);
  if (target !== schema) return words(target, root, depth + 1);
  const description = text(schema.description);
  const told = shapeOf(schema, root, depth);
  if (description === null) return told;
  return { phrase: told.phrase === 'anything' ? description : `${description} (${told.phrase})`, lines: told.lines };
}

function shapeOf(schema: Fields, root: unknown, depth: number): Words {
  if ('const' in schema) return plain(`always ${value(schema.const)}`);
  if (Array.isArray(schema.enum))
    return plain(schema.enum.length === 1 ? `always ${value(schema.enum[0])}` : `one of ${or(schema.enum.map(value))}`);
  const either = list(schema.anyOf) ?? list(schema.oneOf);
  if (either !== null) return eitherOf(either, root, depth);
  const all = list(schema.allOf);
  if (all !== null) return bothOf(all, root, depth);
  const types = list(schema.type);
  if (types !== null)
    return eitherOf(
      types.map((type) => ({ ...schema, type, description: undefined })),
      root,
      depth,
    );
  switch (schema.type) {
    case 'string':
      return plain(stringPhrase(schema));
    case 'integer':
    case 'number':
      return plain(numberPhrase(schema));
    case 'boolean':
      return plain('yes or no');
    case 'null':
      return plain('nothing');
    case 'array':
      return arrayWords(schema, root, depth);
    case 'object':
      return objectWords(schema, root, depth);
    default:
      return plain('anything');
  }
}

function eitherOf(schemas: readonly unknown[], root: unknown, depth: number): Words {
  const each = schemas.map((schema) => words(schema, root, depth + 1));
  if (each.every(({ lines }) => lines.length === 0)) return plain(`either ${or(each.map(({ phrase }) => phrase))}`);
  const lines = each.flatMap(({ phrase, lines: nested }) => [
    `- ${phrase}${nested.length > 0 ? ':' : ''}`,
    ...nested.map((line) => `  ${line}`),
  ]);
  return { phrase: 'one of the following', lines };
}

function bothOf(schemas: readonly unknown[], root: unknown, depth: number): Words {
  const each = schemas.map((schema) => words(schema, root, depth + 1));
  return {
    phrase: each.map(({ phrase }) => phrase).join(', and at the same time '),
    lines: each.flatMap(({ lines }) => lines),
  };
}

function objectWords(schema: Fields, root: unknown, depth: number): Words {
  const properties = Object.entries(isObject(schema.properties) ? schema.properties : {});
  const required = new Set(list(schema.required) ?? []);
  const others = schema.additionalProperties;
  const lines = properties.flatMap(([name, property]) => {
    const { phrase, lines: nested } = words(property, root, depth + 1);
    const optional = required.has(name) ? '' : ' (may be left out)';
    return [`- ${name}${optional}: ${phrase}`, ...nested.map((line) => `  ${line}`)];
  });
  if (isObject(others) && Object.keys(others).length > 0) {
    const { phrase, lines: nested } = words(others, root, depth + 1);
    lines.push(`- any further entry: ${phrase}`, ...nested.map((line) => `  ${line}`));
  }
  return { phrase: properties.length > 0 || lines.length > 0 ? 'a record with' : 'a record', lines };
}

function arrayWords(schema: Fields, root: unknown, depth: number): Words {
  const item = words(schema.items ?? true, root, depth + 1);
  const many = bounds(schema.minItems, schema.maxItems, '');
  return { phrase: `a list of${many === '' ? '' : ` ${many}`} entries, each ${item.phrase}`, lines: item.lines };
}

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

function stringPhrase(schema: Fields): string {
  const format = text(schema.format);
  const known = format !== null && Object.hasOwn(FORMATS, format) ? FORMATS[format] : null;
  const length = bounds(schema.minLength, schema.maxLength, 'characters');
  const pattern = known === null ? text(schema.pattern) : null;
  return [known ?? 'text', length === '' ? '' : `of ${length}`, pattern === null ? '' : `in the form ${pattern}`]
    .filter(Boolean)
    .join(' ');
}

function numberPhrase(schema: Fields): string {
  const limits = [
    ...(number(schema.exclusiveMinimum) === null ? [] : [`above ${schema.exclusiveMinimum}`]),
    ...(bound(schema.minimum) === null ? [] : [`at least ${schema.minimum}`]),
    ...(number(schema.exclusiveMaximum) === null ? [] : [`below ${schema.exclusiveMaximum}`]),
    ...(bound(schema.maximum) === null ? [] : [`at most ${schema.maximum}`]),
    ...(number(schema.multipleOf) === null ? [] : [`a multiple of ${schema.multipleOf}`]),
  ];
  return [schema.type === 'integer' ? 'a whole number' : 'a number', limits.join(' and ')].filter(Boolean).join(' ');
}

function bounds(least: unknown, most: unknown, noun: string): string {
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

/** zod bounds every integer by what a double can count to, which nobody set. */
function bound(given: unknown): number | null {
  const limit = number(given);
  return limit === null || Math.abs(limit) >= Number.MAX_SAFE_INTEGER ? null : limit;
}

/** What `$ref` names inside the same schema. */
function follow(schema: Fields, root: unknown): unknown {
  const ref = text(schema.$ref);
  if (ref === null || !ref.startsWith('#')) return schema;
  const path = ref
    .slice(1)
    .split('/')
    .filter(Boolean)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return path.reduce<unknown>((at, part) => (isObject(at) && Object.hasOwn(at, part) ? at[part] : undefined), root);
}

type Fields = Record<string, unknown>;

function isObject(given: unknown): given is Fields {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

const plain = (phrase: string): Words => ({ phrase, lines: [] });
const list = (given: unknown): readonly unknown[] | null => (Array.isArray(given) ? given : null);
const text = (given: unknown): string | null => (typeof given === 'string' && given !== '' ? given : null);
const number = (given: unknown): number | null => (typeof given === 'number' ? given : null);
const value = (given: unknown): string => JSON.stringify(given) ?? String(given);
const or = (parts: readonly string[]): string =>
  parts.length < 2 ? (parts[0] ?? 'nothing') : `${parts.slice(0, -1).join(', ')} or ${parts.at(-1)}`;
