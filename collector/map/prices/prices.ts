// What models cost at their maker's own counter, as of a date. Prices with `comparedWith` were compared with a copy of
// that page of their maker; the others are written down from memory (decision 0025). Models whose price was in doubt are
// left out; a model that is not here has no price, which is not the same as free. To add one: docs/recipes/add-a-price.md.

/** The day on which the prices were last checked. Later changes of a price are not in here. */
export const PRICES_AS_OF = '2026-11-25';

export interface Price {
  /** The model's name without a date at the end. */
  readonly model: string;
  /** US dollars per million tokens. */
  readonly inputUsd: number;
  /** For input read from a cache; null = not known, so that a call which used the cache has no price. */
  readonly cachedUsd: number | null;
  readonly outputUsd: number;
  /** The maker's page that says so, and that was read; null = not compared yet. */
  readonly comparedWith: string | null;
}

export interface PriceList {
  /** Values of `gen_ai.provider.name` that this list is for. */
  readonly providers: readonly string[];
  readonly source: string;
  readonly prices: readonly Price[];
}

const price = (
  model: string,
  inputUsd: number,
  cachedUsd: number | null,
  outputUsd: number,
  comparedWith: string | null = null,
): Price => ({ model, inputUsd, cachedUsd, outputUsd, comparedWith });

const ANTHROPIC = 'https://platform.claude.com/docs/en/about-claude/pricing';

export const PRICE_LISTS: readonly PriceList[] = [
  {
    providers: ['openai'],
    source: 'https://openai.com/api/pricing/',
    prices: [
      price('gpt-5', 1.25, 0.125, 10),
      price('gpt-5-mini', 0.25, 0.025, 2),
      price('gpt-5-nano', 0.05, 0.005, 0.4),
      price('gpt-4.1', 2, 0.5, 8),
      price('gpt-4.1-mini', 0.4, 0.1, 1.6),
      price('gpt-4.1-nano', 0.1, 0.025, 0.4),
      price('gpt-4o', 2.5, 1.25, 10),
      price('gpt-4o-mini', 0.15, 0.075, 0.6),
      price('o1', 15, 7.5, 60),
      price('o3', 2, 0.5, 8),
      price('o3-mini', 1.1, 0.55, 4.4),
      price('o4-mini', 1.1, 0.275, 4.4),
      price('gpt-4-turbo', 10, null, 30),
      price('gpt-4', 30, null, 60),
      price('gpt-3.5-turbo', 0.5, null, 1.5),
      price('text-embedding-3-small', 0.02, null, 0),
      price('text-embedding-3-large', 0.13, null, 0),
      price('text-embedding-ada-002', 0.1, null, 0),
    ],
  },
  {
    // Models whose price depends on the length of the prompt are left out.
    providers: ['anthropic'],
    source: ANTHROPIC,
    prices: [
      price('claude-opus-5', 5, 0.5, 25, ANTHROPIC),
      price('claude-opus-4-8', 5, 0.5, 25, ANTHROPIC),
      price('claude-opus-4-7', 5, 0.5, 25, ANTHROPIC),
      price('claude-opus-4-6', 5, 0.5, 25, ANTHROPIC),
      price('claude-opus-4-5', 5, 0.5, 25, ANTHROPIC),
      price('claude-opus-4-1', 15, 1.5, 75, ANTHROPIC),
      price('claude-opus-4', 15, 1.5, 75, ANTHROPIC),
      price('claude-sonnet-4-6', 3, 0.3, 15, ANTHROPIC),
      price('claude-sonnet-4-5', 3, 0.3, 15, ANTHROPIC),
      price('claude-sonnet-4', 3, 0.3, 15, ANTHROPIC),
      price('claude-haiku-4-5', 1, 0.1, 5, ANTHROPIC),
      price('claude-3-7-sonnet', 3, 0.3, 15, ANTHROPIC),
      price('claude-3-5-haiku', 0.8, 0.08, 4, ANTHROPIC),
      price('claude-3-opus', 15, 1.5, 75, ANTHROPIC),
      price('claude-3-haiku', 0.25, 0.03, 1.25, ANTHROPIC),
      price('claude-3-5-sonnet', 3, 0.3, 15),
      price('claude-3-sonnet', 3, null, 15),
    ],
  },
  {
    // gemini-2.5-pro and the 1.5 models cost more for long prompts, so their price is not one number.
    providers: ['gcp.gemini', 'google'],
    source: 'https://ai.google.dev/pricing',
    prices: [
      price('gemini-2.5-flash', 0.3, null, 2.5),
      price('gemini-2.0-flash', 0.1, 0.025, 0.4),
      price('gemini-2.0-flash-lite', 0.075, null, 0.3),
    ],
  },
];
