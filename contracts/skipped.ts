// What is being skipped, and why: what was sent and not stored, what storage refused, what was cut, and what the
// queues (summaries, detector, digest) set aside.
import { z } from 'zod';
import { instant } from './search.ts';

/**
 * rejected = a record that was not stored; refused = a request of which nothing was; cut = a value stored shorter; left_out = parts of a span
 * beyond its bounds.
 */
export const SKIP_KINDS = ['rejected', 'refused', 'cut', 'left_out'] as const;
export type SkipKind = (typeof SKIP_KINDS)[number];

/** What happened alike, added up. */
export interface Skip {
  readonly kind: SkipKind;
  readonly reason: string;
  readonly sender: string;
  readonly subject: string;
  /** Records, values or parts. */
  readonly count: number;
  readonly bytes: number;
  readonly keptBytes: number;
  readonly largestBytes: number;
  /** ms since 1970 */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** An entry of the quarantine, as people see it. */
export interface QuarantineItem {
  readonly id: string;
  readonly at: string;
  /** null when the bytes do not say. */
  readonly signal: 'spans' | 'logs' | null;
  readonly rows: number;
  readonly bytes: number;
  readonly reason: string;
  /** Whether `telltale quarantine retry` can hand it back to the spool; storage may refuse it again. */
  readonly canRetry: boolean;
  readonly isLost: boolean;
}

/** Rows shown of each kind; totals are of all. */
export const SKIPPED_MAX_ROWS = 100;

export const skippedQuerySchema = z.strictObject({
  from: instant.optional().describe('From this time on; seven days ago when left out'),
  to: instant.optional().describe('Before this time; now when left out'),
});

const row = z.object({
  reason: z.string(),
  /** The reason in words. */
  what: z.string(),
  /** What to do about it; null = nothing. */
  todo: z.string().nullable(),
  /** The service that sent it, or what is known of the client; null = nothing is. */
  sender: z.string().nullable(),
  count: z.number(),
  firstAt: z.string(),
  lastAt: z.string(),
});

export const skippedSchema = z.object({
  from: z.string(),
  to: z.string(),
  /** Spans and log records received in the period; null = no collector recorded counts in it. */
  received: z.number().nullable(),
  /** Of received, those that were not stored: each was refused with a reason that its sender can read. */
  rejected: z.object({
    count: z.number(),
    /** In the last ten minutes of the period. */
    countNow: z.number(),
    senders: z.number(),
    lastAt: z.string().nullable(),
    rows: z.array(row),
  }),
  /** Requests refused whole, for good: what they held is not known. */
  refused: z.object({ count: z.number(), countNow: z.number(), rows: z.array(row) }),
  /** What was acknowledged and refused by storage, or could not be read: on disk. null = this process has no collector. */
  quarantine: z
    .object({
      records: z.number(),
      bytes: z.number(),
      rows: z.array(
        z.object({
          id: z.string(),
          at: z.string(),
          /** null = the bytes do not say. */
          signal: z.enum(['spans', 'logs']).nullable(),
          /** 0 = not known. */
          records: z.number(),
          bytes: z.number(),
          reason: z.string(),
          /** The command that retries it; null = it can only be inspected. */
          retry: z.string().nullable(),
          /** Acknowledged, and the bytes are gone. */
          isLost: z.boolean(),
        }),
      ),
    })
    .nullable(),
  /** What a queue passed over, so that the rest could go on: runs without a summary, rules, sections of a digest. */
  setAside: z.object({
    /** Of the period, and of these still without a result. */
    total: z.number(),
    open: z.number(),
    rows: z.array(
      z.object({
        queue: z.string(),
        /** For summaries: the trace id. */
        item: z.string(),
        reason: z.string(),
        firstAt: z.string(),
        lastAt: z.string(),
        /** When it is tried again; null = it is done, or waits for someone to ask. */
        retryAt: z.string().nullable(),
        tries: z.number(),
        /** Whether it is still without a result. */
        isOpen: z.boolean(),
      }),
    ),
  }),
  /** Values that were longer than the stored part; the step says how long each was. */
  cut: z.object({
    count: z.number(),
    rows: z.array(row.extend({ key: z.string(), largestBytes: z.number(), keptShare: z.number() })),
  }),
  /** Attributes, events and links beyond what a span may have. */
  leftOut: z.object({ count: z.number(), rows: z.array(row) }),
  /** Not skipped but changed, since this process started: values masked, by kind of secret. null = no collector here. */
  masked: z.record(z.string(), z.number()).nullable(),
});
export type Skipped = z.infer<typeof skippedSchema>;
