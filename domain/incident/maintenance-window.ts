// Whether a maintenance window is open, by the wall clock of its time zone. Pure.
import type { Maintenance } from '#contracts/maintenance';

/** Whether the window is open at `atMs` (ms since 1970), by the wall clock of its zone. Pure. */
export function isOpen({ enabled, timeZone, when }: Maintenance, atMs: number): boolean {
  if (!enabled) return false;
  const now = wallClock(timeZone, atMs);
  if (when.repeat === 'once') return when.from <= now.minute && now.minute < when.to;
  const begin = Number(when.at.slice(0, 2)) * 60 + Number(when.at.slice(3));
  const begunToday = now.minuteOfDay >= begin;
  const since = now.minuteOfDay - begin + (begunToday ? 0 : 1440);
  if (since >= when.durationMinutes) return false;
  if (when.repeat === 'daily') return true;
  const day = begunToday ? now.day : ((now.day + 5) % 7) + 1;
  return when.days.includes(day);
}

/** The time on the wall: `2026-11-26T22:00`, minutes since midnight, and the day of the week from Monday = 1. */
function wallClock(timeZone: string, atMs: number) {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(atMs);
  const [year, month, day, hour, minute] = (['year', 'month', 'day', 'hour', 'minute'] as const).map(
    (type) => parts.find((part) => part.type === type)?.value ?? '',
  ) as [string, string, string, string, string];
  const weekday = new Date(`${year}-${month}-${day}T00:00:00Z`).getUTCDay();
  return {
    minute: `${year}-${month}-${day}T${hour}:${minute}`,
    minuteOfDay: Number(hour) * 60 + Number(minute),
    day: weekday === 0 ? 7 : weekday,
  };
}
