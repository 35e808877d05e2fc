// Tries an operation again after a wait; every attempt is a span of its own, linked to the one before.
import type { StepSpan } from '@telltale/sdk';

const MAX_ATTEMPTS = 3;
const FIRST_DELAY_SECONDS = 0.1;

/**
 * Calls `attempt(n, mark)` up to three times, as long as it fails with a transient error. The attempt gives its span to
 * `mark`. Rejects with the last error.
 */
export async function withRetry<T>(
  isTransient: (error: unknown) => boolean,
  attempt: (label: string, mark: (span: StepSpan) => void) => Promise<T>,
): Promise<T> {
  let previous: StepSpan | undefined;
  for (let n = 0; ; n += 1) {
    const delaySeconds = n === 0 ? 0 : FIRST_DELAY_SECONDS * 2 ** (n - 1);
    await wait(delaySeconds * 1000);
    try {
      return await attempt(`attempt ${n + 1} of ${MAX_ATTEMPTS}`, (span) => {
        span.retryAttempt(n, { maxAttempts: MAX_ATTEMPTS, delaySeconds, previous });
        previous = span;
      });
    } catch (error) {
      if (n + 1 === MAX_ATTEMPTS || !isTransient(error)) throw error;
    }
  }
}

export function wait(ms: number): Promise<void> {
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
