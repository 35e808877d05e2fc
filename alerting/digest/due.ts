// When which digest is due. Nothing is remembered here: the wall clock of the zone and what is stored decide, so that a
// missed, doubled or late wake-up changes nothing. Pure.
import type { DigestForm } from '#contracts/digest';
import { addDays, firstMoment, type LocalDate, localTime, weekdayOf } from '#domain/local-time';

export interface Plan {
  readonly form: DigestForm;
  readonly timeZone: string;
  /** `HH:MM`, local. */
  readonly at: string;
  /** Weekly: 1 = Monday … 7 = Sunday. */
  readonly weekday: number;
}

export interface Due {
  /** The local day it covers; for a week its last. */
  readonly date: LocalDate;
  /** The moment it was due, ms since 1970. */
  readonly dueAtMs: number;
}

/**
 * The newest digest that is due: that of yesterday from `at` on, before that the one of the day before yesterday.
 * A clock time that comes twice counts the first time; one that the clocks jump over, when they have jumped.
 */
export function newestDue({ form, timeZone, at, weekday }: Plan, nowMs: number): Due {
  const today = localTime(nowMs, timeZone).date;
  let sendDate = today;
  if (form === 'weekly') sendDate = addDays(today, -((weekdayOf(today) - weekday + 7) % 7));
  // Asked as a moment, not as a clock: at 01:30 for the second time 01:45 has been already.
  if (firstMoment(sendDate, at, timeZone) > nowMs) sendDate = addDays(sendDate, form === 'weekly' ? -7 : -1);
  return { date: addDays(sendDate, -1), dueAtMs: firstMoment(sendDate, at, timeZone) };
}

/** How many digests that nobody was sent are written after a downtime; older ones can be asked for. */
export const CATCH_UP = 7;

/**
 * The dates to write, old to new: the newest that is due and those missed before it, at most `CATCH_UP`, none from
 * before the first run. Before the first digest nothing was missed.
 * @param last the newest date that is written, null without any
 * @param firstDate the local day of the first run that is stored, null without any
 */
export function datesToWrite(
  form: DigestForm,
  newest: LocalDate,
  last: LocalDate | null,
  firstDate: LocalDate | null,
): LocalDate[] {
  const step = form === 'weekly' ? 7 : 1;
  const dates: LocalDate[] = [];
  for (let date = newest; dates.length < CATCH_UP; date = addDays(date, -step)) {
    if (last !== null && date <= last) break;
    if (firstDate === null || date < firstDate || (last === null && date !== newest)) break;
    dates.unshift(date);
  }
  return dates;
}
