// What came in and what became of it, since the process started, per signal:
//   received = acked + the sum of rejected
//   acked    = inserted + spooled + quarantined + lost + deduplicated
// What an earlier process left in the spool counts as received and acked when it is found, so both always hold.

/** Why rows were not taken: a fault of the row (validate-span.ts), or ours. */
export type RejectReason = string;

export class SignalCounters {
  received = 0;
  /** Their sender was told that they are stored. */
  acked = 0;
  /** Committed in storage. */
  inserted = 0;
  /** On disk, not yet in storage. */
  spooled = 0;
  /** Refused by storage for good, or damaged on disk; kept aside with the reason. */
  quarantined = 0;
  /** Acknowledged, and gone: their file in the spool was deleted or cut before it was inserted. */
  lost = 0;
  /** Sent again and already on disk. */
  deduplicated = 0;
  /** Of `received`: found in the spool of an earlier process. */
  recovered = 0;
  readonly rejected = new Map<RejectReason, number>();

  reject(reason: RejectReason, rows: number): void {
    this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + rows);
  }

  /** Rows an earlier process left on disk. */
  recover(rows: number): void {
    this.received += rows;
    this.acked += rows;
    this.recovered += rows;
  }
}

export class Counters {
  readonly spans = new SignalCounters();
  readonly logs = new SignalCounters();
  requestsReceived = 0;
  readonly requestsAnswered = new Map<number, number>();
  lastSpanAtMs: number | null = null;
  /** When an insert last failed; null when the last one succeeded. */
  insertFailedAtMs: number | null = null;
  lastRefusal: { atMs: number; status: number; message: string } | null = null;

  answer(status: number, message: string, nowMs: number): void {
    this.requestsAnswered.set(status, (this.requestsAnswered.get(status) ?? 0) + 1);
    if (status >= 400) this.lastRefusal = { atMs: nowMs, status, message };
  }
}
