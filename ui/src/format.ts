// Numbers, times and ids as the interface shows them. What sentences contain too is formatted as there (domain/format.ts).
import { formatDuration, formatExact, formatCost as formatKnownCost, formatShare } from '#domain/format';
import { headOf, wholeEnd } from './whole-text.ts';

export { formatDuration, formatExact, formatShare };

const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)$/;

/** Epoch milliseconds of an ISO 8601 time, with the fraction that `Date.parse` drops. NaN when it is not one. */
export function epochMs(iso: string): number {
  const match = ISO.exec(iso);
  if (match === null) return Date.parse(iso);
  return Date.parse(`${match[1]}${match[3]}`) + Number(`0.${match[2] ?? '0'}`) * 1000;
}

const trimmed = (n: number, decimals: number): string => n.toFixed(decimals).replace(/\.0+$/, '');

/** A place in a run: `+14.96 s`, `+8 ms`, `+2 min 5 s`; `−` before the start. */
export function formatOffset(ms: number): string {
  const sign = ms < 0 ? '−' : '+';
  const size = Math.abs(ms);
  if (size >= 999.5 && size < 59_995) return `${sign}${(size / 1000).toFixed(2)} s`;
  return sign + formatDuration(size);
}

/** A count with thousands separators; from 100,000 on `128k`, `1.3M` (show `formatExact` beside it on focus). */
export function formatCount(n: number): string {
  if (n < 100_000) return formatExact(n);
  if (n < 999_500) return `${Math.round(n / 1000)}k`;
  return `${trimmed(n / 1e6, 1)}M`;
}

/** `1 span`, `23 spans`. */
export const plural = (n: number, one: string, many = `${one}s`): string => `${formatCount(n)} ${n === 1 ? one : many}`;

/** Dollars; null is unknown, never 0. */
export const formatCost = (usd: number | null): string => (usd === null ? 'unknown' : formatKnownCost(usd));

/** Bytes of a text, roughly: `812 B`, `14.2 kB`, `1.3 MB` (decimal units). */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_950) return `${trimmed(bytes / 1000, 1)} kB`;
  return `${trimmed(bytes / 1e6, 1)} MB`;
}

/** An id shortened in the middle: `4bf92f…0e4736`. For display only: copy the whole id. */
export const shortId = (id: string): string =>
  id.length > 15 ? `${headOf(id, 6)}…${id.slice(wholeEnd(id, id.length - 6))}` : id;

/** `name` of a zone for tests; undefined is the reader's own. */
type Zone = string | undefined;

/** `Fri 20 Nov 2026, 14:32:07.412 CET`: once per page, all else is relative to it. */
export function formatMoment(iso: string, timeZone?: Zone): string {
  const at = new Date(epochMs(iso));
  if (Number.isNaN(at.getTime())) return iso;
  const format = new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    timeZoneName: 'short',
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  const part = Object.fromEntries(format.formatToParts(at).map((p) => [p.type, p.value]));
  const date = `${part.weekday} ${part.day} ${part.month} ${part.year}`;
  return `${date}, ${part.hour}:${part.minute}:${part.second}.${part.fractionalSecond} ${part.timeZoneName}`;
}

/** `14:32:07`; with the day instead of the seconds (`19 Nov, 14:32`) when it is not the day of `now`. */
export function formatClock(iso: string, now: Date = new Date(), timeZone?: Zone): string {
  const at = new Date(epochMs(iso));
  if (Number.isNaN(at.getTime())) return iso;
  const zone = timeZone === undefined ? {} : { timeZone };
  const time = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', ...zone });
  const day = (date: Date) =>
    date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', ...zone });
  if (day(at) === day(now)) return time;
  const date = at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', ...zone });
  return `${date}, ${time.slice(0, 5)}`;
}

/** `00:42`, `12:05`, `1:02:05`: a clock that counts up. */
export function formatStopwatch(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const pad = (n: number) => String(n).padStart(2, '0');
  const rest = `${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}`;
  return s < 3600 ? rest : `${Math.floor(s / 3600)}:${rest}`;
}
