// A bound on how long a request may wait for its answer.
import { RefusedError } from './refused.ts';

/**
 * The result of `work`, or a refusal after `ms`: an answer that comes after the sender gave up is of no use to it.
 * The work itself goes on; what it stores is stored, and the same spans sent again count once.
 * @throws RefusedError 503 with the message, or what `work` throws
 */
export async function withDeadline<T>(work: Promise<T>, ms: number, message: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RefusedError(503, message())), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
