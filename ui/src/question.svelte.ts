// One question to the API as state: asked, answered or failed, asked again. Old answers stay while a new one loads.
import { type ApiError, failureOf } from './api.ts';
import { reach } from './reach.svelte.ts';

export class Question<T> {
  answer = $state.raw<T | null>(null);
  failure = $state.raw<ApiError | null>(null);
  isAsking = $state(false);
  /** Epoch ms of the last answer. */
  answeredAt = $state<number | null>(null);
  #asked: AbortController | null = null;

  /**
   * Asks; a question still open is dropped. Never throws: look at `answer` and `failure`.
   * @param ask given a signal that is aborted when a later question replaces this one
   */
  async ask(ask: (signal: AbortSignal) => Promise<T>): Promise<void> {
    this.#asked?.abort();
    const mine = new AbortController();
    this.#asked = mine;
    this.isAsking = true;
    try {
      const answer = await ask(mine.signal);
      if (mine.signal.aborted) return;
      reach.answered();
      this.answer = answer;
      this.failure = null;
      this.answeredAt = Date.now();
    } catch (error) {
      if (mine.signal.aborted) return;
      this.failure = failureOf(error);
      if (this.failure.code === 'unreachable') reach.failed();
      else if (this.failure.status > 0) reach.answered();
    } finally {
      if (this.#asked === mine) {
        this.isAsking = false;
        this.#asked = null;
      }
    }
  }

  /** Drops the open question and forgets the answer. */
  clear(): void {
    this.#asked?.abort();
    this.#asked = null;
    this.answer = null;
    this.failure = null;
    this.isAsking = false;
  }
}
