import { describe, expect, it } from 'vitest';
import { addDays, firstMoment, localTime } from '#domain/local-time';
import { CATCH_UP, datesToWrite, newestDue, type Plan } from './due.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const plan = (timeZone: string, at: string, over: Partial<Plan> = {}): Plan => ({
  form: 'daily',
  weekday: 1,
  timeZone,
  at,
  ...over,
});

/** Wakes every minute but while down, and mails what is due and not mailed: what went out, and how late. */
function live(of: Plan, fromMs: number, toMs: number, down: readonly [number, number] | null = null) {
  const mailed = new Map<string, { times: number; lateMs: number }>();
  for (let now = fromMs; now <= toMs; now += MINUTE) {
    if (down !== null && now >= down[0] && now < down[1]) continue;
    const { date, dueAtMs } = newestDue(of, now);
    if (dueAtMs <= fromMs || mailed.has(date)) continue;
    mailed.set(date, { times: 1, lateMs: now - dueAtMs });
  }
  return mailed;
}

// Four zones, both changes of each; send times within, before and after the change.
const CHANGES = [
  ['Europe/Paris', '2026-03-29', '02:30'],
  ['Europe/Paris', '2026-10-25', '02:30'],
  ['America/New_York', '2026-03-08', '02:15'],
  ['America/New_York', '2026-11-01', '01:30'],
  ['Australia/Lord_Howe', '2026-10-04', '02:10'],
  ['Australia/Lord_Howe', '2026-04-05', '01:45'],
  ['Africa/Cairo', '2026-04-24', '00:30'],
  ['Africa/Cairo', '2026-10-29', '23:30'],
] as const;

describe.each(CHANGES)('in %s, where clocks change on %s', (zone, date, within) => {
  describe.each([within, '08:00', '00:00', '23:59'])('and it is due at %s', (at) => {
    const from = firstMoment(addDays(date, -2), '12:00', zone);
    const to = firstMoment(addDays(date, 3), '12:00', zone);
    const expected = [-3, -2, -1, 0, 1, 2]
      .map((days) => addDays(date, days))
      .filter((day) => {
        const due = firstMoment(addDays(day, 1), at, zone);
        return due > from && due <= to;
      });

    it('each local date is mailed once, on time', () => {
      const mailed = live(plan(zone, at), from, to);
      expect([...mailed.keys()]).toEqual(expected);
      for (const { lateMs } of mailed.values()) expect(lateMs).toBeLessThan(MINUTE);
    });

    it('each local date is mailed once, late, when nobody was there at its time', () => {
      const due = firstMoment(date, at, zone);
      const mailed = live(plan(zone, at), from, to, [due - 30 * MINUTE, due + 5 * HOUR]);
      expect([...mailed.keys()]).toEqual(expected);
      expect(mailed.get(addDays(date, -1))?.lateMs).toBeGreaterThanOrEqual(5 * HOUR - MINUTE);
    });
  });
});

describe('what is due', () => {
  it('is yesterday from its time on, and before that the day before', () => {
    const paris = plan('Europe/Paris', '08:00');
    expect(newestDue(paris, Date.parse('2026-11-21T06:59:59Z')).date).toBe('2026-11-19');
    expect(newestDue(paris, Date.parse('2026-11-21T07:00:00Z')).date).toBe('2026-11-20');
  });
  it('weekly is the seven days before its weekday', () => {
    const monday = plan('UTC', '08:00', { form: 'weekly', weekday: 1 });
    expect(newestDue(monday, Date.parse('2026-11-23T08:00:00Z')).date).toBe('2026-11-22');
    expect(newestDue(monday, Date.parse('2026-11-23T07:59:00Z')).date).toBe('2026-11-15');
    expect(newestDue(monday, Date.parse('2026-11-29T23:00:00Z')).date).toBe('2026-11-22');
  });
  it('after a move to another zone no local date comes twice, and leap days are days', () => {
    const now = Date.parse('2028-03-01T07:30:00Z');
    expect(newestDue(plan('UTC', '07:00'), now).date).toBe('2028-02-29');
    expect(newestDue(plan('Asia/Tokyo', '07:00'), now).date).toBe('2028-02-29');
    expect(localTime(now, 'Pacific/Kiritimati').date).toBe('2028-03-01');
  });
});

describe('what is written after a downtime', () => {
  it('is every missed day, old to new, at most seven', () => {
    expect(datesToWrite('daily', '2026-11-20', '2026-11-17', '2026-01-01')).toEqual([
      '2026-11-18',
      '2026-11-19',
      '2026-11-20',
    ]);
    expect(datesToWrite('daily', '2026-11-20', '2026-01-01', '2026-01-01')).toHaveLength(CATCH_UP);
    expect(datesToWrite('weekly', '2026-11-22', '2026-11-08', '2026-01-01')).toEqual(['2026-11-15', '2026-11-22']);
  });
  it('is nothing twice, nothing from before the first run, and of a new Telltale only the last day', () => {
    expect(datesToWrite('daily', '2026-11-20', '2026-11-20', '2026-01-01')).toEqual([]);
    expect(datesToWrite('daily', '2026-11-20', '2026-11-10', '2026-11-19')).toEqual(['2026-11-19', '2026-11-20']);
    expect(datesToWrite('daily', '2026-11-20', null, '2026-11-01')).toEqual(['2026-11-20']);
    expect(datesToWrite('daily', '2026-11-20', null, null)).toEqual([]);
  });
});
