// The spans of a trace as far as they are loaded: page by page, in the order of the API. Every reply brings the run, its
// summary and the exact counts as well; the newest of them count.
import { untrack } from 'svelte';
import type { Trace } from '#contracts/run';
import type { SpanRow } from '#contracts/span';
import { api } from '../api.ts';
import { Resource } from '../resource.svelte.ts';

/** The most spans that a page of the browser holds: more of them make the tree slow to fold and to search. */
export const MOST_LOADED = 100_000;

interface Page {
  /** The cursor it was requested with; null is the first. */
  readonly cursor: string | null;
  readonly spans: readonly SpanRow[];
  readonly next: string | null;
}

export class SpanPages {
  readonly traceId: string;
  /** The newest reply, whichever page it is of. */
  readonly resource = new Resource<Trace>();
  /** A further page that was requested. */
  readonly more = new Resource<Trace>();
  #pages = $state.raw<readonly Page[]>([]);

  readonly spans: readonly SpanRow[] = $derived(
    this.#pages.length === 1 ? (this.#pages[0]?.spans ?? []) : this.#pages.flatMap(({ spans }) => spans),
  );
  readonly #next: string | null = $derived(this.#pages.at(-1)?.next ?? null);
  /** Some spans of the trace are not loaded. */
  readonly isPartial: boolean = $derived((this.resource.data?.spanCount ?? 0) > this.spans.length);
  readonly canLoadMore: boolean = $derived(this.#next !== null && this.spans.length < MOST_LOADED);
  /** All pages are loaded but some spans are missing: they arrived after their page was loaded. */
  readonly hasLate: boolean = $derived(this.isPartial && this.#next === null);

  constructor(traceId: string) {
    this.traceId = traceId;
  }

  /** Loads the last page again, where the new spans of an open run appear. */
  load(): Promise<void> {
    // An effect that loads must not run again because of what was loaded.
    const pages = untrack(() => this.#pages);
    const cursor = pages.at(-1)?.cursor ?? null;
    const before = pages.slice(0, -1);
    return this.resource.load(async (signal) => {
      const trace = await api.getTrace({
        params: { traceId: this.traceId },
        query: { cursor: cursor ?? undefined },
        signal,
      });
      // A page that was loaded meanwhile stays; this one is read again at the next turn.
      if (!signal.aborted && this.#pages.length <= before.length + 1) this.#pages = [...before, pageOf(cursor, trace)];
      return trace;
    });
  }

  async loadMore(): Promise<void> {
    const cursor = this.#next;
    if (cursor === null || !this.canLoadMore || this.more.isLoading) return;
    await this.more.load(async (signal) => {
      const trace = await api.getTrace({
        params: { traceId: this.traceId },
        query: { cursor: cursor ?? undefined },
        signal,
      });
      if (!signal.aborted && this.#next === cursor) {
        this.#pages = [...this.#pages, pageOf(cursor, trace)];
        this.resource.data = trace;
      }
      return trace;
    });
  }

  /** Starts over with the first page. */
  reload(): Promise<void> {
    this.#pages = this.#pages.slice(0, 1);
    return this.load();
  }
}

const pageOf = (cursor: string | null, { spans, nextCursor: next }: Trace): Page => ({ cursor, spans, next });
