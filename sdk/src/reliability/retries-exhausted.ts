// How an operation of several attempts sums up its failure.
import { brand } from '../brand.ts';
import { isA } from '../read.ts';

/** What the span of the whole operation says: no single call of it, so not one more of their errors. */
export class RetriesExhausted extends Error {
  override readonly name = 'RetriesExhausted';

  static {
    brand(RetriesExhausted, 'RetriesExhausted');
  }
}

/** The last error itself, where several attempts were summed up. */
export function lastErrorOf(error: unknown): unknown {
  return isA(error, RetriesExhausted) ? error.cause : error;
}
