import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Prices } from './price-of.ts';
import { PRICE_LISTS, PRICES_AS_OF } from './prices.ts';

const prices = new Prices();
const cost = (model: string, provider = '', tokensCached: number | null = null) =>
  prices.priceOf({ model, provider, tokensIn: 1_000_000, tokensOut: 1_000_000, tokensCached });

describe('priceOf', () => {
  it.each([
    ['gpt-4o', 'openai', 12.5],
    ['gpt-4o-2024-08-06', 'openai', 12.5],
    ['openai/gpt-4o', '', 12.5],
    ['openrouter/openai/gpt-4o', 'openrouter', 12.5],
    ['claude-sonnet-4-20250514', 'anthropic', 18],
    ['claude-3-5-haiku-latest', 'anthropic', 4.8],
    ['GPT-4o-mini', '', 0.75],
    ['text-embedding-3-small', 'openai', 0.02],
    ['models/gemini-2.0-flash', 'gcp.gemini', 0.5],
    ['claude-haiku-4-5-20251001', 'anthropic', 6],
  ])('%s at "%s" costs %d', (model, provider, costUsd) => {
    expect(cost(model, provider)).toBeCloseTo(costUsd, 9);
    // The second time from memory.
    expect(cost(model, provider)).toBeCloseTo(costUsd, 9);
  });

  it.each([
    ['gpt-4o-2024-05-13', 'openai'],
    ['gpt-4o-my-finetune', 'openai'],
    ['gpt-4o', 'someone_else'],
    ['acme/gpt-4o', ''],
    ['__proto__', ''],
    ['', ''],
  ])('%s at "%s" has no price, which is not 0', (model, provider) => {
    expect(cost(model, provider)).toBeNull();
  });

  it('counts cached tokens as a part of the input, at their own price', () => {
    expect(cost('gpt-4o', 'openai', 400_000)).toBeCloseTo(0.6 * 2.5 + 0.4 * 1.25 + 10, 9);
    expect(cost('gpt-4o', 'openai', 9_000_000)).toBeCloseTo(1.25 + 10, 9);
  });

  it('says nothing when tokens are missing', () => {
    const usage = { model: 'gpt-4o', provider: 'openai', tokensIn: 5, tokensOut: 5, tokensCached: null };
    expect(prices.priceOf({ ...usage, tokensIn: null })).toBeNull();
    expect(prices.priceOf({ ...usage, tokensOut: null })).toBeNull();
    expect(prices.priceOf({ ...usage, tokensIn: 0, tokensOut: 0 })).toBeNull();
  });

  it('never answers 0, a negative number or NaN', () => {
    const tokens = fc.option(fc.integer({ min: -10, max: 1e9 }));
    const model = fc.constantFrom('gpt-4o', 'o1', 'x', 'text-embedding-3-small');
    fc.assert(
      fc.property(model, tokens, tokens, tokens, (name, tokensIn, tokensOut, tokensCached) => {
        const usd = prices.priceOf({ model: name, provider: '', tokensIn, tokensOut, tokensCached });
        expect(usd === null || usd > 0).toBe(true);
      }),
    );
  });
});

describe('the table', () => {
  it('has a date, a source per list, and each model once', () => {
    expect(PRICES_AS_OF).toMatch(/^\d{4}-\d\d-\d\d$/);
    for (const { source, prices: rows } of PRICE_LISTS) {
      expect(source).toMatch(/^https:\/\//);
      for (const { comparedWith } of rows) expect(comparedWith ?? source).toBe(source);
    }
    const models = PRICE_LISTS.flatMap((list) => list.prices.map(({ model }) => model));
    expect(new Set(models).size).toBe(models.length);
  });

  it('has no price that makes the cached part dearer', () => {
    for (const { inputUsd, cachedUsd, outputUsd } of PRICE_LISTS.flatMap((list) => list.prices)) {
      expect(inputUsd).toBeGreaterThan(0);
      expect(cachedUsd ?? inputUsd).toBeLessThanOrEqual(inputUsd);
      expect(outputUsd).toBeGreaterThanOrEqual(0);
    }
  });
});
