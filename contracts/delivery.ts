// An outbox entry: pending (stored as `owed`), sent, failed or dropped. Alerts and digests alike.
import { z } from 'zod';

export const DELIVERY_STATUSES = ['owed', 'sent', 'failed', 'dropped'] as const;

export const deliverySchema = z.object({
  /** Idempotency key: the same transition of the same subject on the same channel is enqueued once. */
  idem: z.string(),
  /** `incident:<id>`, `notice:<id>` (Telltale's own trouble) or `digest:<date>:<recipient>`. */
  subject: z.string(),
  /** What it reports, for example `opened` or `resolved`. */
  transition: z.string(),
  /** Counts the transitions that may happen more than once. */
  step: z.number(),
  /** Id of the channel. */
  channel: z.string(),
  status: z.enum(DELIVERY_STATUSES),
  attempts: z.number(),
  /** When it was decided, ms since 1970. */
  createdAtMs: z.number(),
  /** Not to be tried before this time, ms since 1970. */
  dueAtMs: z.number(),
  /** When the receiver took it, ms since 1970. */
  sentAtMs: z.number().nullable(),
  /** Deliveries that went out in one message share this. */
  messageId: z.string().nullable(),
  /** The channel asked for no request before then, ms since 1970. */
  channelHeldUntilMs: z.number().nullable(),
  /** An attempt ended without an answer, so the message may have been delivered. */
  mayHaveArrived: z.boolean(),
  /** Why the last attempt failed, or why it was dropped. */
  lastError: z.string().nullable(),
  /** What else the sender of this subject needs; a digest stores its mail here. */
  payload: z.string().nullable(),
});
/** One outbox entry: pending, sent, failed for good, or dropped because it is no longer needed. */
export type Delivery = z.infer<typeof deliverySchema>;
