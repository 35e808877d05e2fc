// What the reader changes of a pattern or an incident: asked, refused or done, then the page asks again.
import { type ApiError, failureOf } from './api.ts';

export class Changes {
  isBusy = $state(false);
  failure = $state.raw<ApiError | null>(null);
  /** What was done last, for the polite region. */
  done = $state('');
  readonly #after: () => Promise<unknown>;

  /** @param after what shows the change */
  constructor(after: () => Promise<unknown>) {
    this.#after = after;
  }

  /** Two clicks are one change. @returns whether it was done */
  async make(words: string, change: () => Promise<unknown>): Promise<boolean> {
    if (this.isBusy) return false;
    this.isBusy = true;
    this.failure = null;
    try {
      await change();
      this.done = words;
      await this.#after();
      return true;
    } catch (error) {
      this.failure = failureOf(error);
      return false;
    } finally {
      this.isBusy = false;
    }
  }
}
