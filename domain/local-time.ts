// Days and clocks of a time zone, from the runtime's own calendar (Intl, the IANA rules). A day has 23, 24 or 25 hours
// there, may begin at 01:00, and an hour may be missing or come twice. Pure.

/** `2026-11-20`. Dates of this form compare as text. */
export type LocalDate = string;

export interface Period {
  /** First millisecond, since 1970. */
  readonly fromMs: number;
  /** First millisecond after it. */
  readonly toMs: number;
}

const HOUR_MS = 3_600_000;
const QUARTER_MS = HOUR_MS / 4;
/** No zone is, or was, further from UTC than this. */
const MAX_OFFSET_MS = 16 * HOUR_MS;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formats.set(timeZone, format);
  }
  return format;
}

/** Whether the runtime knows the zone: an IANA name such as `Europe/Paris`, or `UTC`. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}

/** What a clock and a calendar on a wall show. @throws RangeError for a zone that is not known */
export function localTime(ms: number, timeZone: string): { readonly date: LocalDate; readonly clock: string } {
  const part: Record<string, string> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(ms)) part[type] = value;
  return { date: `${part.year}-${part.month}-${part.day}`, clock: `${part.hour}:${part.minute}` };
}

/** Calendar days later; earlier when negative. */
export function addDays(date: LocalDate, days: number): LocalDate {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 24 * HOUR_MS).toISOString().slice(0, 10);
}

/** 1 = Monday … 7 = Sunday (ISO 8601). */
export function weekdayOf(date: LocalDate): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay() || 7;
}

/** Whether the text names a day that exists: 29 February only in leap years. */
export function isDate(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) && addDays(text, 0) === text
  );
}

/**
 * The first moment at which the wall shows this date and this clock or a later one. A time that the clocks jump over
 * comes when they have jumped; of a time that comes twice it is the first.
 * @param clock `HH:MM`
 */
export function firstMoment(date: LocalDate, clock: string, timeZone: string): number {
  const key = `${date} ${clock} ${timeZone}`;
  const known = moments.get(key);
  if (known !== undefined) return known;
  if (moments.size >= MOMENTS_MAX) moments.clear();
  const found = findMoment(`${date} ${clock}`, Date.parse(`${date}T${clock}:00Z`), timeZone);
  moments.set(key, found);
  return found;
}

/** The same few are asked for every minute. */
const moments = new Map<string, number>();
const MOMENTS_MAX = 1000;

/** @param asUtcMs the wanted wall time taken for UTC */
function findMoment(wanted: string, asUtcMs: number, timeZone: string): number {
  let before = asUtcMs - MAX_OFFSET_MS;
  let from = asUtcMs + MAX_OFFSET_MS;
  // Wall time runs forward but for a jump back once a year. Every offset is a multiple of a quarter of an hour, so steps
  // of that size meet the wanted minute itself, the first time it comes.
  for (let ms = before; ms <= from; ms += QUARTER_MS) {
    if (isReached(ms, wanted, timeZone)) {
      from = ms;
      break;
    }
    before = ms;
  }
  while (from - before > 1) {
    const half = Math.floor((before + from) / 2);
    if (isReached(half, wanted, timeZone)) from = half;
    else before = half;
  }
  return from;
}

function isReached(ms: number, wanted: string, timeZone: string): boolean {
  const { date, clock } = localTime(ms, timeZone);
  return `${date} ${clock}` >= wanted;
}

/** A local day from its first moment to that of the next: 23, 24 or 25 hours where clocks change. */
export function dayBounds(date: LocalDate, timeZone: string): Period {
  return { fromMs: firstMoment(date, '00:00', timeZone), toMs: firstMoment(addDays(date, 1), '00:00', timeZone) };
}

/** The seven local days that end with this one. */
export function weekBounds(lastDate: LocalDate, timeZone: string): Period {
  const { fromMs } = dayBounds(addDays(lastDate, -6), timeZone);
  return { fromMs, toMs: dayBounds(lastDate, timeZone).toMs };
}
