// The reply of /api/status, from what the parts of this process say of themselves. A part that runs elsewhere has
// nothing to say here, so its counters are zero.
import type { Status } from '#schema/status';
import type { Database } from '#storage/database';

/** The collector's counters, as far as they are shown. */
export interface IntakeFacts {
  readonly spansReceived: number;
  readonly spansAcked: number;
  readonly spansInserted: number;
  readonly spansRejected: ReadonlyMap<string, number>;
  readonly requestsReceived: number;
  readonly requestsAnswered: ReadonlyMap<number, number>;
  readonly lastSpanAtMs: number | null;
  readonly lastRefusal: { readonly atMs: number; readonly status: number; readonly message: string } | null;
}

/** Filled in while the process starts. */
export interface ProcessFacts {
  readonly version: string;
  readonly startedAtMs: number;
  readonly db: Pick<Database, 'engine' | 'version'>;
  collector?: IntakeFacts;
  detector?: () => Status['detector'];
}

export function toStatus({ version, startedAtMs, db, collector, detector }: ProcessFacts): Status {
  const refusal = collector?.lastRefusal ?? null;
  return {
    version,
    startedAt: iso(startedAtMs),
    engine: db.engine,
    engineVersion: db.version,
    spans: {
      received: collector?.spansReceived ?? 0,
      acked: collector?.spansAcked ?? 0,
      inserted: collector?.spansInserted ?? 0,
      rejected: Object.fromEntries(collector?.spansRejected ?? []),
    },
    requests: {
      received: collector?.requestsReceived ?? 0,
      answered: Object.fromEntries(collector?.requestsAnswered ?? []),
    },
    lastSpanAt: collector == null || collector.lastSpanAtMs === null ? null : iso(collector.lastSpanAtMs),
    lastRefusal: refusal === null ? null : { at: iso(refusal.atMs), status: refusal.status, message: refusal.message },
    detector: detector?.() ?? { lastTickAt: null, lastError: null },
  };
}

const iso = (ms: number) => new Date(ms).toISOString();
