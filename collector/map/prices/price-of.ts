// What a call to a model cost, from the price table. Pure but for what it remembers of names.
import { PRICE_LISTS, type Price, type PriceList } from './prices.ts';

/** Names are untrusted input, so the cache of them is bounded. */
const MAX_REMEMBERED = 2000;
const MAX_NAME_CHARS = 200;

export interface Usage {
  readonly model: string;
  /** A value of `gen_ai.provider.name`; '' = not known. */
  readonly provider: string;
  /** Cached tokens included; null = not reported. */
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  readonly tokensCached: number | null;
}

export class Prices {
  readonly #lists: readonly PriceList[];
  readonly #remembered = new Map<string, Map<string, Price | null>>();
  #count = 0;

  constructor(lists: readonly PriceList[] = PRICE_LISTS) {
    this.#lists = lists;
  }

  /** US dollars; null when the model or its provider has no price here, or no input was reported: unknown is not 0. */
  priceOf({ model, provider, tokensIn, tokensOut, tokensCached }: Usage): number | null {
    if (tokensIn === null || tokensIn < 0) return null;
    const price = this.#find(model, provider);
    if (price === null) return null;
    // Without its output a call that has one would be shown too cheap.
    if (price.outputUsd > 0 && tokensOut === null) return null;
    const cached = Math.min(Math.max(tokensCached ?? 0, 0), tokensIn);
    if (cached > 0 && price.cachedUsd === null) return null;
    const inputUsd = (tokensIn - cached) * price.inputUsd + cached * (price.cachedUsd ?? 0);
    const costUsd = (inputUsd + Math.max(tokensOut ?? 0, 0) * price.outputUsd) / 1e6;
    return costUsd > 0 ? costUsd : null;
  }

  #find(model: string, provider: string): Price | null {
    const known = this.#remembered.get(provider)?.get(model);
    if (known !== undefined) return known;
    const price = lookUp(this.#lists, model, provider);
    if (model.length > MAX_NAME_CHARS || provider.length > MAX_NAME_CHARS) return price;
    if (this.#count++ >= MAX_REMEMBERED) {
      this.#remembered.clear();
      this.#count = 1;
    }
    const models = this.#remembered.get(provider) ?? new Map<string, Price | null>();
    this.#remembered.set(provider, models.set(model, price));
    return price;
  }
}

/** Providers that pass calls on, with the maker named in front of the model. */
const GATEWAYS = new Set(['', 'openrouter', 'litellm', 'vercel', 'gateway']);

function lookUp(lists: readonly PriceList[], model: string, provider: string): Price | null {
  const name = model.slice(0, MAX_NAME_CHARS).toLowerCase();
  const slash = name.lastIndexOf('/');
  const maker = slash < 0 ? '' : name.slice(name.lastIndexOf('/', slash - 1) + 1, slash);
  const bare = name.slice(slash + 1);
  // The same model costs something else at another host.
  const seller = GATEWAYS.has(provider) ? maker : provider;
  const names = [bare, withoutDate(bare)];
  for (const list of lists) {
    if (seller !== '' && seller !== 'models' && !list.providers.includes(seller)) continue;
    for (const each of names) {
      const price = list.prices.find((row) => row.model === each);
      if (price !== undefined) return price;
    }
  }
  return null;
}

/** `gpt-4o-2024-08-06` is gpt-4o, `claude-sonnet-4-20250514` is claude-sonnet-4. The first gpt-4o cost more. */
function withoutDate(name: string): string {
  if (name === 'gpt-4o-2024-05-13') return name;
  return name.replace(/-(?:20\d\d-\d\d-\d\d|20\d{6}|latest)$/, '');
}
