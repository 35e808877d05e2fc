// The status of the process: counters since start, and the detector's last tick.
import { z } from 'zod';

const signalSchema = z.object({
  received: z.number(),
  /** Acknowledged to their sender. */
  acked: z.number(),
  /** Committed in storage. */
  inserted: z.number(),
  /** On disk, not in storage yet. */
  spooled: z.number(),
  /** Quarantined with a reason. */
  quarantined: z.number(),
  /** Gone from the disk before they were inserted: their file was deleted or cut. */
  lost: z.number(),
  /** Sent again and already on disk. */
  deduplicated: z.number(),
  /** Of received: left on disk by an earlier process. */
  recovered: z.number(),
  /** By reason, for example invalid_trace_id. */
  rejected: z.record(z.string(), z.number()),
});

export const statusSchema = z.object({
  version: z.string(),
  startedAt: z.string(),
  engine: z.enum(['chdb', 'clickhouse']),
  engineVersion: z.string(),
  /** Where this process takes OTLP over HTTP, without /v1/traces; null when it runs no collector. */
  otlpUrl: z.string().nullable(),
  /** received = acked + the sum of rejected; acked = inserted + spooled + quarantined + lost + deduplicated. */
  spans: signalSchema,
  logs: signalSchema,
  /** What is on disk and not in storage yet; null when this process runs no collector. */
  spool: z
    .object({
      bytes: z.number(),
      /** When the oldest of it was received; null = it is empty. */
      oldestAt: z.string().nullable(),
      /** Why requests are refused as retryable; null = they are not. */
      fullBecause: z.string().nullable(),
      /** Why inserts make no progress although storage answers; null = they do. `/readyz` is 503 meanwhile. */
      stuckBecause: z.string().nullable(),
      /** Files that an earlier process left, or that cannot be read now: to be checked before they are inserted. */
      unchecked: z.object({ files: z.number(), bytes: z.number() }),
      /** What the last start found so far: appends that a crash cut short, records that were damaged. */
      tornTails: z.number(),
      damagedRecords: z.number(),
      /** What storage refused for good, or could not be read: on disk, to be inspected. */
      quarantine: z.object({ rows: z.number(), bytes: z.number() }),
    })
    .nullable(),
  /** What was masked or cut before it was stored, since start; null when this process runs no collector. */
  redaction: z
    .object({
      /** Values masked, by kind of secret: `key` = the name of the field said so. */
      masked: z.record(z.string(), z.number()),
      truncatedValues: z.number(),
      /** Names of more than 512 bytes: their end became a hash. */
      cutNames: z.number(),
      droppedAttributes: z.number(),
      droppedEvents: z.number(),
      droppedLinks: z.number(),
    })
    .nullable(),
  requests: z.object({
    received: z.number(),
    /** By HTTP status code. */
    answered: z.record(z.string(), z.number()),
  }),
  /** When the last span was received, and the last refusal, so that "nothing arrives" has a reason. null = none yet. */
  lastSpanAt: z.string().nullable(),
  lastRefusal: z.object({ at: z.string(), status: z.number(), message: z.string() }).nullable(),
  /** What is known of damage to the engine's files (docs/reliability.md); null = nothing has been checked yet. */
  storedData: z
    .object({
      /** When parts were last compared with the ledger. */
      checkedAt: z.string(),
      /** What is damaged and what to do, in a sentence or two; null = no damage is known. */
      warning: z.string().nullable(),
      /** Rows that can no longer be read, as far as the ledger knows them. */
      missingRows: z.number(),
      /** Reads that failed on damaged files, since start. */
      failedReads: z.number(),
      damagedParts: z.number(),
      /** The first of them. */
      damage: z.array(
        z.object({
          table: z.string(),
          /** The day or month of receipt, 2026-11-30 or 2026-11; null where the table is not divided by time. */
          period: z.string().nullable(),
          /** null = not known. */
          rows: z.number().nullable(),
          part: z.string(),
          /** `missing`: the files are gone. `detached`: set aside, by the engine because it is broken or by an operator. */
          kind: z.enum(['missing', 'detached']),
          /** The engine's reason for a detached part. */
          reason: z.string(),
        }),
      ),
    })
    .nullable(),
  /** The LLM that writes summaries; null = none is set up. */
  summaries: z
    .object({
      model: z.string(),
      dailyUsd: z.number(),
      /** Spent or set aside today (UTC), as far as this process knows. */
      spentUsd: z.number(),
      /** Today's budget is too small for another call. */
      isAtCap: z.boolean(),
      /** Why the last call failed; null = it succeeded. */
      lastError: z.string().nullable(),
    })
    .nullable(),
  /** What writes the summary of each run that has ended; null = it runs in another process that has not reported yet. */
  summarizer: z
    .object({
      /** The last pass that succeeded; null = none yet. */
      lastLookAt: z.string().nullable(),
      lastError: z.string().nullable(),
      /** Age of the oldest run that has ended and may be without a summary, without those set aside; 0 = none is. */
      lagSeconds: z.number(),
      /** Runs without a summary because it could not be written. */
      setAside: z.number(),
      /** No pass has succeeded for two minutes: new runs get no stored summary. */
      isStuck: z.boolean(),
    })
    .nullable(),
  detector: z.object({
    /** The last tick that succeeded, of whichever process is the active detector; null = none yet. */
    lastTickAt: z.string().nullable(),
    lastError: z.string().nullable(),
    /** Two ticks were missed: nobody would be notified of anything. */
    isOverdue: z.boolean(),
    /** Patterns, rules, incidents and notifications that the last tick had to skip. */
    setAside: z.number(),
    /** The active detector, when this process waits for its turn. */
    standbyFor: z.string().nullable(),
  }),
});
export type Status = z.infer<typeof statusSchema>;
