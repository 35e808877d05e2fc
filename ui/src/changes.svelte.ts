// Changes to a pattern or an incident: sent, failed or done, then the page reloads its data.
import { type ApiError, failureOf } from './api.ts';

export class Changes {
  isBusy = $state(false);
  failure = $state.raw<ApiError | null>(null);
  /** The last change made, for the live region. */
  done = $state('');
  readonly #after: () => Promise<unknown>;

  /** @param after reloads what shows the change */
  constructor(after: () => Promise<unknown>) {
    this.#after = after;
  }

  /** Ignores a second click while busy. @returns whether the change was made */
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
