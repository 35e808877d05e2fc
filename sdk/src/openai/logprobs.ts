// Log-probabilities of the tokens of an answer, in sum: how sure the model was of what it wrote. The mean is that of the
// logarithms, so exp(mean) is the geometric mean of the tokens' probabilities.
import { TELLTALE } from '../attributes.ts';
import { listAt, numberAt } from '../read.ts';

export class Logprobs {
  #count = 0;
  #sum = 0;
  #least = Number.POSITIVE_INFINITY;

  /** @param tokens `[{logprob}]`, as chat and responses have them */
  add(tokens: readonly unknown[]): this {
    for (const token of tokens) {
      const logprob = numberAt(token, 'logprob');
      if (logprob === undefined || !Number.isFinite(logprob)) continue;
      this.#count++;
      this.#sum += logprob;
      this.#least = Math.min(this.#least, logprob);
    }
    return this;
  }

  attributes(): Record<string, number> {
    if (this.#count === 0) return {};
    return {
      [TELLTALE.LOGPROBS_COUNT]: this.#count,
      [TELLTALE.LOGPROBS_MEAN]: this.#sum / this.#count,
      [TELLTALE.LOGPROBS_MIN]: this.#least,
    };
  }
}

/** Those of the first choice of a chat completion. */
export const chatLogprobs = (completion: unknown): Logprobs =>
  new Logprobs().add(listAt(completion, 'choices', 0, 'logprobs', 'content'));

/** Those of all texts of a response. */
export function responseLogprobs(response: unknown): Logprobs {
  const logprobs = new Logprobs();
  for (const item of listAt(response, 'output')) {
    for (const part of listAt(item, 'content')) logprobs.add(listAt(part, 'logprobs'));
  }
  return logprobs;
}
