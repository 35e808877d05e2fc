// Numbers, times and ids as the interface writes them (one manner everywhere, so that figures agree).
import { headOf, wholeEnd } from './whole-text.ts';

const NUMBER = new Intl.NumberFormat('en-US');
const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)$/;

/** Epoch milliseconds of an ISO 8601 time, with the fraction that `Date.parse` drops. NaN when it is not one. */
export function epochMs(iso: string): number {
  const match = ISO.exec(iso);
  if (match === null) return Date.parse(iso);
  return Date.parse(`${match[1]}${match[3]}`) + Number(`0.${match[2] ?? '0'}`) * 1000;
}

const trimmed = (n: number, decimals: number): string => n.toFixed(decimals).replace(/\.0+$/, '');

/** A duration in ms: `240 µs`, `6 ms`, `586 ms`, `1.42 s`, `19.8 s`, `3 min 12 s`, `1 h 04 min`, `2 d 03 h`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return 'unknown';
  if (ms < 0) return `−${formatDuration(-ms)}`;
  if (ms === 0) return '0 ms';
  if (ms < 0.001) return `${Math.round(ms * 1e6)} ns`;
  if (ms < 0.9995) return `${Math.round(ms * 1000)} µs`;
  if (ms < 9.95) return `${trimmed(ms, 1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(ms / 60_000);
  const pad = (n: number) => String(n).padStart(2, '0');
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  const hours = Math.round(ms / 3_600_000);
  return `${Math.floor(hours / 24)} d ${pad(hours % 24)} h`;
}

/** A place in a run: `+14.96 s`, `+8 ms`, `+2 min 5 s`; `−` before the start. */
export function formatOffset(ms: number): string {
  const sign = ms < 0 ? '−' : '+';
  const size = Math.abs(ms);
  if (size >= 999.5 && size < 59_995) return `${sign}${(size / 1000).toFixed(2)} s`;
  return sign + formatDuration(size);
}

/** A count with thousands separators; from 100,000 on `128k`, `1.3M` (show `formatExact` beside it on focus). */
export function formatCount(n: number): string {
  if (n < 100_000) return NUMBER.format(n);
  if (n < 999_500) return `${Math.round(n / 1000)}k`;
  return `${trimmed(n / 1e6, 1)}M`;
}

export const formatExact = (n: number): string => NUMBER.format(n);

/** `1 span`, `23 spans`. */
export const plural = (n: number, one: string, many = `${one}s`): string => `${formatCount(n)} ${n === 1 ? one : many}`;

/** Dollars: `$0.0417` under 1, else two decimals; null is unknown, never 0. */
export function formatCost(usd: number | null): string {
  if (usd === null) return 'unknown';
  if (usd === 0) return '$0';
  if (usd < 0.0001) return `$${usd.toPrecision(2)}`;
  if (usd < 1) return `$${usd.toFixed(4)}`;
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/**
 * A confidence or threshold with two decimals. When rounding would make it equal to `beside` although it is not
 * (0.699 beside 0.70), it keeps more decimals: "0.70 / 0.70, below" would read as an error.
 */
export function formatShare(value: number, beside: number | null = null): string {
  for (let decimals = 2; decimals < 6; decimals++) {
    const text = value.toFixed(decimals);
    if (beside === null || value === beside || text !== beside.toFixed(decimals)) return text;
  }
  return String(value);
}

/** Bytes of a text, roughly: `812 B`, `14.2 kB`, `1.3 MB` (decimal units). */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_950) return `${trimmed(bytes / 1000, 1)} kB`;
  return `${trimmed(bytes / 1e6, 1)} MB`;
}

/** An id shortened in the middle: `4bf92f…0e4736`. Copy the whole one, never this. */
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
