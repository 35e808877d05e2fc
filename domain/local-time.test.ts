import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, dayBounds, firstMoment, isDate, isTimeZone, localTime, weekBounds, weekdayOf } from './local-time.ts';

const HOUR = 3_600_000;
const hours = (date: string, zone: string) => {
  const { fromMs, toMs } = dayBounds(date, zone);
  return (toMs - fromMs) / HOUR;
};

describe('a day', () => {
  it.each([
    ['Europe/Paris', '2026-03-29', 23],
    ['Europe/Paris', '2026-10-25', 25],
    ['America/New_York', '2026-03-08', 23],
    ['America/New_York', '2026-11-01', 25],
    // Half an hour, and a change at midnight: the day begins at 01:00.
    ['Australia/Lord_Howe', '2026-10-04', 23.5],
    ['Australia/Lord_Howe', '2026-04-05', 24.5],
    ['Africa/Cairo', '2026-04-24', 23],
    ['Africa/Cairo', '2026-10-29', 25],
    ['Asia/Kathmandu', '2026-03-29', 24],
    ['UTC', '2026-03-29', 24],
    // Left out of the calendar when the zone crossed the date line.
    ['Pacific/Apia', '2011-12-30', 0],
  ])('in %s, %s has %d hours', (zone, date, expected) => expect(hours(date, zone)).toBe(expected));

  it('begins at its first moment, even where that is not midnight', () => {
    const { fromMs } = dayBounds('2026-04-24', 'Africa/Cairo');
    expect(localTime(fromMs, 'Africa/Cairo')).toEqual({ date: '2026-04-24', clock: '01:00' });
    expect(localTime(fromMs - 1, 'Africa/Cairo').date).toBe('2026-04-23');
  });

  it('ends where the next begins, in any zone and on any date', () => {
    const zones = [
      'Europe/Paris',
      'America/New_York',
      'Australia/Lord_Howe',
      'Africa/Cairo',
      'Pacific/Auckland',
      'UTC',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 20_000 }), (zone, n) => {
        const date = addDays('1990-01-01', n);
        const { fromMs, toMs } = dayBounds(date, zone);
        expect(toMs).toBe(dayBounds(addDays(date, 1), zone).fromMs);
        expect(localTime(fromMs, zone).date).toBe(date);
        expect(localTime(fromMs - 1, zone).date).toBe(addDays(date, -1));
        expect(localTime(toMs - 1, zone).date).toBe(date);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a clock time', () => {
  it('that comes twice is the first of the two', () => {
    const first = firstMoment('2026-10-25', '02:30', 'Europe/Paris');
    expect(new Date(first).toISOString()).toBe('2026-10-25T00:30:00.000Z');
  });
  it('that the clocks jump over comes when they have jumped', () => {
    const jumped = firstMoment('2026-03-29', '02:30', 'Europe/Paris');
    expect(new Date(jumped).toISOString()).toBe('2026-03-29T01:00:00.000Z');
  });
});

describe('dates', () => {
  it('know leap days and their weekday', () => {
    expect([isDate('2028-02-29'), isDate('2026-02-29'), isDate('2026-13-01'), isDate('26-01-01')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
    expect([weekdayOf('2026-11-23'), weekdayOf('2026-11-29')]).toEqual([1, 7]);
  });
  it('of a week are seven days that end with the last', () => {
    const { fromMs, toMs } = weekBounds('2026-10-25', 'Europe/Paris');
    expect((toMs - fromMs) / HOUR).toBe(7 * 24 + 1);
    expect(localTime(fromMs, 'Europe/Paris').date).toBe('2026-10-19');
  });
  it('need a zone that exists', () => {
    expect(['Europe/Paris', 'UTC', 'Mars/Olympus', '', '+01:00'].map(isTimeZone)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
