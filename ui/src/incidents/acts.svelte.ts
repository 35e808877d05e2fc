// Doing something about an incident: one act at a time, its failure kept until the next.
import { type ApiError, failureOf } from '../api.ts';

export class Acts {
  isBusy = $state(false);
  failure = $state.raw<ApiError | null>(null);
  /** What was done last, for screen readers. */
  done = $state('');
  readonly #changed: () => Promise<void>;

  /** @param changed asks for the incident anew */
  constructor(changed: () => Promise<void>) {
    this.#changed = changed;
  }

  /** Whether it worked. Never throws. */
  async make(words: string, change: () => Promise<unknown>): Promise<boolean> {
    if (this.isBusy) return false;
    this.isBusy = true;
    this.failure = null;
    try {
      await change();
      await this.#changed();
      this.done = words;
      return true;
    } catch (error) {
      this.failure = failureOf(error);
      return false;
    } finally {
      this.isBusy = false;
    }
  }
}
