// What is accepted as a schema: anything with safeParse (zod 3 and 4), or a Standard Schema (https://standardschema.dev).
import { at } from '../read.ts';

/** As zod has it. */
export interface SafeParser<T> {
  safeParse: (value: unknown) => { success: boolean; data?: T | undefined; error?: unknown };
}

/** As valibot, arktype, zod and others have it; only what we use of it. */
export interface StandardSchema<T> {
  '~standard': {
    validate: (value: unknown) => StandardResult<T> | Promise<StandardResult<T>>;
  };
}
type StandardResult<T> = { value: T; issues?: undefined } | { issues: readonly unknown[] };

export type Schema<T> = SafeParser<T> | StandardSchema<T>;

export type Validation<T> = { ok: true; value: T } | { ok: false; issues: unknown[] };

/** Runs the schema. @throws what the schema itself throws */
export async function validate<T>(schema: Schema<T>, value: unknown): Promise<Validation<T>> {
  if ('safeParse' in schema && typeof schema.safeParse === 'function') {
    const result = schema.safeParse(value);
    if (result.success) return { ok: true, value: result.data as T };
    const issues = at(result.error, 'issues') ?? at(result.error, 'errors');
    return { ok: false, issues: Array.isArray(issues) ? issues : [] };
  }
  const result = await (schema as StandardSchema<T>)['~standard'].validate(value);
  return result.issues === undefined ? { ok: true, value: result.value } : { ok: false, issues: [...result.issues] };
}

/** The fields of an object schema (zod `shape`, valibot `entries`), and whether further fields are allowed. */
export function fieldsOf(schema: unknown): { fields: object; isOpen: boolean } | null {
  const fields = at(schema, 'shape') ?? at(schema, 'entries');
  if (typeof fields !== 'object' || fields === null) return null;
  const def = at(schema, 'def') ?? at(schema, '_def');
  const catchall = at(def, 'catchall');
  const catchallType = at(at(catchall, 'def'), 'type') ?? at(at(catchall, '_def'), 'typeName');
  const isOpen =
    (catchall !== undefined && catchallType !== 'never' && catchallType !== 'ZodNever') ||
    at(def, 'unknownKeys') === 'passthrough' ||
    ['loose_object', 'object_with_rest'].includes(String(at(schema, 'type')));
  return { fields, isOpen };
}

/** The schema of an array's items (zod `element`, valibot `item`). */
export function itemOf(schema: unknown): unknown {
  return at(schema, 'element') ?? at(schema, 'item');
}

/** What an optional, nullable, default, readonly or piped schema is around. */
export function innerOf(schema: unknown): unknown {
  const def = at(schema, 'def') ?? at(schema, '_def');
  return at(def, 'innerType') ?? at(schema, 'wrapped') ?? at(def, 'in') ?? at(def, 'schema');
}
