// A mark: one short fact about how a step got through, or did not, told beside its name. Pure.
import { z } from 'zod';
import { headOf } from '#domain/clip';

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

export const MARK_DETAIL_MAX_CHARS = 200;

/** As it is stored: `code: detail`. */
export const writeMark = (code: MarkCode, detail: string): string =>
  `${code}: ${headOf(detail, MARK_DETAIL_MAX_CHARS)}`;

/** Reads a stored mark; without a colon it is a code alone. */
export function readMark(stored: string): Mark {
  const colon = stored.indexOf(': ');
  return colon < 0 ? { code: stored, detail: '' } : { code: stored.slice(0, colon), detail: stored.slice(colon + 2) };
}
