// How a mark is stored and read. Pure.
import type { Mark, MarkCode } from '#contracts/mark';
import { headOf } from '../clip.ts';

export const MARK_DETAIL_MAX_CHARS = 200;

/** As it is stored: `code: detail`. */
export const writeMark = (code: MarkCode, detail: string): string =>
  `${code}: ${headOf(detail, MARK_DETAIL_MAX_CHARS)}`;

/** Reads a stored mark; without a colon it is a code alone. */
export function readMark(stored: string): Mark {
  const colon = stored.indexOf(': ');
  return colon < 0 ? { code: stored, detail: '' } : { code: stored.slice(0, colon), detail: stored.slice(colon + 2) };
}
