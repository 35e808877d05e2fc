// Renews the lease of a claim while its owner lives. A lease that ends says to others that this process is gone.
import type { IdempotencyStore } from './idempotency-store.ts';
import type { Runtime } from './runtime.ts';

const MAX_TIMER_MS = 2 ** 31 - 1;
/** No store is asked more often than this. */
const MIN_INTERVAL_MS = 20;

/**
 * Renews three times per lease, without holding the process open. Returns how to stop: it resolves when no renewal is
 * under way any more, so that none can overwrite how the action ended.
 * @param onFailure called with the error of the first renewal that failed
 */
export function keepLease(
  store: IdempotencyStore,
  claim: { key: string; token: string; leaseMs: number },
  runtime: Runtime,
  onFailure: (error: unknown) => void,
): () => Promise<void> {
  if (typeof store.renew !== 'function') return async () => undefined;
  let underWay: Promise<void> | null = null;
  let hasFailed = false;
  const renew = async (): Promise<void> => {
    try {
      await store.renew?.(claim.key, claim.token, runtime.nowMs() + claim.leaseMs);
    } catch (error) {
      if (!hasFailed) onFailure(error);
      hasFailed = true;
    } finally {
      underWay = null;
    }
  };
  const everyMs = Math.min(Math.max(claim.leaseMs / 3, MIN_INTERVAL_MS), MAX_TIMER_MS);
  const timer = setInterval(() => {
    underWay ??= renew();
  }, everyMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await underWay;
  };
}
