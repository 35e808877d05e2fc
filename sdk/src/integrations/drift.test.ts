// How an answer differs from its schema, for zod 4, zod 3 and a pure Standard Schema; and for untrusted answers.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { z as z3 } from 'zod/v3';
import { checkShape } from './drift.ts';
import type { Schema } from './schema.ts';

const ZOD4 = z.object({
  id: z.string(),
  total: z.number(),
  status: z.enum(['open', 'paid']),
  items: z.array(z.object({ price: z.number(), note: z.string().optional() })),
  more: z.object({ a: z.number() }).nullish(),
});
const ZOD3 = z3.object({
  id: z3.string(),
  total: z3.number(),
  status: z3.enum(['open', 'paid']),
  items: z3.array(z3.object({ price: z3.number(), note: z3.string().optional() })),
  more: z3.object({ a: z3.number() }).nullish(),
});
/** Only the standard's entry point, as in libraries without safeParse. */
const STANDARD: Schema<unknown> = { '~standard': ZOD4['~standard'] };
const GOOD = { id: 'o-1', total: 3, status: 'open', items: [{ price: 1 }] };
const reported = async (schema: Schema<unknown>, answer: unknown): Promise<string[]> =>
  (await checkShape(schema, answer)).drift.map(({ kind, path, got }) => `${kind} ${path} ${got}`);

describe.each<[string, Schema<unknown>]>([
  ['zod 4', ZOD4],
  ['zod 3', ZOD3],
])('%s', (_name, schema) => {
  it('says nothing of an answer that fits', async () => {
    expect(await checkShape(schema, GOOD)).toEqual({ value: GOOD, fits: true, drift: [] });
  });

  it('names what is missing, changed, new and not expected, the gravest first and each once', async () => {
    const answer = {
      total: '3',
      status: 'refunded',
      items: [
        { price: null, color: 'red' },
        { price: 'free', color: 'blue' },
      ],
      more: { a: 1, b: 2 },
      ID: 'o-1',
    };
    expect(await reported(schema, answer)).toEqual([
      'missing_field id nothing',
      'type_changed total string',
      'type_changed items[].price null',
      'enum_changed status string',
      'unexpected_field items[].color string',
      'unexpected_field more.b number',
      'unexpected_field ID string',
    ]);
  });

  it('calls a value of another type than the known ones a change of type', async () => {
    expect(await reported(schema, { ...GOOD, status: 7 })).toEqual(['type_changed status number']);
  });

  it('speaks of the root when the whole answer is another thing', async () => {
    expect(await reported(schema, null)).toEqual(['type_changed (root) null']);
    expect(await reported(schema, [GOOD])).toEqual(['type_changed (root) array']);
  });
});

it('a Standard Schema reports the same drift for the fields it kept', async () => {
  expect(await reported(STANDARD, { ...GOOD, extra: 1, items: [{ price: 1, extra: 2 }] })).toEqual([
    'unexpected_field items[].extra number',
    'unexpected_field extra number',
  ]);
  expect(await reported(STANDARD, { ...GOOD, id: undefined })).toEqual(['missing_field id nothing']);
});

it('schemas that welcome more or forbid more are taken at their word', async () => {
  expect(await reported(z.looseObject({ a: z.number() }), { a: 1, b: 2 })).toEqual([]);
  expect(await reported(z3.object({ a: z3.number() }).passthrough(), { a: 1, b: 2 })).toEqual([]);
  expect(await reported(z.strictObject({ a: z.number() }), { a: 1, b: 2 })).toEqual(['unexpected_field b number']);
  expect(await reported(z3.object({ a: z3.number() }).strict(), { a: 1, b: 2 })).toEqual(['unexpected_field b number']);
});

it('values that the schema transforms are given as transformed', async () => {
  const schema = z.object({ at: z.string().transform((text) => text.length) });
  expect((await checkShape(schema, { at: 'abc' })).value).toEqual({ at: 3 });
});

it('a schema that breaks lets the answer pass', async () => {
  const broken: Schema<unknown> = {
    safeParse: () => {
      throw new Error('broken');
    },
  };
  expect(await checkShape(broken, GOOD)).toEqual({ value: GOOD, fits: true, drift: [] });
});

