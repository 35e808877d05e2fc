// Dates, shares and lists as a digest writes them; and the addresses it links to. Pure.
import { clip, headOf } from '#domain/clip';
import { formatCost, formatExact } from '#domain/format';
import { type LocalDate, localTime, type Period, weekdayOf } from '#domain/local-time';
import { oneLine } from '#domain/run/facts/clean';

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

export const weekdayName = (date: LocalDate): string => WEEKDAYS[weekdayOf(date) - 1] as string;

/** `Friday 20 November 2026` */
export function longDate(date: LocalDate): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  return `${weekdayName(date)} ${day} ${MONTHS[month - 1]} ${year}`;
}

/** `Fri 20 Nov` */
export function shortDate(date: LocalDate): string {
  const [, month, day] = date.split('-').map(Number) as [number, number, number];
  return `${weekdayName(date).slice(0, 3)} ${day} ${(MONTHS[month - 1] as string).slice(0, 3)}`;
}

/** `14:05` within the period, `19 Nov 14:05` outside it or when the period has several days. */
export function clockIn(ms: number, period: Period, timeZone: string): string {
  const { date, clock } = localTime(ms, timeZone);
  const isOneDay = period.toMs - period.fromMs < 26 * 3_600_000;
  if (isOneDay && ms >= period.fromMs && ms < period.toMs) return clock;
  return `${shortDate(date).slice(4)} ${clock}`;
}

/** `1.4%`; never `100%` or `0.0%` for what is not all or none. */
export function percent(share: number): string {
  if (share === 0) return '0%';
  if (share === 1) return '100%';
  const text = (share * 100).toFixed(1);
  if (text === '0.0') return 'under 0.1%';
  return text === '100.0' ? '99.9%' : `${text}%`;
}

export const count = (n: number): string => formatExact(Math.round(n));
export const cost = (usd: number | null): string => (usd === null ? 'unknown' : formatCost(usd));

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** Untrusted text as one line of at most `maxChars` characters. */
export const clippedLine = (text: string, maxChars = 100): string =>
  clip(oneLine(headOf(text, 4 * maxChars)), maxChars);

const iso = (ms: number) => new Date(ms).toISOString();

/** The list of runs that started in the period. */
export function runsPath({ fromMs, toMs }: Period, filter: Readonly<Record<string, string>> = {}): string {
  return `/runs?${new URLSearchParams({ from: iso(fromMs), to: iso(toMs), ...filter })}`;
}

export const tracePath = (traceId: string, spanId?: string): string =>
  `/traces/${encodeURIComponent(traceId)}${spanId === undefined ? '' : `?span=${encodeURIComponent(spanId)}`}`;
