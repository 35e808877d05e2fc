// Where idempotency keys are kept. A store answers atomically for all callers whether the action may run or has run.

/** What is known of a key. Times are ms since 1970. */
export type KeyRecord =
  | { state: 'in_flight'; token: string; sinceMs: number; leaseUntilMs: number; untilMs: number }
  | { state: 'done'; result: unknown; hasResult: boolean; untilMs: number }
  | { state: 'failed'; errorType: string; message: string; untilMs: number }
  /** It is unknown whether the action happened. It stays so until someone decides. */
  | { state: 'unknown'; token: string; errorType: string; message: string; untilMs: number };

export type Claim = { state: 'claimed'; token: string } | KeyRecord;

export interface ClaimRequest {
  nowMs: number;
  /** How long the key is remembered. After that it counts as unused. */
  ttlMs: number;
  /** How long a claim holds without being renewed. One that is older belongs to a process that is gone. */
  leaseMs: number;
  /** Whether a failed key may be claimed again. */
  retryFailed: boolean;
}

/**
 * Implement this over your database to share keys between machines. `claim` must be atomic: of two callers only one
 * gets `claimed`. A record past its `untilMs` counts as none, except one in flight and one whose outcome is unknown:
 * nobody knows whether the action happened.
 */
export interface IdempotencyStore {
  claim: (key: string, request: ClaimRequest) => Promise<Claim>;
  /** Replaces the record that `token` holds, in flight or unknown, by how it ended. */
  settle: (key: string, token: string, record: KeyRecord) => Promise<void>;
  /** Removes the key, whatever its state. */
  forget: (key: string) => Promise<void>;
  /**
   * Renews the claim of a process that is still alive. Called three times per lease. Without it, `leaseMs` has
   * to be longer than the action takes.
   */
  renew?: ((key: string, token: string, leaseUntilMs: number) => Promise<void>) | undefined;
}

/** Whether a record lets a new claim pass. */
export function isClaimable(record: KeyRecord, request: ClaimRequest): boolean {
  if (record.state === 'in_flight' || record.state === 'unknown') return false;
  // A time that is not a finite number is null in JSON: such a record never expires.
  const isOver = typeof record.untilMs === 'number' && record.untilMs <= request.nowMs;
  return isOver || (record.state === 'failed' && request.retryFailed);
}

/** Whether a record is held by this token: only then may it be replaced. */
export function isHeldBy(record: KeyRecord | null | undefined, token: string): boolean {
  return record !== null && record !== undefined && 'token' in record && record.token === token;
}

export function newClaim(token: string, request: ClaimRequest): KeyRecord {
  const { nowMs, leaseMs, ttlMs } = request;
  return { state: 'in_flight', token, sinceMs: nowMs, leaseUntilMs: nowMs + leaseMs, untilMs: nowMs + ttlMs };
}
