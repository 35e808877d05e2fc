// What came in and what became of it, since the process started. received = acked + the sum of rejected.

/** Why spans were not stored: a fault of the span (validate-span.ts), or ours. */
export type RejectReason = string;

export class Counters {
  spansReceived = 0;
  spansAcked = 0;
  spansInserted = 0;
  readonly spansRejected = new Map<RejectReason, number>();
  requestsReceived = 0;
  readonly requestsAnswered = new Map<number, number>();
  lastSpanAtMs: number | null = null;
  /** When an insert last failed; null when the last one succeeded. */
  insertFailedAtMs: number | null = null;
  lastRefusal: { atMs: number; status: number; message: string } | null = null;

  reject(reason: RejectReason, spans: number): void {
    this.spansRejected.set(reason, (this.spansRejected.get(reason) ?? 0) + spans);
  }

  answer(status: number, message: string, nowMs: number): void {
    this.requestsAnswered.set(status, (this.requestsAnswered.get(status) ?? 0) + 1);
    if (status >= 400) this.lastRefusal = { atMs: nowMs, status, message };
  }
}
