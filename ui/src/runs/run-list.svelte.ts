// The list of runs as state: pages by cursor, new runs held back behind a button, the place of a run in the list.

import type { Run, RunPage } from '#contracts/run';
import { api } from '../api.ts';
import { Resource } from '../resource.svelte.ts';
import { hrefOf } from '../route.ts';
import { type Filter, filtersOf, queryOf } from './filters.ts';

const PAGE_SIZE = 50;

class RunList {
  filters = $state.raw<readonly Filter[]>([]);
  runs = $state.raw<readonly Run[]>([]);
  nextCursor = $state<string | null>(null);
  /** Newer runs that arrived meanwhile; shown on request. */
  held = $state.raw<readonly Run[]>([]);
  readonly first = new Resource<RunPage>();
  readonly older = new Resource<RunPage>();
  #key: string | null = null;

  /** The list's own address, to come back to it. */
  readonly href: string = $derived(
    hrefOf({ page: 'runs' }, new URLSearchParams(this.filters.map(({ name, value }) => [name, value]))),
  );
  /** Whether the rows match the current filters. */
  isKnown = $state(false);

  /** Shows the list of an address. Coming back to the same list keeps its rows and refreshes them. */
  async show(params: URLSearchParams): Promise<void> {
    const filters = filtersOf(params);
    const key = queryOf(filters, PAGE_SIZE).toString();
    if (key === this.#key && this.isKnown) return this.refresh();
    this.#key = key;
    this.filters = filters;
    this.isKnown = false;
    this.older.clear();
    await this.load();
  }

  /** Loads the newest page; on failure the old rows stay and `first.failure` says why. */
  async load(): Promise<void> {
    await this.first.load((signal) => api.listRuns({ query: queryOf(this.filters, PAGE_SIZE), signal }));
    if (this.first.failure !== null || this.first.data === null || this.first.isLoading) return;
    this.runs = this.first.data.runs;
    this.nextCursor = this.first.data.nextCursor;
    this.held = [];
    this.isKnown = true;
  }

  /** Loads the newest page: known rows are updated in place, new ones are held back. */
  async refresh(): Promise<void> {
    if (!this.isKnown || this.runs.length === 0) return this.load();
    const key = this.#key;
    await this.first.load((signal) => api.listRuns({ query: queryOf(this.filters, PAGE_SIZE), signal }));
    if (key !== this.#key || this.first.failure !== null || this.first.data === null) return;
    const fresh = new Map(this.first.data.runs.map((run) => [run.traceId, run]));
    const known = new Set(this.runs.map((run) => run.traceId));
    this.runs = this.runs.map((run) => fresh.get(run.traceId) ?? run);
    // Only what is newer than the top is news: a page that got shorter lets older runs in at its end.
    const top = this.runs[0]?.startTime ?? '';
    this.held = this.first.data.runs.filter((run) => !known.has(run.traceId) && run.startTime >= top);
  }

  /** Shows the held-back runs: the newest page replaces the list. */
  showNew(): Promise<void> {
    return this.load();
  }

  async loadOlder(): Promise<void> {
    const cursor = this.nextCursor;
    if (cursor === null) return;
    const key = this.#key;
    await this.older.load((signal) => api.listRuns({ query: queryOf(this.filters, PAGE_SIZE, cursor), signal }));
    const page = this.older.data;
    if (key !== this.#key || page === null || this.older.failure !== null || cursor !== this.nextCursor) return;
    const known = new Set(this.runs.map((run) => run.traceId));
    this.runs = [...this.runs, ...page.runs.filter((run) => !known.has(run.traceId))];
    this.nextCursor = page.nextCursor;
  }

  /** The position of a run in the list, and its neighbors; null when it is not in it. */
  placeOf(traceId: string): { index: number; count: number; newer: string | null; older: string | null } | null {
    const index = this.runs.findIndex((run) => run.traceId === traceId);
    if (index < 0) return null;
    const at = (i: number) => this.runs[i]?.traceId ?? null;
    return { index, count: this.runs.length, newer: at(index - 1), older: at(index + 1) };
  }
}

export const runList = new RunList();
