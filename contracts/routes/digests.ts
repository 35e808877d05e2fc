// Digests that were written, and who gets them by mail.
import { z } from 'zod';
import { contract, nothing } from '../contract.ts';
import {
  digestFormSchema,
  digestSchema,
  listedRecipientSchema,
  localDateSchema,
  recipientBodySchema,
  recipientSchema,
  timeZoneSchema,
} from '../digest.ts';
import { allowedDomainsSchema, listedCopySchema, mailDomainsSchema } from '../digest-copy.ts';
import { ENDPOINTS } from '../paths.ts';

const listedSchema = digestSchema.pick({
  date: true,
  form: true,
  timeZone: true,
  from: true,
  to: true,
  writtenAt: true,
  subject: true,
  headline: true,
  isQuiet: true,
});

const digestListSchema = z.object({
  /** From new to old. */
  digests: z.array(listedSchema),
  /** Give it as `before` for what is older; null at the end. */
  nextBefore: z.string().nullable(),
  mail: z.object({
    /** Whether SMTP_URL is set. Without it digests are written and shown, and mailed to nobody. */
    isSetUp: z.boolean(),
    /** TELLTALE_TIMEZONE and TELLTALE_DIGEST_AT. */
    timeZone: z.string(),
    at: z.string(),
  }),
});
export type DigestList = z.infer<typeof digestListSchema>;

const storedSchema = z.object({
  digest: digestSchema,
  /** What was mailed, without the links of a single reader. Show it only where it can do nothing: see …/mail. */
  html: z.string(),
  text: z.string(),
});
export type DigestReply = z.infer<typeof storedSchema>;

const recipientListSchema = z.object({ recipients: z.array(listedRecipientSchema) });
export type RecipientList = z.infer<typeof recipientListSchema>;

const copyListSchema = z.object({ copies: z.array(listedCopySchema) });
export type CopyList = z.infer<typeof copyListSchema>;

const dateParams = z.object({ date: localDateSchema });
const idParams = z.object({ id: z.string().min(1).max(100) });
const which = {
  form: digestFormSchema.default('daily'),
  timeZone: timeZoneSchema.optional().describe('IANA name; without it the zone written last'),
};
const byQuery = z.strictObject({
  by: z.string().trim().min(1).max(100).default('someone').describe('Who changes it, for the history'),
});

export const DIGEST_ROUTES = {
  listDigests: contract({
    ...ENDPOINTS.listDigests,
    summary: 'Digests from new to old, and whether they are mailed',
    params: nothing,
    query: z.strictObject({
      before: localDateSchema.optional(),
      limit: z.coerce.number().int().min(1).max(200).default(60),
    }),
    reply: digestListSchema,
    errors: [],
  }),
  getDigest: contract({
    ...ENDPOINTS.getDigest,
    summary: 'One digest: as data, as the HTML that was mailed and as text',
    params: dateParams,
    query: z.strictObject(which),
    reply: storedSchema,
    errors: ['digest_not_found'],
  }),
  writeDigest: contract({
    ...ENDPOINTS.writeDigest,
    summary: 'Writes a digest now, and mails a copy when asked to: to recipients and allowed domains, 20 an hour',
    params: dateParams,
    query: byQuery,
    body: z.strictObject({
      form: which.form,
      timeZone: timeZoneSchema.optional(),
      again: z.boolean().default(false).describe('Write it anew although it is there'),
      to: recipientSchema.shape.address.nullable().default(null).describe('Mail a copy to this address'),
    }),
    reply: z.object({ ...storedSchema.shape, sentTo: z.string().nullable() }),
    errors: ['mail_not_set_up', 'mail_not_sent', 'mail_address_refused', 'too_many_copies', 'day_not_begun'],
  }),
  listDigestCopies: contract({
    ...ENDPOINTS.listDigestCopies,
    summary: 'Copies of digests that were mailed in the last 40 days: who asked, to whom, when, and what came of it',
    params: nothing,
    query: nothing,
    reply: copyListSchema,
    errors: [],
  }),
  getMailDomains: contract({
    ...ENDPOINTS.getMailDomains,
    summary: 'Domains whose addresses may be mailed; none: recipients only',
    params: nothing,
    query: nothing,
    reply: allowedDomainsSchema,
    errors: [],
  }),
  setMailDomains: contract({
    ...ENDPOINTS.setMailDomains,
    summary: 'Sets the domains whose addresses may be mailed',
    params: nothing,
    query: byQuery,
    body: mailDomainsSchema,
    reply: allowedDomainsSchema,
    errors: ['mail_domains_read_only'],
  }),
  listRecipients: contract({
    ...ENDPOINTS.listRecipients,
    summary: 'Who gets digests by mail',
    params: nothing,
    query: nothing,
    reply: recipientListSchema,
    errors: [],
  }),
  createRecipient: contract({
    ...ENDPOINTS.createRecipient,
    summary: 'A new recipient; the first digest is that of the day in which it is added',
    params: nothing,
    query: byQuery,
    body: recipientBodySchema,
    reply: listedRecipientSchema,
    errors: ['recipient_exists', 'mail_address_refused', 'too_many_recipients'],
  }),
  changeRecipient: contract({
    ...ENDPOINTS.changeRecipient,
    summary: 'Changes a recipient; turning it on again ends an unsubscription',
    params: idParams,
    query: byQuery,
    body: recipientBodySchema,
    reply: listedRecipientSchema,
    errors: ['recipient_not_found', 'recipient_exists', 'mail_address_refused'],
  }),
  deleteRecipient: contract({
    ...ENDPOINTS.deleteRecipient,
    summary: 'Deletes a recipient; one of the environment can only be turned off',
    params: idParams,
    query: byQuery,
    reply: z.object({ deleted: z.boolean() }),
    errors: ['recipient_not_found', 'recipient_of_environment', 'recipient_of_channel'],
  }),
} as const;
