// Idempotency keys in memory: for one process, and gone with it.
import { randomUUID } from 'node:crypto';
import {
  type Claim,
  type ClaimRequest,
  type IdempotencyStore,
  isClaimable,
  isHeldBy,
  type KeyRecord,
  newClaim,
} from './idempotency-store.ts';

/** Expired keys are removed when the store has grown to a multiple of this. */
const SWEEP_EVERY = 1_000;

export class MemoryKeys implements IdempotencyStore {
  readonly #records = new Map<string, KeyRecord>();

  async claim(key: string, request: ClaimRequest): Promise<Claim> {
    const known = this.#records.get(key);
    if (known !== undefined && !isClaimable(known, request)) return known;
    const token = randomUUID();
    this.#records.set(key, newClaim(token, request));
    if (this.#records.size % SWEEP_EVERY === 0) this.#sweep(request.nowMs);
    return { state: 'claimed', token };
  }

  async settle(key: string, token: string, record: KeyRecord): Promise<void> {
    const known = this.#records.get(key);
    if (isHeldBy(known, token)) this.#records.set(key, record);
  }

  async renew(key: string, token: string, leaseUntilMs: number): Promise<void> {
    const known = this.#records.get(key);
    if (known?.state === 'in_flight' && known.token === token) this.#records.set(key, { ...known, leaseUntilMs });
  }

  async forget(key: string): Promise<void> {
    this.#records.delete(key);
  }

  #sweep(nowMs: number): void {
    for (const [key, record] of this.#records) {
      if (record.state !== 'in_flight' && record.state !== 'unknown' && record.untilMs <= nowMs)
        this.#records.delete(key);
    }
  }
}

/** Keys in memory. One store may serve many actions. */
export function memoryKeys(): IdempotencyStore {
  return new MemoryKeys();
}
