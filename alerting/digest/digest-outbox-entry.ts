// The outbox entry of a digest mail. Its idempotency key is stable, so the same project, recipient and local date is
// enqueued once. Pure.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Delivery } from '#contracts/delivery';
import { digestFormSchema, localDateSchema } from '#contracts/digest';

export const DIGEST_PREFIX = 'digest:';
const CHANNEL = 'email';

/** `digest:<date>:<recipient>`. A weekly digest has its own. */
export const subjectOf = (date: string, recipientId: string, form: 'daily' | 'weekly'): string =>
  `${DIGEST_PREFIX}${date}:${recipientId}${form === 'weekly' ? ':weekly' : ''}`;

const payloadSchema = z.object({
  recipientId: z.string(),
  date: localDateSchema,
  form: digestFormSchema,
  timeZone: z.string(),
  /** When it should have gone out, ms since 1970, and the local clock of that. */
  wantedAtMs: z.number(),
  wantedClock: z.string(),
});
export type DigestPayload = z.infer<typeof payloadSchema>;

/** @throws ZodError for a payload that is not ours */
export const readPayload = ({ payload }: Delivery): DigestPayload => payloadSchema.parse(JSON.parse(payload ?? 'null'));

/** The pending delivery of one digest to one recipient. */
export function digestDelivery(projectId: string, payload: DigestPayload, nowMs: number): Delivery {
  const subject = subjectOf(payload.date, payload.recipientId, payload.form);
  const hash = createHash('sha256').update([projectId, subject, 'digest', '0', CHANNEL].join('|')).digest('hex');
  return {
    idem: hash,
    subject,
    transition: 'digest',
    step: 0,
    channel: CHANNEL,
    status: 'owed',
    attempts: 0,
    createdAtMs: nowMs,
    dueAtMs: nowMs,
    sentAtMs: null,
    // Mailboxes know a repeat by it: digest.daily.default.2026-11-20.1a2b3c4d
    messageId: `digest.${payload.form}.${projectId}.${payload.date}.${hash.slice(0, 8)}`,
    channelHeldUntilMs: null,
    mayHaveArrived: false,
    lastError: null,
    payload: JSON.stringify(payload),
  };
}
