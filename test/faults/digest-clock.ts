// F27: clocks change both ways, the zone is moved, February has 29 days, and Telltale is down at the time of sending. Each
// project and local date gets one mail, and a late one says so.
import { addDays, firstMoment } from '#domain/local-time';
import { propertyRuns } from '../support/tier.ts';
import { withDigests } from './digest-world.ts';
import type { Fault } from './fault.ts';

interface Case {
  readonly zone: string;
  /** The day whose clocks change. */
  readonly date: string;
  readonly at: string;
  /** From then on the zone is another. */
  readonly movesTo?: string;
}

const CASES: readonly Case[] = [
  { zone: 'Europe/Paris', date: '2026-03-29', at: '02:30' },
  { zone: 'Europe/Paris', date: '2026-10-25', at: '02:30' },
  { zone: 'America/New_York', date: '2026-03-08', at: '02:15' },
  { zone: 'America/New_York', date: '2026-11-01', at: '01:30' },
  { zone: 'Australia/Lord_Howe', date: '2026-10-04', at: '02:10' },
  { zone: 'Australia/Lord_Howe', date: '2026-04-05', at: '01:45' },
  { zone: 'Africa/Cairo', date: '2026-04-24', at: '00:30' },
  { zone: 'Africa/Cairo', date: '2026-10-29', at: '23:30' },
  { zone: 'Europe/Paris', date: '2028-02-29', at: '08:00' },
  { zone: 'Europe/Paris', date: '2026-06-10', at: '08:00', movesTo: 'Asia/Tokyo' },
  { zone: 'Asia/Tokyo', date: '2026-06-10', at: '08:00', movesTo: 'America/New_York' },
];
const HOUR_MS = 3_600_000;
const DAYS = 4;

function momentsOf(fromMs: number, dueMs: number, everyHours: number): number[] {
  const length = (DAYS * 24) / everyHours;
  const rounds = Array.from({ length }, (_, i) => fromMs + i * everyHours * HOUR_MS);
  return [...rounds, dueMs].sort((a, b) => a - b);
}

export const clocks: Fault = {
  name: 'F27',
  breaks: 'clocks change both ways, a leap day, the zone is moved; and the process is down when the mail is due',
  run: (short) =>
    withDigests(async ({ smtp, start }) => {
      let [mails, wrong, late] = [0, 0, 0];
      const cases = short ? CASES.slice(0, 1) : CASES;
      for (const [n, { zone, date, at: clock, movesTo }] of cases.entries()) {
        for (const isDown of [false, true]) {
          const projectId = `p-${n}-${isDown}`;
          const from = firstMoment(addDays(date, -2), '12:00', zone);
          const due = firstMoment(date, clock, zone);
          const before = smtp.mails.length;
          let nowMs = from;
          // Every few hours, and at the moment itself.
          for (const at of momentsOf(from, due, short ? propertyRuns(8, 3) : 3)) {
            nowMs = at;
            if (isDown && nowMs >= due - HOUR_MS && nowMs < due + 5 * HOUR_MS) continue;
            const timeZone = movesTo !== undefined && nowMs >= due ? movesTo : zone;
            await start({ projectId, timeZone, at: clock, now: () => nowMs }).tick();
          }
          const dates = smtp.mails.slice(before).map(({ mail }) => /, (\w+ \d+ \w+):/.exec(mail.subject ?? '')?.[1]);
          mails += dates.length;
          late += smtp.mails.slice(before).filter(({ mail }) => mail.text?.includes('This mail is late')).length;
          // A zone moved west begins the next date later, so that one day may be less.
          if (new Set(dates).size !== dates.length || dates.length < DAYS - 1) wrong++;
        }
      }
      return {
        ok: wrong === 0 && late >= cases.length,
        figures: { cases: 2 * cases.length, mails, wrong, saidLate: late },
      };
    }),
};
