// Every dialect, in payloads shaped like its real client's (test/fixtures/dialects), and the columns that they fill.
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '../collector/map/dialects/rules.ts';
import { type DialectRow, decodeAll, type PlainSpan, requestOfPlain, storeRows } from './support/dialect-rows.ts';
import { openTestDatabase } from './support/span-rows.ts';
import { propertyRuns } from './support/tier.ts';

interface Fixture {
  readonly about: string;
  readonly spans: readonly PlainSpan[];
  /** By the number of the span; a span that is not named here has no row to look at. */
  readonly expected: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** How many of the spans only announce others. */
  readonly superseded?: number;
}

const FOLDER = new URL('./fixtures/dialects/', import.meta.url);
const files = readdirSync(FOLDER);
const fixtures = files.map((file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Fixture);
const { block, decoded } = decodeAll(fixtures.map(({ spans }, index) => requestOfPlain(spans, index + 1)));

let rows: Map<string, DialectRow>;
let close: () => Promise<void>;
beforeAll(async () => {
  const opened = await openTestDatabase();
  close = opened.close;
  rows = await storeRows(opened.db, block);
});
afterAll(() => close());

it('has a fixture for every dialect but our own', () => {
  const names = DIALECTS.map(({ name }) => name).filter((name) => name !== 'telltale');
  expect(files.map((file) => file.replace('.json', '')).sort()).toEqual(names.sort());
});

describe.each(files.map((file, index) => ({ file, index })))('$file', ({ index }) => {
  const fixture = fixtures[index] as Fixture;

  it.each(Object.entries(fixture.expected))('span %s fills the columns', (id, expected) => {
    const row = rows.get(`${index + 1}/${id}`) ?? {};
    const seen = Object.fromEntries(Object.keys(expected).map((column) => [column, row[column]]));
    expect(seen).toEqual(expected);
  });

  it('takes every span, or says that another one supersedes it', () => {
    const superseded = fixture.superseded ?? 0;
    expect(decoded[index]).toEqual({ accepted: fixture.spans.length - superseded, rejected: {}, superseded });
  });
});

describe('untrusted values', () => {
  /** Every key that some table reads, and a key for each pattern. */
  const keys = DIALECTS.flatMap(({ columns, kinds, kindSources }) => [
    ...Object.values(columns ?? {}).flatMap((sources) =>
      sources.map((source) => (typeof source === 'string' ? source : source.key)),
    ),
    ...Object.keys(kinds ?? {}),
    ...(kindSources ?? []).map(({ key }) => key),
  ]).map((key) => key.replace('*', '0'));
  const names = fc.constantFrom(
    '__proto__',
    'constructor',
    'input',
    'output',
    'total',
    'args',
    'kwargs',
    'type',
    'choice',
    'probabilities',
    'criteria',
    'a',
  );
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('choice', 'boolean', '', '429'),
      fc.double(),
      fc.constant(null),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.array(fc.tuple(names, tie('json')), { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs)),
    ),
  }));
  const text = fc.oneof(
    json.map((value) => JSON.stringify(value)),
    json.map((value) => JSON.stringify(value).slice(0, -1)),
    fc.string({ unit: 'binary' }),
    fc.constant('['.repeat(100_000) + ']'.repeat(100_000)),
    fc.constant(`{"args":[${'['.repeat(50_000)}${']'.repeat(50_000)}]}`),
  );

  it('never make the decoder throw or drop the span', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1, maxLength: 6 }), text, (some, value) => {
        const attributes = Object.fromEntries(some.map((key) => [key, value]));
        const result = decodeAll([requestOfPlain([{ id: 1, attributes }])]);
        expect(result.decoded[0]).toMatchObject({ rejected: {} });
        expect(result.block.rows + (result.decoded[0]?.superseded ?? 0)).toBe(1);
      }),
      { numRuns: propertyRuns(120, 600) },
    );
  });
});
