// Checks a value with a schema of any library: a Standard Schema (zod, valibot, arktype…), else anything with zod's safeParse.
import { errorMessage } from './record-error.ts';

/** The part of https://standardschema.dev that is used here. It is an interface, so no package is needed for it. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** zod before it became a Standard Schema, and libraries with the same interface. */
export interface SafeParseSchema<Output = unknown> {
  safeParse(
    value: unknown,
  ): { success: true; data: Output } | { success: false; error: { issues: readonly SchemaIssue[] } };
}

export type AnySchema<Output = unknown> = StandardSchema<unknown, Output> | SafeParseSchema<Output>;

/** The output type of a schema. */
export type OutputOf<Schema> =
  Schema extends StandardSchema<unknown, infer Output>
    ? Output
    : Schema extends SafeParseSchema<infer Output>
      ? Output
      : unknown;

/** The input type of a schema. */
export type InputOf<Schema> = Schema extends {
  readonly '~standard': { readonly types?: { readonly input: infer Input } | undefined };
}
  ? Input
  : OutputOf<Schema>;

interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly issues: string[] };

const MAX_ISSUES = 20;

/** Checks a value. A schema that throws rejects it. Without a schema every value fits. Never rejects. */
export async function checkSchema(schema: AnySchema | undefined, value: unknown): Promise<Checked<unknown>> {
  if (schema === undefined) return { ok: true, value };
  try {
    if (hasStandard(schema)) {
      const result = await schema['~standard'].validate(value);
      return result.issues === undefined
        ? { ok: true, value: result.value }
        : { ok: false, issues: issueLines(result.issues) };
    }
    const result = schema.safeParse(value);
    return result.success ? { ok: true, value: result.data } : { ok: false, issues: issueLines(result.error.issues) };
  } catch (error) {
    return { ok: false, issues: [`the schema failed: ${errorMessage(error)}`] };
  }
}

export function hasStandard(schema: AnySchema): schema is StandardSchema {
  return '~standard' in schema;
}

/** One line per issue, such as `order.id: Expected number`. */
function issueLines(issues: readonly SchemaIssue[]): string[] {
  const lines = issues.slice(0, MAX_ISSUES).map(({ message, path }) => {
    const where = (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
    return where === '' ? message : `${where}: ${message}`;
  });
  return issues.length > MAX_ISSUES ? [...lines, `and ${issues.length - MAX_ISSUES} more`] : lines;
}
