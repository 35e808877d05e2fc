// What came in and what became of it, since the process started, per signal:
//   received = acked + the sum of rejected
//   acked    = inserted + spooled + quarantined + lost + deduplicated
// What an earlier process left in the spool counts as received and acked when it is found, so both always hold.
import { SkipLog } from './skip-log.ts';

/** Why rows were not taken: a fault of the row (validate-span.ts), or ours. */
export type RejectReason = string;

export class SignalCounters {
  received = 0;
  /** On disk. The request was acknowledged, or refused as retryable because the rest of it was not written. */
  acked = 0;
  /** Committed in storage. */
  inserted = 0;
  /** On disk, not yet in storage. */
  spooled = 0;
  /** Refused by storage for good, or damaged on disk; quarantined with the reason. */
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

/** Refusals that a retry cannot fix, by HTTP status; retryable refusals are not a loss. */
const FINAL_REFUSALS: Readonly<Record<number, string>> = {
  400: 'malformed',
  404: 'wrong_address',
  405: 'wrong_address',
  413: 'too_large',
  415: 'wrong_content_type',
  421: 'wrong_address',
  431: 'malformed',
  501: 'wrong_address',
};

export class Counters {
  /** What was not stored or stored shorter, by reason and sender. */
  readonly skips: SkipLog;
  readonly spans = new SignalCounters();
  readonly logs = new SignalCounters();
  requestsReceived = 0;
  readonly requestsAnswered = new Map<number, number>();
  lastSpanAtMs: number | null = null;
  /** When an insert last failed; null when the last one succeeded. */
  insertFailedAtMs: number | null = null;
  lastRefusal: { atMs: number; status: number; message: string } | null = null;

  constructor(now: () => number = Date.now) {
    this.skips = new SkipLog(now);
  }

  /** @param client what is known of who asked: its user agent */
  answer(status: number, message: string, nowMs: number, client = ''): void {
    this.requestsAnswered.set(status, (this.requestsAnswered.get(status) ?? 0) + 1);
    if (status >= 400) this.lastRefusal = { atMs: nowMs, status, message };
    const reason = FINAL_REFUSALS[status];
    if (reason !== undefined) this.skips.note({ kind: 'refused', reason, sender: client, count: 1 });
  }
}
