// Data of the API as state: loading, loaded or failed, and loaded again. The old data stays while new data loads.
import { type ApiError, failureOf } from './api.ts';
import { reach } from './reach.svelte.ts';

export class Resource<T> {
  data = $state.raw<T | null>(null);
  failure = $state.raw<ApiError | null>(null);
  isLoading = $state(false);
  /** Epoch ms of the last successful load. */
  loadedAt = $state<number | null>(null);
  #pending: AbortController | null = null;

  /**
   * Loads the data and aborts a load still pending. Never throws: see `data` and `failure`.
   * @param request given a signal that is aborted when a later load replaces this one
   */
  async load(request: (signal: AbortSignal) => Promise<T>): Promise<void> {
    this.#pending?.abort();
    const mine = new AbortController();
    this.#pending = mine;
    this.isLoading = true;
    try {
      const data = await request(mine.signal);
      if (mine.signal.aborted) return;
      reach.answered();
      this.data = data;
      this.failure = null;
      this.loadedAt = Date.now();
    } catch (error) {
      if (mine.signal.aborted) return;
      this.failure = failureOf(error);
      if (this.failure.code === 'unreachable') reach.failed();
      else if (this.failure.status > 0) reach.answered();
    } finally {
      if (this.#pending === mine) {
        this.isLoading = false;
        this.#pending = null;
      }
    }
  }

  /** Aborts a pending load and discards the data. */
  clear(): void {
    this.#pending?.abort();
    this.#pending = null;
    this.data = null;
    this.failure = null;
    this.isLoading = false;
  }
}
