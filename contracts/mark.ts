// A mark: one short fact about how a step got through, or did not, shown beside its name. Pure.
import { z } from 'zod';

export const MARK_CODES = [
  'retry',
  'circuit',
  'dead_letter',
  'token_refreshed',
  'degraded',
  'schema_changed',
  'constraint_failed',
  'waited',
  'key',
] as const;
export type MarkCode = (typeof MARK_CODES)[number];

export const markSchema = z.object({
  /** One of MARK_CODES; a newer Telltale may know more. */
  code: z.string(),
  /** What exactly, at most 200 characters; '' when the code says it all. */
  detail: z.string(),
});
export type Mark = z.infer<typeof markSchema>;
