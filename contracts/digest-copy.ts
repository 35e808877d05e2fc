// Copies of digests that someone had mailed, and who may be mailed: a copy goes to known readers and allowed domains.
import { z } from 'zod';
import { digestFormSchema, localDateSchema } from './digest.ts';

const domain = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9-]{2,63}$/, 'a mail domain: example.org');

export const mailDomainsSchema = z.strictObject({ domains: z.array(domain).max(50) });
/** Kind of setting: domains whose addresses may be mailed. TELLTALE_MAIL_DOMAINS counts before it. */
export const MAIL_DOMAINS = { kind: 'mail_domains', shape: mailDomainsSchema };
export const MAIL_DOMAINS_ID = 'all';

export const allowedDomainsSchema = z.object({
  domains: z.array(z.string()),
  /** The environment variable that sets them, and that alone can change them; null when they are set here. */
  setting: z.string().nullable(),
});
/** Which domains may be mailed. None: recipients only. */
export type AllowedDomains = z.infer<typeof allowedDomainsSchema>;

const digestCopySchema = z.object({
  date: localDateSchema,
  form: digestFormSchema,
  to: z.string(),
  /** `asked` while it is under way, or when Telltale ended meanwhile. */
  outcome: z.enum(['asked', 'sent', 'failed']),
  /** Why it was not sent. */
  reason: z.string().nullable(),
});
export type DigestCopy = z.infer<typeof digestCopySchema>;
/** Kind of setting: the history of copies; who asked and when is of the row. */
export const DIGEST_COPIES = { kind: 'digest_copy', shape: digestCopySchema };

export const listedCopySchema = z.object({
  ...digestCopySchema.shape,
  id: z.string(),
  /** Who asked, in the words they gave. */
  by: z.string(),
  /** When the outcome was recorded. ISO 8601, UTC. */
  at: z.string(),
});
