// The scope document: it must read well for a person without code, and be the same every time.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { propertyRuns } from '../../test/support/tier.ts';
import { schemaInWords } from './describe-scope-schema.ts';
import { defineAgent, describeScope } from './index.ts';

const never = () => false;

it('is a document that a person can approve', async () => {
  const desk = defineAgent({
    name: 'refund-desk',
    version: '2.15.0',
    purpose: 'Answers customers of the shop who want their money back, and pays small refunds at once',
    accepts: z.object({
      orderId: z.number().int().positive().describe('number of the order'),
      message: z.string().min(1).max(2000).describe('what the customer wrote'),
      language: z.enum(['en', 'de', 'zh']).optional(),
      photos: z.array(z.object({ address: z.url(), taken: z.iso.date().nullable() })).max(3),
    }),
    produces: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('refund'), amountEur: z.number().positive().max(150) }),
      z.object({ kind: z.literal('reply'), text: z.string().max(1000) }),
    ]),
    mayCall: ['orders.lookup', { name: 'payments.refund', does: 'pays money back to the card, up to 150 EUR' }],
    limits: { steps: 12, costUsd: 0.05, timeMs: 120_000 },
    prices: { 'gpt-4.1': { inputUsdPerMillion: 2, outputUsdPerMillion: 8 } },
    stopWhen: { 'the customer mentions a lawyer': never, 'two decisions in a row were unsure': never },
    escalateTo: { target: 'refund-review', targetType: 'queue' },
  });
  expect(describeScope(desk)).toBe(describeScope(desk.definition));
  await expect(describeScope(desk)).toMatchFileSnapshot('./describe-scope.refund-desk.snapshot.md');
});

it('says of what is not set that it is not set', async () => {
  const open = defineAgent({ name: 'helper', mayCall: [] });
  await expect(describeScope(open)).toMatchFileSnapshot('./describe-scope.nothing-set.snapshot.md');
});

describe('a form', () => {
  const phrase = (schema: z.ZodType) => schemaInWords(z.toJSONSchema(schema, { unrepresentable: 'any' }));

  it.each([
    [z.string(), 'text'],
    [z.email(), 'an email address'],
    [z.string().length(6), 'text of 6 characters'],
    [z.string().min(3), 'text of at least 3 characters'],
    [z.string().regex(/^[A-Z]{2}$/), 'text in the form ^[A-Z]{2}$'],
    [z.number().min(1).max(5), 'a number from 1 to 5'],
    [z.int(), 'a whole number'],
    [z.number().lt(10).multipleOf(0.5), 'a number below 10 and in steps of 0.5'],
    [z.boolean(), 'yes or no'],
    [z.literal('paid'), 'always "paid"'],
    [z.enum(['a', 'b', 'c']), 'one of "a", "b" or "c"'],
    [z.string().nullable(), 'either text or nothing'],
    [z.array(z.int().min(0)).min(2), 'a list of at least 2 entries, each a whole number of at least 0'],
    [z.date(), 'anything'],
    [z.unknown().describe('whatever the shop sends'), 'whatever the shop sends'],
  ])('in words, case %#', (schema, words) => {
    expect(phrase(schema)).toEqual({ phrase: words, lines: [] });
  });

  it('that contains itself ends somewhere', () => {
    interface Category {
      name: string;
      within: Category | null;
    }
    const category: z.ZodType<Category> = z.object({
      name: z.string(),
      get within() {
        return category.nullable();
      },
    });
    expect(phrase(category).lines).toEqual(['- name: text', '- within: either the same form again or nothing']);
  });

  it('that cannot say itself in JSON is said to be checked by code', () => {
    const opaque = { safeParse: (value: unknown) => ({ success: true as const, data: value }) };
    expect(describeScope({ name: 'x', accepts: opaque, mayCall: [] })).toContain(
      'It takes what a check written in code accepts; it cannot be described in words here.',
    );
  });

  it('gets a description whatever the untrusted schema holds', () => {
    const type = fc.constantFrom('string', 'number', 'integer', 'boolean', 'null', 'array', 'object', 'other');
    const { schema } = fc.letrec<{ schema: unknown }>((tie) => ({
      schema: fc.oneof(
        { depthSize: 'small' },
        fc.anything(),
        fc.record(
          {
            type: fc.oneof(type, fc.array(type), fc.anything()),
            properties: fc.oneof(fc.dictionary(fc.string(), tie('schema')), fc.anything()),
            items: tie('schema'),
            anyOf: fc.array(tie('schema')),
            allOf: fc.array(tie('schema')),
            enum: fc.array(fc.anything()),
            $ref: fc.oneof(fc.constantFrom('#', '#/properties/a', '#/$defs/x'), fc.string()),
            description: fc.anything(),
            minLength: fc.anything(),
            maximum: fc.anything(),
          },
          { requiredKeys: [] },
        ),
      ),
    }));
    fc.assert(
      fc.property(schema, (given) => {
        const { phrase: words, lines } = schemaInWords(given);
        expect(words).not.toBe('');
        expect(lines.every((line) => line.trimStart().startsWith('- '))).toBe(true);
      }),
      { numRuns: propertyRuns(30, 300) },
    );
  });
});
