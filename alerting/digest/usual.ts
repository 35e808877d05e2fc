// What is usual: the median of the same weekday. Pure.
import { type DigestNumbers, digestNumbersSchema } from '#contracts/digest';
import { median } from '#domain/statistics';

type Name = keyof DigestNumbers;
const NAMES = Object.keys(digestNumbersSchema.shape) as Name[];

/** The median of each figure over the days that know it; null without any day. */
export function medianOf(days: readonly DigestNumbers[]): DigestNumbers | null {
  if (days.length === 0) return null;
  const entries = NAMES.map((name) => {
    const known = days.flatMap((day) => day[name] ?? []);
    return [name, known.length === 0 ? null : median(known)] as const;
  });
  return digestNumbersSchema.parse(Object.fromEntries(entries));
}

/** `part` of `whole`; null where there is no whole. */
export const shareOf = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
