// The list of patterns as state: the first page kept up to date, more pages by cursor, the place of a pattern in it.

import type { Pattern, PatternPage } from '#contracts/pattern';
import { api } from '../api.ts';
import { Resource } from '../resource.svelte.ts';
import { hrefOf } from '../route.ts';
import { queryOf } from './filters.ts';

const PAGE_SIZE = 50;

class PatternList {
  patterns = $state.raw<readonly Pattern[]>([]);
  nextCursor = $state<string | null>(null);
  /** Whether the rows match the current filters. */
  isKnown = $state(false);
  readonly first = new Resource<PatternPage>();
  readonly more = new Resource<PatternPage>();
  #params = new URLSearchParams();
  #key: string | null = null;

  /** The list's own address, to come back to it. */
  get href(): string {
    return hrefOf({ page: 'patterns' }, this.#params);
  }

  async show(params: URLSearchParams): Promise<void> {
    const key = queryOf(params, PAGE_SIZE).toString();
    this.#params = new URLSearchParams(params);
    if (key !== this.#key) {
      this.#key = key;
      this.isKnown = false;
      this.more.clear();
    }
    await this.load();
  }

  /** Reloads the first page; on failure the old rows stay. Rows of further pages stay where they are. */
  async load(): Promise<void> {
    const key = this.#key;
    await this.first.load((signal) => api.listPatterns({ query: queryOf(this.#params, PAGE_SIZE), signal }));
    const page = this.first.data;
    if (key !== this.#key || this.first.failure !== null || page === null || this.first.isLoading) return;
    const fresh = new Set(page.patterns.map(({ fingerprint }) => fingerprint));
    const further = this.isKnown
      ? this.patterns.slice(PAGE_SIZE).filter(({ fingerprint }) => !fresh.has(fingerprint))
      : [];
    this.patterns = [...page.patterns, ...further];
    if (further.length === 0) this.nextCursor = page.nextCursor;
    this.isKnown = true;
  }

  async loadMore(): Promise<void> {
    const cursor = this.nextCursor;
    const key = this.#key;
    if (cursor === null) return;
    await this.more.load((signal) => api.listPatterns({ query: queryOf(this.#params, PAGE_SIZE, cursor), signal }));
    const page = this.more.data;
    if (key !== this.#key || page === null || this.more.failure !== null || cursor !== this.nextCursor) return;
    const known = new Set(this.patterns.map(({ fingerprint }) => fingerprint));
    this.patterns = [...this.patterns, ...page.patterns.filter(({ fingerprint }) => !known.has(fingerprint))];
    this.nextCursor = page.nextCursor;
  }

  neighborOf(fingerprint: string, step: 1 | -1): string | null {
    const index = this.patterns.findIndex((each) => each.fingerprint === fingerprint);
    return index < 0 ? null : (this.patterns[index + step]?.fingerprint ?? null);
  }
}

export const patternList = new PatternList();
