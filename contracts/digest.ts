// The digest: what the agents of a project did on a local day (or in a week), as the mail, the page and the API show it.
import { z } from 'zod';
import { isDate, isTimeZone } from '#domain/local-time';

export const localDateSchema = z.string().refine(isDate, 'a date is YYYY-MM-DD').describe('YYYY-MM-DD, a local date');
export const timeZoneSchema = z.string().max(64).refine(isTimeZone, 'a time zone is an IANA name: Europe/Paris');
export const digestFormSchema = z.enum(['daily', 'weekly']);
export type DigestForm = z.infer<typeof digestFormSchema>;

/** The figures of a day or week, counted from stored data. null = not known, never 0 for unknown. */
export const digestNumbersSchema = z.object({
  /** Runs that started in the period. */
  runs: z.number(),
  /** Of them: ended with an error; went silent; have not ended. */
  failed: z.number(),
  stalled: z.number(),
  running: z.number(),
  /** 95th percentile over runs that ended, ms. */
  p95DurationMs: z.number().nullable(),
  costUsd: z.number().nullable(),
  /** Runs that called a model without a known price. */
  runsOfUnknownCost: z.number(),
  spans: z.number(),
  /** Spans received more than 15 minutes after they ended. */
  lateSpans: z.number(),
  /** Decisions that began in the period, those below their threshold, and those handed to someone else. */
  decisions: z.number(),
  belowThreshold: z.number(),
  escalated: z.number(),
});
export type DigestNumbers = z.infer<typeof digestNumbersSchema>;

const toneSchema = z.enum(['error', 'warn', 'ok', 'plain']);

/** Every item has an address: a path of this Telltale. Texts may come from spans: they are text, never markup. */
export const digestItemSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('line'),
    tone: toneSchema,
    title: z.string(),
    path: z.string(),
    /** Short facts, shown in one row. */
    facts: z.array(z.string()),
    text: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('figure'),
    name: z.string(),
    path: z.string(),
    value: z.string(),
    /** What it is compared with: `usual 4,540`. null when there is nothing. */
    beside: z.string().nullable(),
    isWorse: z.boolean(),
  }),
  z.object({
    kind: z.literal('decision'),
    title: z.string(),
    path: z.string(),
    facts: z.array(z.string()),
    confidence: z.number(),
    threshold: z.number(),
  }),
]);
export type DigestItem = z.infer<typeof digestItemSchema>;

export const digestSectionSchema = z.object({
  id: z.enum(['quiet', 'needs_you', 'new', 'resolved', 'numbers', 'decisions', 'costs', 'stories', 'gaps']),
  /** '' for the lines of a quiet day. */
  title: z.string(),
  /** Shown beside the title: `2`, `3 of 402`, `against the median Friday`. */
  note: z.string(),
  items: z.array(digestItemSchema),
  /** What is not listed. */
  more: z.object({ text: z.string(), path: z.string() }).nullable(),
});
export type DigestSection = z.infer<typeof digestSectionSchema>;

export const digestSchema = z.object({
  projectId: z.string(),
  /** The local day; of a week its last. */
  date: localDateSchema,
  form: digestFormSchema,
  timeZone: z.string(),
  /** ISO 8601, UTC; from included, to not. */
  from: z.string(),
  to: z.string(),
  writtenAt: z.string(),
  /** One line that sums it up, fit for the subject of a mail. */
  subject: z.string(),
  /** `Telltale, project support · Friday 20 November 2026` */
  kicker: z.string(),
  /** One or two sentences that answer: how was the day? */
  headline: z.string(),
  /** Nothing needs anybody, nothing is new: three lines. */
  isQuiet: z.boolean(),
  sections: z.array(digestSectionSchema),
  /** What was counted, over which hours, and what is not known. */
  foot: z.array(z.string()),
  numbers: digestNumbersSchema,
  /** Median of the same weekday over four weeks (of the four weeks before), and over how many that is. */
  usual: z.object({ of: z.number(), numbers: digestNumbersSchema.nullable() }),
  /** What could not be read when it was written, so that figures of it are not known: `runs`, `decisions` … */
  missing: z.array(z.string()).optional(),
});
export type Digest = z.infer<typeof digestSchema>;

/** Someone who gets the digest by mail. Settings of the kind `recipient`. */
export const recipientSchema = z.object({
  address: z
    .email('a mail address: name@example.org')
    .max(254)
    .refine((text) => !/[\p{Cc}<>,;:"\s]/u.test(text), 'one mail address, nothing else'),
  /** Projects it is about; empty: every one. */
  projects: z.array(z.string().min(1).max(100)).max(50).default([]),
  form: digestFormSchema.default('daily'),
  timeZone: timeZoneSchema.default('UTC'),
  /** Local time from which it is sent: HH:MM. */
  at: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time is HH:MM')
    .default('08:00'),
  /** Weekly: the day it is sent on, 1 = Monday … 7 = Sunday. It covers the seven days before. */
  weekday: z.number().int().min(1).max(7).default(1),
  enabled: z.boolean().default(true),
  /** When the link in a mail was used to end it. ISO 8601. */
  unsubscribedAt: z.string().nullable().default(null),
  /** ISO 8601. Nothing is enqueued for the time before. */
  since: z.string(),
});
export type Recipient = z.infer<typeof recipientSchema>;
export const RECIPIENTS = { kind: 'recipient', shape: recipientSchema } as const;

/** What a person sets; Telltale maintains the rest. */
export const recipientBodySchema = z.strictObject({
  ...recipientSchema.omit({ unsubscribedAt: true, since: true }).shape,
});

export type RecipientBody = z.input<typeof recipientBodySchema>;

export const listedRecipientSchema = z.object({
  id: z.string(),
  ...recipientSchema.shape,
  /** From TELLTALE_MAIL_TO: it can be changed and turned off here, but not deleted. */
  isFromEnvironment: z.boolean(),
  /** An address of a mail channel that is digest only: it can be changed and turned off here, but not deleted. */
  isFromChannel: z.boolean(),
  /** The newest digest enqueued for it. null: none so far. */
  last: z
    .object({
      date: z.string(),
      status: z.enum(['owed', 'sent', 'failed', 'dropped']),
      attempts: z.number(),
      lastError: z.string().nullable(),
    })
    .nullable(),
});
export type ListedRecipient = z.infer<typeof listedRecipientSchema>;
