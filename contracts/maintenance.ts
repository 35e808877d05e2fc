// Maintenance windows: times in which incidents are recorded and not told. In the wall clock of a time zone, so that
// "every night from ten to six" stays that when the clocks change.
import { z } from 'zod';
import { scopeSchema } from './mute.ts';

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day, for example 22:00');
const localMinute = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d$/, 'a local time without a zone, for example 2026-11-26T22:00');
const durationMinutes = z.number().int().min(1).max(1440);

const timeZone = z.string().refine(isTimeZone, 'a time zone of the IANA list, for example Europe/Berlin');

export const maintenanceSchema = z.object({
  name: z.string().min(1).max(200),
  enabled: z.boolean().default(true),
  timeZone,
  when: z.discriminatedUnion('repeat', [
    /** `to` is no longer part of it. */
    z
      .object({ repeat: z.literal('once'), from: localMinute, to: localMinute })
      .refine(({ from, to }) => from < to, 'it must end after it begins'),
    z.object({ repeat: z.literal('daily'), at: clock, durationMinutes }),
    /** Days on which it begins: 1 = Monday … 7 = Sunday. */
    z.object({
      repeat: z.literal('weekly'),
      days: z.array(z.number().int().min(1).max(7)).min(1),
      at: clock,
      durationMinutes,
    }),
  ]),
  scope: scopeSchema.default({ kind: 'project' }),
  by: z.string().max(200),
  why: z.string().max(2000),
});
export type Maintenance = z.infer<typeof maintenanceSchema>;
/** Id: any. */
export const MAINTENANCE = { kind: 'maintenance', shape: maintenanceSchema };

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

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-CA', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
