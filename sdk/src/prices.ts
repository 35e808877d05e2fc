// The cost of a model call by the user's prices: a cost limit also counts calls whose cost nobody reported in dollars.
import type { Usage } from './llm.ts';

/** What a model costs, in US dollars per million tokens. */
export interface ModelPrice {
  inputUsdPerMillion: number;
  /** Input tokens that the provider had in its cache. Default: the price of input. */
  cachedInputUsdPerMillion?: number | undefined;
  /** Not needed for models without output, such as embeddings. */
  outputUsdPerMillion?: number | undefined;
}

/** By the name of the requested model. A dated name (`gpt-4.1-2025-04-14`) is found by the name without its date. */
export type ModelPrices = Readonly<Record<string, ModelPrice>>;

/**
 * US dollars of one call; undefined when the model has no price here or the charged tokens are not known: what
 * is unknown is not free.
 */
export function costByPrice(
  prices: ModelPrices,
  models: readonly (string | undefined)[],
  usage: Usage,
): number | undefined {
  const price = priceOf(prices, models);
  const { inputTokens, outputTokens, cachedTokens } = usage;
  if (price === undefined || !isCount(inputTokens)) return undefined;
  const { inputUsdPerMillion, cachedInputUsdPerMillion = inputUsdPerMillion, outputUsdPerMillion = 0 } = price;
  if (outputUsdPerMillion > 0 && !isCount(outputTokens)) return undefined;
  const cached = isCount(cachedTokens) ? Math.min(cachedTokens, inputTokens) : 0;
  const inputUsd = (inputTokens - cached) * inputUsdPerMillion + cached * cachedInputUsdPerMillion;
  return (inputUsd + (isCount(outputTokens) ? outputTokens : 0) * outputUsdPerMillion) / 1e6;
}

function priceOf(prices: ModelPrices, models: readonly (string | undefined)[]): ModelPrice | undefined {
  for (const model of models) {
    if (typeof model !== 'string') continue;
    for (const name of [model, model.replace(/-(?:20\d\d-\d\d-\d\d|20\d{6}|latest)$/, '')]) {
      // A model may be called `constructor`.
      if (Object.hasOwn(prices, name)) return prices[name];
    }
  }
  return undefined;
}

const isCount = (value: unknown): value is number => typeof value === 'number' && value >= 0 && Number.isFinite(value);

/** What is wrong with a table of prices, as text; null when it is valid. */
export function faultInPrices(prices: unknown): string | null {
  if (typeof prices !== 'object' || prices === null) return 'prices must be an object of prices by model';
  for (const [model, price] of Object.entries(prices)) {
    if (typeof price !== 'object' || price === null) return `the price of ${model} must be an object`;
    if (!isCount(Reflect.get(price, 'inputUsdPerMillion'))) return `the price of ${model} needs inputUsdPerMillion`;
    for (const [part, value] of Object.entries(price)) {
      if (!['inputUsdPerMillion', 'cachedInputUsdPerMillion', 'outputUsdPerMillion'].includes(part))
        return `${part} is no part of a price; there are inputUsdPerMillion, cachedInputUsdPerMillion and outputUsdPerMillion`;
      if (value !== undefined && !isCount(value)) return `${part} of ${model} must be a number from 0 up`;
    }
  }
  return null;
}