it('never throws, whatever the answer is, and names at most fifty differences', async () => {
  await fc.assert(
    fc.asyncProperty(fc.anything({ withNullPrototype: true, maxDepth: 4 }), async (answer) => {
      for (const schema of [ZOD4, ZOD3, STANDARD]) {
        const { drift } = await checkShape<unknown>(schema, answer);
        expect(drift.length).toBeLessThanOrEqual(50);
        for (const { path } of drift) expect(path.length).toBeLessThanOrEqual(200);
      }
    }),
  );
  const wide = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`field${n}`, n]));
  expect((await checkShape<unknown>(ZOD4, wide)).drift).toHaveLength(50);
  expect(
    await reported(ZOD4, JSON.parse('{"id":"1","total":1,"status":"open","items":[],"__proto__":{"x":1}}')),
  ).toEqual(['unexpected_field __proto__ object']);
});

describe('a rule about values', () => {
  it.each<[string, Schema<unknown>, unknown, string[]]>([
    ['an address', z.object({ e: z.email() }), { e: 'not mail' }, ['constraint_failed e string']],
    ['a least number', z.object({ n: z.number().min(1) }), { n: 0 }, ['constraint_failed n number']],
    ['a whole number', z.object({ n: z.int() }), { n: 1.5 }, ['constraint_failed n number']],
    ['a length', z.object({ s: z.string().max(2) }), { s: 'abc' }, ['constraint_failed s string']],
    ['a list of at least one', z.object({ l: z.array(z.string()).min(1) }), { l: [] }, ['constraint_failed l array']],
    ['a pattern', z.object({ s: z.string().regex(/^a/) }), { s: 'b' }, ['constraint_failed s string']],
    ['a date as text', z.object({ d: z.iso.date() }), { d: 'tomorrow' }, ['constraint_failed d string']],
    ['a multiple', z.object({ n: z.number().multipleOf(2) }), { n: 3 }, ['constraint_failed n number']],
    [
      'two fields',
      z.object({ a: z.number(), b: z.number() }).refine(({ a, b }) => a < b, 'a<b'),
      { a: 2, b: 1 },
      ['constraint_failed (root) object'],
    ],
    [
      'a field that another one asks for',
      z.object({ a: z.string().optional() }).refine(({ a }) => a !== undefined, { path: ['a'] }),
      {},
      ['constraint_failed a nothing'],
    ],
    [
      'a member of a union',
      z.object({ u: z.union([z.email(), z.number()]) }),
      { u: 'x' },
      ['constraint_failed u string'],
    ],
    ['zod 3: a least number', z3.object({ n: z3.number().min(1) }), { n: 0 }, ['constraint_failed n number']],
    ['zod 3: an address', z3.object({ e: z3.string().email() }), { e: 'x' }, ['constraint_failed e string']],
    [
      'zod 3: two fields',
      z3.object({ a: z3.number() }).refine(({ a }) => a > 1),
      { a: 1 },
      ['constraint_failed (root) object'],
    ],
    [
      'valibot',
      { '~standard': { validate: () => ({ issues: [{ kind: 'validation', type: 'email', path: [{ key: 'e' }] }] }) } },
      { e: 'x' },
      ['constraint_failed e string'],
    ],
    [
      'arktype',
      { '~standard': { validate: () => ({ issues: [{ code: 'min', path: ['n'] }] }) } },
      { n: 0 },
      ['constraint_failed n number'],
    ],
  ])('%s is no change of shape', async (_what, schema, answer, expected) => {
    expect(await reported(schema, answer)).toEqual(expected);
    expect((await checkShape(schema, answer)).fits).toBe(false);
  });

  it('is listed after the changes of shape, and a change of type stays one', async () => {
    const schema = z.object({ a: z.string().min(3), b: z.number(), u: z.union([z.string(), z.array(z.string())]) });
    expect(await reported(schema, { a: 'x', b: '1', u: 4 })).toEqual([
      'type_changed b string',
      'type_changed u number',
      'constraint_failed a string',
    ]);
  });
});
