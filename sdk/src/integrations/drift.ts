// How an answer differs from its schema: what is missing, changed its type, has a new value, was not expected, or breaks
// a rule about values.
import { DRIFT_KINDS, type DriftKind } from '../attributes.ts';
import { isContentCaptured } from '../content.ts';
import { quietly } from '../quietly.ts';
import { at } from '../read.ts';
import { headOf } from '../whole-text.ts';
import { kindOfIssue } from './drift-kind.ts';
import { fieldsOf, innerOf, itemOf, type Schema, validate } from './schema.ts';

/** One difference. It names fields and types, never values. */
export interface Drift {
  kind: DriftKind;
  /** Such as `items[].price`; `(root)` for the whole answer. */
  path: string;
  /** The type the answer has there. */
  got: string;
}

export interface Checked<T> {
  /** What the schema made of the answer when it fits, else the answer as it came. */
  value: T;
  /** False when something is missing, of another type, not among the values known, or against a rule. */
  fits: boolean;
  drift: Drift[];
}

const MAX_DRIFT = 50;
/** Items of a list that are checked for unexpected fields. */
const MAX_ITEMS = 50;
const MAX_DEPTH = 20;
type Path = readonly (string | number)[];

/** Compares an answer with its schema. When the schema itself throws, the answer passes as it came. */
export async function checkShape<T>(schema: Schema<T>, answer: unknown): Promise<Checked<T>> {
  try {
    const result = await validate(schema, answer);
    const issues = result.ok ? [] : result.issues.flatMap((issue) => driftOf(schema, issue, answer));
    const unexpected = quietly(() => unexpectedIn(schema, answer, result.ok ? result.value : undefined)) ?? [];
    const drift = distinct([...issues, ...unexpected]);
    return { value: result.ok ? result.value : (answer as T), fits: result.ok, drift };
  } catch {
    return { value: answer as T, fits: true, drift: [] };
  }
}

/** One issue of a schema library, in our five words. */
function driftOf(schema: unknown, issue: unknown, answer: unknown): Drift[] {
  const path = pathOf(issue);
  const keys = at(issue, 'keys');
  if (at(issue, 'code') === 'unrecognized_keys' && Array.isArray(keys)) {
    return keys.map((key) => drifted(schema, 'unexpected_field', [...path, String(key)], answer));
  }
  return [drifted(schema, kindOfIssue(issue, valueAt(answer, path)), path, answer)];
}

/** Fields that the schema does not name. A schema without readable fields is compared with what it kept. */
function unexpectedIn(schema: unknown, answer: unknown, kept: unknown): Drift[] {
  const found: Drift[] = [];
  const note = (path: Path): unknown =>
    found.length < MAX_DRIFT && found.push(drifted(schema, 'unexpected_field', path, answer));
  if (canLookInto(schema)) walkSchema(schema, answer, [], note, 0);
  else if (kept !== undefined) walkKept(kept, answer, [], note, 0);
  return found;
}

function canLookInto(schema: unknown): boolean {
  return fieldsOf(schema) !== null || itemOf(schema) !== undefined || innerOf(schema) !== undefined;
}

function walkSchema(schema: unknown, value: unknown, path: Path, note: (path: Path) => unknown, depth: number): void {
  if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return;
  const known = fieldsOf(schema);
  const item = itemOf(schema);
  if (known !== null && !Array.isArray(value)) {
    for (const key of Object.keys(value)) {
      if (Object.hasOwn(known.fields, key))
        walkSchema(at(known.fields, key), at(value, key), [...path, key], note, depth + 1);
      else if (!known.isOpen) note([...path, key]);
    }
  } else if (item !== undefined && Array.isArray(value)) {
    for (const each of value.slice(0, MAX_ITEMS)) walkSchema(item, each, [...path, 0], note, depth + 1);
  } else if (innerOf(schema) !== undefined) walkSchema(innerOf(schema), value, path, note, depth + 1);
}

function walkKept(kept: unknown, value: unknown, path: Path, note: (path: Path) => unknown, depth: number): void {
  if (depth > MAX_DEPTH || !isObject(kept) || !isObject(value) || kept === value) return;
  if (Array.isArray(kept) !== Array.isArray(value)) return;
  for (const key of Object.keys(value).slice(0, Array.isArray(value) ? MAX_ITEMS : undefined)) {
    const next = [...path, Array.isArray(value) ? 0 : key];
    if (Object.hasOwn(kept, key)) walkKept(at(kept, key), at(value, key), next, note, depth + 1);
    else note(next);
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Paths of Standard Schema may hold objects with a `key`. */
function pathOf(issue: unknown): Path {
  const path = at(issue, 'path');
  if (!Array.isArray(path)) return [];
  return path.map((part: unknown) => {
    const key = at(part, 'key') ?? part;
    return typeof key === 'number' ? key : String(key);
  });
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce(
    (inner: unknown, key) => (isObject(inner) && Object.hasOwn(inner, key) ? at(inner, String(key)) : undefined),
    value,
  );
}

/** Paths of which the schema names every part. */
const plainPaths = new WeakMap<Drift, string>();

function drifted(schema: unknown, kind: DriftKind, path: Path, answer: unknown): Drift {
  const drift = { kind, path: written(path), got: typeName(valueAt(answer, path)) };
  plainPaths.set(drift, quietly(() => written(namedBySchema(schema, path))) ?? '*');
  return drift;
}

/** Its path as it may be recorded: names that come from the answer and not from the schema are contents too. */
export function recordedPath(drift: Drift): string {
  return isContentCaptured() ? drift.path : (plainPaths.get(drift) ?? '*');
}

function namedBySchema(schema: unknown, path: Path): Path {
  let here: unknown = schema;
  return path.map((key) => {
    for (let depth = 0; depth < MAX_DEPTH && fieldsOf(here) === null && itemOf(here) === undefined; depth++)
      here = innerOf(here);
    const known = fieldsOf(here);
    const isNamed = known !== null && Object.hasOwn(known.fields, key);
    here = typeof key === 'number' ? itemOf(here) : isNamed ? at(known.fields, key) : undefined;
    return typeof key === 'number' || isNamed ? key : '*';
  });
}

/** Places in a list are one: `items[].price`, however many items have it. */
function written(path: Path): string {
  const text = path.reduce<string>((before, key) => {
    if (typeof key === 'number' || /^\d+$/.test(key)) return `${before}[]`;
    return before === '' ? key : `${before}.${key}`;
  }, '');
  return text === '' ? '(root)' : headOf(text, 200);
}

function typeName(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** Each once, the gravest first. */
function distinct(drift: readonly Drift[]): Drift[] {
  const known = new Map<string, Drift>();
  for (const each of drift) {
    const key = `${each.kind} ${each.path}`;
    if (!known.has(key)) known.set(key, each);
  }
  const sorted = [...known.values()].sort((a, b) => DRIFT_KINDS.indexOf(a.kind) - DRIFT_KINDS.indexOf(b.kind));
  return sorted.slice(0, MAX_DRIFT);
}
