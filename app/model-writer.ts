// Creates the LLM writer of summaries from the settings; its price comes from them or from the collector's table.
import type { Logger } from 'pino';
import type { Config } from '#config';
import type { Database } from '#storage/database';
import type { RunStore } from '#storage/stores';
import { createBudget, type ModelPrice } from '../alerting/summaries/model/budget.ts';
import { createModelClient } from '../alerting/summaries/model/client.ts';
import { createModelWriter, type ModelWriter } from '../alerting/summaries/model/model-writer.ts';
import { Prices } from '../collector/map/prices/price-of.ts';
import { Redactor } from '../collector/redact/redactor.ts';

type Settings = Pick<
  Config,
  | 'OPENAI_API_KEY'
  | 'OPENAI_BASE_URL'
  | 'TELLTALE_SUMMARY_MODEL'
  | 'TELLTALE_SUMMARY_DAILY_USD'
  | 'TELLTALE_SUMMARY_PRICE'
  | 'TELLTALE_REDACT'
>;

export interface ModelParts {
  readonly db: Database;
  readonly projectId: string;
  readonly runs: RunStore;
  readonly log: Pick<Logger, 'warn' | 'debug'>;
}

const MILLION = 1_000_000;

/** null when no key is set, or when the price is not known: without a price no budget could be enforced. */
export function modelWriterOf(config: Settings, { db, projectId, runs, log }: ModelParts): ModelWriter | null {
  const { OPENAI_API_KEY: apiKey, TELLTALE_SUMMARY_MODEL: model, TELLTALE_SUMMARY_DAILY_USD: dailyUsd } = config;
  if (apiKey === undefined) return null;
  const problem = modelProblem(config);
  const price = modelPrice(config);
  if (problem !== null || price === null) {
    log.warn(`${problem} Summaries are written by rule.`);
    return null;
  }
  const client = createModelClient({ apiKey, baseUrl: config.OPENAI_BASE_URL, model });
  const budget = createBudget({ db, projectId, dailyUsd, price, now: Date.now });
  // Even with TELLTALE_REDACT=off, secrets are masked before text leaves the machine.
  const redactor = new Redactor(config.TELLTALE_REDACT === 'personal' ? 'personal' : 'secrets');
  const mask = (text: string): string => {
    const bytes = Buffer.from(text);
    redactor.text(bytes, 0, bytes.length);
    return bytes.toString('utf8');
  };
  return createModelWriter({ db, projectId, runs, log, now: Date.now, client, budget, dailyUsd, mask });
}

/** Why the LLM cannot be called, and how to fix it; null when it can, or none is configured. */
export function modelProblem(config: Settings): string | null {
  if (config.OPENAI_API_KEY === undefined || modelPrice(config) !== null) return null;
  return `The price of ${config.TELLTALE_SUMMARY_MODEL} is not known, so no budget can be enforced: set TELLTALE_SUMMARY_PRICE, like 0.40/1.60, or 0/0 for your own model.`;
}

/** The setting, else the maker's price. Another server has prices of its own. */
function modelPrice({
  TELLTALE_SUMMARY_PRICE: set,
  TELLTALE_SUMMARY_MODEL: model,
  OPENAI_BASE_URL: url,
}: Settings): ModelPrice | null {
  if (set !== undefined) return set;
  if (url !== undefined && new URL(url).hostname !== 'api.openai.com') return null;
  const prices = new Prices();
  const usd = (tokensIn: number, tokensOut: number) =>
    prices.priceOf({ model, provider: 'openai', tokensIn, tokensOut, tokensCached: null });
  const inputUsd = usd(MILLION, 0);
  const both = usd(MILLION, MILLION);
  return inputUsd === null || both === null ? null : { inputUsd, outputUsd: both - inputUsd };
}
