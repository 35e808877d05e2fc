// What one issue of a schema library says: that the shape changed, or that a value of the right shape broke a rule.
import type { DriftKind } from '../attributes.ts';
import { at } from '../read.ts';

const ENUM_CODES: ReadonlySet<unknown> = new Set([
  'invalid_value',
  'invalid_enum_value',
  'invalid_literal',
  'picklist',
  'enum',
  'literal',
]);
/** Rules about values, by the codes of zod 3 and 4 and of arktype. */
const CONSTRAINT_CODES: ReadonlySet<unknown> = new Set([
  'too_small',
  'too_big',
  'invalid_format',
  'invalid_string',
  'invalid_date',
  'not_multiple_of',
  'not_finite',
  'custom',
  'pattern',
  'min',
  'max',
  'minLength',
  'maxLength',
  'exactLength',
  'after',
  'before',
  'divisor',
  'predicate',
]);
/** Numbers that zod 4 calls types: 1.5 is a number where an `int` is asked for, and so is Infinity for a `number`. */
const NUMBERS: ReadonlySet<unknown> = new Set(['int', 'number', 'nan']);

/** @param got the value where the issue is; undefined when there is none */
export function kindOfIssue(issue: unknown, got: unknown): DriftKind {
  if (isConstraint(issue, got)) return 'constraint_failed';
  if (got === undefined) return 'missing_field';
  const isEnum = ENUM_CODES.has(at(issue, 'code')) || ENUM_CODES.has(at(issue, 'type'));
  return isEnum && typeof got !== 'object' && isKnownType(issue, got) ? 'enum_changed' : 'type_changed';
}

function isConstraint(issue: unknown, got: unknown): boolean {
  const code = at(issue, 'code');
  // valibot says it itself.
  if (CONSTRAINT_CODES.has(code) || at(issue, 'kind') === 'validation') return true;
  if (code === 'invalid_type') return typeof got === 'number' && NUMBERS.has(at(issue, 'expected'));
  if (code !== 'invalid_union') return false;
  // One of its members fits but for a rule.
  return membersOf(issue).some((issues) => issues.length > 0 && issues.every((each) => isConstraint(each, got)));
}

/** The issues of each member of a union: lists in zod 4, errors in zod 3. */
function membersOf(issue: unknown): readonly (readonly unknown[])[] {
  const members = at(issue, 'errors') ?? at(issue, 'unionErrors');
  if (!Array.isArray(members)) return [];
  return members.map((member: unknown) => {
    const issues: unknown = Array.isArray(member) ? member : at(member, 'issues');
    return Array.isArray(issues) ? issues : [];
  });
}

/** Whether the values that were expected are of the type that came: else it is the type that changed. */
function isKnownType(issue: unknown, got: unknown): boolean {
  const expected = at(issue, 'values') ?? at(issue, 'options');
  if (Array.isArray(expected)) return expected.some((value) => typeof value === typeof got);
  const literal = at(issue, 'expected');
  return typeof got === 'string' || typeof literal === typeof got;
}
