// Requests that are on disk already, by the hash of their bytes: a client that did not get our answer sends the same
// bytes again, and gets the same answer without a second copy.
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

const MAX_REQUESTS = 10_000;
const KEEP_MS = 10 * 60_000;

export class RecentRequests<Answer> {
  readonly #now: () => number;
  readonly #answers = new LRUCache<string, { readonly answer: Promise<Answer>; readonly atMs: number }>({
    max: MAX_REQUESTS,
  });

  constructor(now: () => number) {
    this.#now = now;
  }

  static keyOf(signal: string, body: Buffer): string {
    return createHash('sha256').update(signal).update(body).digest('base64');
  }

  /** The answer to the same bytes, perhaps still on its way; null when they are new. */
  find(key: string): Promise<Answer> | null {
    const known = this.#answers.get(key);
    if (known === undefined) return null;
    if (this.#now() - known.atMs <= KEEP_MS) return known.answer;
    this.#answers.delete(key);
    return null;
  }

  /** Remembers an answer; one that fails is forgotten, so that the next try is taken as new. */
  remember(key: string, answer: Promise<Answer>): void {
    this.#answers.set(key, { answer, atMs: this.#now() });
    answer.catch(() => this.#answers.delete(key));
  }
}
