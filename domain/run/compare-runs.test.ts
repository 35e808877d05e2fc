import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareRuns, fisherExact, newcombe, type RunTraits, wilson } from './compare-runs.ts';

const run = (over: Partial<RunTraits> = {}): RunTraits => ({
  versions: ['2.14.1'],
  models: ['gpt-4.1'],
  tools: [],
  inputTokens: 100,
  ...over,
});
const many = (count: number, make: (i: number) => RunTraits) => Array.from({ length: count }, (_, i) => make(i));

describe('what failing runs share', () => {
  it('is the version that nearly all of them have and no good one', () => {
    const failing = many(14, (i) => run({ versions: ['2.14.1', i === 0 ? '3.8.0' : '3.9.0'] }));
    const good = many(412, () => run({ versions: ['2.14.1', '3.8.0'] }));
    const { differences, alike } = compareRuns(failing, good);
    expect(differences).toHaveLength(1);
    expect(differences[0]).toMatchObject({
      factor: 'version',
      value: '3.9.0',
      failing: { count: 13, of: 14 },
      good: { count: 0, of: 412 },
    });
    expect(differences[0]?.low).toBeGreaterThan(0.6);
    expect(alike).toEqual(['model', 'input']);
  });

  it('is nothing when the difference may be chance', () => {
    const failing = many(10, (i) => run({ models: [i < 6 ? 'a' : 'b'] }));
    const good = many(20, (i) => run({ models: [i < 9 ? 'a' : 'b'] }));
    expect(compareRuns(failing, good).differences).toEqual([]);
  });

  it('is not said of a handful of runs', () => {
    expect(
      compareRuns(
        many(4, () => run({ versions: ['9'] })),
        many(400, () => run()),
      ),
    ).toMatchObject({
      differences: [],
      isTooFew: true,
    });
  });

  it('is the size of the input from where on they fail, named once', () => {
    const failing = many(20, (i) => run({ inputTokens: 9000 + i * 10 }));
    const good = many(100, (i) => run({ inputTokens: 100 + i * 60 }));
    const { differences } = compareRuns(failing, good);
    expect(differences.map(({ factor }) => factor)).toEqual(['input']);
    expect(Number(differences[0]?.value)).toBeGreaterThan(4000);
  });

  it('leaves out what fails by definition', () => {
    const failing = many(20, () => run({ tools: ['pay', 'risk'] }));
    const good = many(20, () => run({ tools: [] }));
    const { differences } = compareRuns(failing, good, { models: [], tools: ['pay'] });
    expect(differences.map(({ value }) => value)).toEqual(['risk']);
  });

  it('is rarely found where there is none, however much is compared', () => {
    // 40 versions at random on both sides: at most one in twenty comparisons may find something.
    let found = 0;
    let state = 7;
    const random = () => {
      state = (state * 16807) % 2147483647;
      return state / 2147483647;
    };
    for (let i = 0; i < 60; i++) {
      const any = () => run({ versions: many(12, () => run()).map(() => `v${Math.floor(random() * 40)}`) });
      if (compareRuns(many(40, any), many(200, any)).differences.length > 0) found++;
    }
    expect(found).toBeLessThanOrEqual(4);
  });
});

describe('the statistics', () => {
  it("are Fisher's: the tea tasting has 17 of 35", () => {
    expect(fisherExact({ count: 3, of: 4 }, { count: 1, of: 4 })).toBeCloseTo(34 / 70, 10);
    expect(fisherExact({ count: 4, of: 4 }, { count: 0, of: 4 })).toBeCloseTo(2 / 70, 10);
  });

  it("are Newcombe's: 56 of 70 against 48 of 80 is 0.2, 0.0524 to 0.3339", () => {
    const { difference, low, high } = newcombe({ count: 56, of: 70 }, { count: 48, of: 80 });
    expect([difference, low, high].map((value) => value.toFixed(4))).toEqual(['0.2000', '0.0524', '0.3339']);
  });

  it('hold for any table', () => {
    const share = fc.integer({ min: 1, max: 300 }).chain((of) => fc.record({ count: fc.nat(of), of: fc.constant(of) }));
    fc.assert(
      fc.property(share, share, (a, b) => {
        const p = fisherExact(a, b);
        const { low, high, difference } = newcombe(a, b);
        expect(p).toBeGreaterThan(0);
        expect(p).toBeCloseTo(fisherExact(b, a), 8);
        expect(low).toBeLessThanOrEqual(difference);
        expect(high).toBeGreaterThanOrEqual(difference);
        expect(wilson(a).low).toBeLessThanOrEqual(a.count / a.of + 1e-12);
      }),
    );
  });
});
