// How an answer differs from its schema, for zod 4, zod 3 and a pure Standard Schema; and whatever strangers send.
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
/** Only the standard's door, as libraries have it that know no safeParse. */
const STANDARD: Schema<unknown> = { '~standard': ZOD4['~standard'] };
const GOOD = { id: 'o-1', total: 3, status: 'open', items: [{ price: 1 }] };
const told = async (schema: Schema<unknown>, answer: unknown): Promise<string[]> =>
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
        { price: null, colour: 'red' },
        { price: 'free', colour: 'blue' },
      ],
      more: { a: 1, b: 2 },
      ID: 'o-1',
    };
    expect(await told(schema, answer)).toEqual([
      'missing_field id nothing',
      'type_changed total string',
      'type_changed items[].price null',
      'enum_changed status string',
      'unexpected_field items[].colour string',
      'unexpected_field more.b number',
      'unexpected_field ID string',
    ]);
  });

  it('calls a value of another type than the known ones a change of type', async () => {
    expect(await told(schema, { ...GOOD, status: 7 })).toEqual(['type_changed status number']);
  });

  it('speaks of the root when the whole answer is another thing', async () => {
    expect(await told(schema, null)).toEqual(['type_changed (root) null']);
    expect(await told(schema, [GOOD])).toEqual(['type_changed (root) array']);
  });
});

it('a Standard Schema tells the same of what it kept', async () => {
  expect(await told(STANDARD, { ...GOOD, extra: 1, items: [{ price: 1, extra: 2 }] })).toEqual([
    'unexpected_field items[].extra number',
    'unexpected_field extra number',
  ]);
  expect(await told(STANDARD, { ...GOOD, id: undefined })).toEqual(['missing_field id nothing']);
});

it('schemas that welcome more or forbid more are taken at their word', async () => {
  expect(await told(z.looseObject({ a: z.number() }), { a: 1, b: 2 })).toEqual([]);
  expect(await told(z3.object({ a: z3.number() }).passthrough(), { a: 1, b: 2 })).toEqual([]);
  expect(await told(z.strictObject({ a: z.number() }), { a: 1, b: 2 })).toEqual(['unexpected_field b number']);
  expect(await told(z3.object({ a: z3.number() }).strict(), { a: 1, b: 2 })).toEqual(['unexpected_field b number']);
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
  expect(await told(ZOD4, JSON.parse('{"id":"1","total":1,"status":"open","items":[],"__proto__":{"x":1}}'))).toEqual([
    'unexpected_field __proto__ object',
  ]);
});
