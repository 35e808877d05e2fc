// The cost of a run of a defined agent: as reported, else by the agent's prices.
import type { Usage } from './llm.ts';
import { costByPrice, type ModelPrices } from './prices.ts';

/** Calls whose cost is not known are remembered up to this many. */
const MOST_UNPRICED = 100;
const MOST_NAMED = 5;

export class ScopeCosts {
  readonly #limitUsd: number | undefined;
  readonly #prices: ModelPrices | undefined;
  /** Of the agent around this one. */
  readonly #around: ScopeCosts | undefined;
  /** Models by the call whose cost is not known. */
  readonly #unpriced = new Map<object, string>();
  #spentUsd = 0;

  constructor(limitUsd: number | undefined, prices: ModelPrices | undefined, around: ScopeCosts | undefined) {
    this.#limitUsd = limitUsd;
    this.#prices = prices;
    this.#around = around;
  }

  get spentUsd(): number {
    return this.#spentUsd;
  }

  get isOver(): boolean {
    return this.#limitUsd !== undefined && this.#spentUsd >= this.#limitUsd;
  }

  /** Whether this agent or one around it has prices of models. */
  get hasPrices(): boolean {
    return this.#prices !== undefined || this.#around?.hasPrices === true;
  }

  /** Adds US dollars, for the agents around too. What is no positive number adds nothing. */
  spend(costUsd: number): void {
    if (!Number.isFinite(costUsd) || costUsd <= 0) return;
    this.#spentUsd += costUsd;
    this.#around?.spend(costUsd);
  }

  /** US dollars of a call by the prices of this agent, else of those around it; undefined = not known. */
  costOf(models: readonly (string | undefined)[], usage: Usage): number | undefined {
    const own = this.#prices === undefined ? undefined : costByPrice(this.#prices, models, usage);
    return own ?? this.#around?.costOf(models, usage);
  }

  /** @param call identifies one call of a model, whose usage may be reported in parts */
  notePriced(call: object, model: string, isKnown: boolean): void {
    if (isKnown || !this.hasPrices) this.#unpriced.delete(call);
    else if (this.#unpriced.size < MOST_UNPRICED) this.#unpriced.set(call, model);
    this.#around?.notePriced(call, model, isKnown);
  }

  /** What the limit could not count, as a sentence; null when there is nothing to say. */
  doubt(calledModels: boolean): string | null {
    if (this.#limitUsd === undefined) return null;
    if (this.#unpriced.size > 0) {
      const models = [...new Set(this.#unpriced.values())].slice(0, MOST_NAMED).join(', ');
      return `A cost limit is set, and some calls did not count, for want of a price or of token counts: ${models}.`;
    }
    if (!calledModels || this.#spentUsd > 0) return null;
    return 'A cost limit is set, models were called, and nobody said what they cost: give prices, or call run.spend or setUsage({ costUsd }).';
  }
}
