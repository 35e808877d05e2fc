// Where idempotency keys are kept. A store answers one question at once for everybody: may I do it, or who did?

/** What is known of a key. Times are ms since 1970. */
export type KeyRecord =
  | { state: 'in_flight'; token: string; sinceMs: number; leaseUntilMs: number; untilMs: number }
  | { state: 'done'; result: unknown; hasResult: boolean; untilMs: number }
  | { state: 'failed'; errorType: string; message: string; untilMs: number };

export type Claim = { state: 'claimed'; token: string } | KeyRecord;

export interface ClaimRequest {
  nowMs: number;
  /** How long the key is remembered. After that it is as if it had never been used. */
  ttlMs: number;
  /** How long the action may take. A claim older than this belongs to a process that is gone. */
  leaseMs: number;
  /** Whether a failed key may be claimed again. */
  retryFailed: boolean;
}

/**
 * Implement this over your database to share keys between machines. `claim` must be atomic: of two callers only one
 * gets `claimed`. A record past its `untilMs` counts as none, except one in flight: nobody knows what became of it.
 */
export interface IdempotencyStore {
  claim: (key: string, request: ClaimRequest) => Promise<Claim>;
  /** Replaces the claim that `token` holds by how it ended. */
  settle: (key: string, token: string, record: KeyRecord) => Promise<void>;
  /** Removes the key, whatever its state. */
  forget: (key: string) => Promise<void>;
}

/** Whether a record lets a new claim pass. */
export function isClaimable(record: KeyRecord, request: ClaimRequest): boolean {
  if (record.state === 'in_flight') return false;
  return record.untilMs <= request.nowMs || (record.state === 'failed' && request.retryFailed);
}

export function newClaim(token: string, request: ClaimRequest): KeyRecord {
  const { nowMs, leaseMs, ttlMs } = request;
  return { state: 'in_flight', token, sinceMs: nowMs, leaseUntilMs: nowMs + leaseMs, untilMs: nowMs + ttlMs };
}
