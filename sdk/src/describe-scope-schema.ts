// A JSON Schema in plain words, for people who approve it.

import {
  bounds,
  type Fields,
  isObject,
  list,
  numberPhrase,
  or,
  stringPhrase,
  text,
  value,
} from './describe-scope-words.ts';
import { quietly } from './quietly.ts';
import { type AnySchema, hasStandard } from './scope-schema.ts';

interface Words {
  /** Such as `a whole number above 0`. */
  phrase: string;
  /** Nested lines that follow, as a Markdown list. */
  lines: string[];
}

const TARGET = 'draft-2020-12';
const MAX_DEPTH = 8;
/** Parts described before the rest becomes "anything": nobody approves a longer document. */
const MAX_NODES = 1000;

interface Walk {
  root: unknown;
  /** The schemas around the one being described, so that a recursive schema ends. */
  within: unknown[];
  nodesLeft: number;
}

/** The schema as JSON Schema; null when it cannot be converted. Never throws. */
export function jsonSchemaOf(schema: AnySchema, side: 'input' | 'output'): unknown {
  return (
    quietly(() => {
      if (!hasStandard(schema)) return null;
      const converter: unknown = Reflect.get(schema['~standard'], 'jsonSchema');
      const convert: unknown =
        typeof converter === 'object' && converter !== null ? Reflect.get(converter, side) : null;
      // Types that JSON does not have, such as a date or a function, become "anything" in zod.
      const options = { target: TARGET, libraryOptions: { unrepresentable: 'any' } };
      return typeof convert === 'function' ? (convert(options) as unknown) : null;
    }) ?? null
  );
}

/** Words for a JSON Schema, whatever it is: what is not understood is `anything`, never left out. Never throws. */
export function schemaInWords(schema: unknown): Words {
  return (
    quietly(() => words(schema, { root: schema, within: [], nodesLeft: MAX_NODES }, 0)) ?? {
      phrase: 'what a check in code accepts',
      lines: [],
    }
  );
}

function words(schema: unknown, walk: Walk, depth: number): Words {
  if (schema === false) return plain('nothing');
  walk.nodesLeft -= 1;
  if (depth > MAX_DEPTH || walk.nodesLeft < 0 || !isObject(schema)) return plain('anything');
  const target = follow(schema, walk.root);
  if (walk.within.includes(target)) return plain('the same form again');
  if (target !== schema) return words(target, walk, depth + 1);
  walk.within.push(schema);
  const description = text(schema.description);
  const described = shapeOf(schema, walk, depth);
  walk.within.pop();
  if (description === null) return described;
  return {
    phrase: described.phrase === 'anything' ? description : `${description} (${described.phrase})`,
    lines: described.lines,
  };
}

function shapeOf(schema: Fields, walk: Walk, depth: number): Words {
  if ('const' in schema) return plain(`always ${value(schema.const)}`);
  if (Array.isArray(schema.enum))
    return plain(schema.enum.length === 1 ? `always ${value(schema.enum[0])}` : `one of ${or(schema.enum.map(value))}`);
  const either = list(schema.anyOf) ?? list(schema.oneOf);
  if (either !== null) return eitherOf(either, walk, depth);
  const all = list(schema.allOf);
  if (all !== null && all.length > 0) return bothOf(all, walk, depth);
  const types = list(schema.type);
  if (types !== null)
    return eitherOf(
      [...new Set(types)].map((type) => ({ ...schema, type, description: undefined })),
      walk,
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
      return arrayWords(schema, walk, depth);
    case 'object':
      return objectWords(schema, walk, depth);
    default:
      return plain('anything');
  }
}

function eitherOf(schemas: readonly unknown[], walk: Walk, depth: number): Words {
  const each = schemas.map((schema) => words(schema, walk, depth + 1));
  if (each.length === 0) return plain('nothing');
  if (each.every(({ lines }) => lines.length === 0)) return plain(`either ${or(each.map(({ phrase }) => phrase))}`);
  const lines = each.flatMap(({ phrase, lines: nested }) => [
    `- ${phrase}${nested.length > 0 ? ':' : ''}`,
    ...nested.map((line) => `  ${line}`),
  ]);
  return { phrase: 'one of the following', lines };
}

function bothOf(schemas: readonly unknown[], walk: Walk, depth: number): Words {
  const each = schemas.map((schema) => words(schema, walk, depth + 1));
  return {
    phrase: each.map(({ phrase }) => phrase).join(', and at the same time '),
    lines: each.flatMap(({ lines }) => lines),
  };
}

function objectWords(schema: Fields, walk: Walk, depth: number): Words {
  const properties = Object.entries(isObject(schema.properties) ? schema.properties : {});
  const required = new Set(list(schema.required) ?? []);
  const others = schema.additionalProperties;
  const lines = properties.flatMap(([name, property]) => {
    const { phrase, lines: nested } = words(property, walk, depth + 1);
    const optional = required.has(name) ? '' : ' (may be left out)';
    return [`- ${name}${optional}: ${phrase}`, ...nested.map((line) => `  ${line}`)];
  });
  if (isObject(others) && Object.keys(others).length > 0) {
    const { phrase, lines: nested } = words(others, walk, depth + 1);
    lines.push(`- any further entry: ${phrase}`, ...nested.map((line) => `  ${line}`));
  }
  return { phrase: properties.length > 0 || lines.length > 0 ? 'a record with' : 'a record', lines };
}

function arrayWords(schema: Fields, walk: Walk, depth: number): Words {
  const item = words(schema.items ?? true, walk, depth + 1);
  const many = bounds(schema.minItems, schema.maxItems, '');
  return { phrase: `a list of${many === '' ? '' : ` ${many}`} entries, each ${item.phrase}`, lines: item.lines };
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

const plain = (phrase: string): Words => ({ phrase, lines: [] });
