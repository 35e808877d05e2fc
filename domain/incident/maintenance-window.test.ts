import { describe, expect, it } from 'vitest';
import { MAINTENANCE } from '#contracts/maintenance';
import { isOpen } from '#domain/incident/maintenance-window';

const window = (when: object, fields: object = {}) =>
  MAINTENANCE.shape.parse({ name: 'w', timeZone: 'Europe/Berlin', when, by: 'Ann', why: 'deploys', ...fields });
const openAt = (when: object, at: string, fields: object = {}) => isOpen(window(when, fields), Date.parse(at));

describe('a maintenance window', () => {
  it('once is open from its begin to just before its end, by the wall clock', () => {
    const once = { repeat: 'once', from: '2026-11-26T22:00', to: '2026-11-26T23:30' };
    expect(openAt(once, '2026-11-26T20:59:59Z')).toBe(false);
    expect(openAt(once, '2026-11-26T21:00:00Z')).toBe(true);
    expect(openAt(once, '2026-11-26T22:29:59Z')).toBe(true);
    expect(openAt(once, '2026-11-26T22:30:00Z')).toBe(false);
    expect(openAt(once, '2026-11-26T21:00:00Z', { enabled: false })).toBe(false);
    expect(openAt(once, '2026-11-26T22:00:00Z', { timeZone: 'UTC' })).toBe(true);
  });

  it('each night goes over midnight, in summer as in winter and when the clocks change', () => {
    const nightly = { repeat: 'daily', at: '22:00', durationMinutes: 480 };
    for (const inside of [
      '2026-07-01T20:00:00Z',
      '2026-07-02T03:59:00Z',
      '2026-12-01T21:00:00Z',
      '2026-12-02T04:59:00Z',
    ])
      expect(openAt(nightly, inside), inside).toBe(true);
    for (const outside of [
      '2026-07-01T19:59:00Z',
      '2026-07-02T04:00:00Z',
      '2026-12-01T20:59:00Z',
      '2026-12-02T05:00:00Z',
    ])
      expect(openAt(nightly, outside), outside).toBe(false);
    // In the night to 29 March 2026 the clock goes from 02:00 to 03:00: 06:00 comes at 04:00 UTC.
    expect(openAt(nightly, '2026-03-29T03:59:00Z')).toBe(true);
    expect(openAt(nightly, '2026-03-29T04:00:00Z')).toBe(false);
    // In the night to 25 October 2026 it goes back: 06:00 comes at 05:00 UTC.
    expect(openAt(nightly, '2026-10-25T04:59:00Z')).toBe(true);
    expect(openAt(nightly, '2026-10-25T05:00:00Z')).toBe(false);
  });

  it('each week begins on its days and may end on the next', () => {
    // 2026-11-28 is a Saturday, 29 a Sunday, 30 a Monday.
    const weekly = { repeat: 'weekly', days: [6, 7], at: '23:00', durationMinutes: 120 };
    const utc = { timeZone: 'UTC' };
    expect(openAt(weekly, '2026-11-28T22:59:00Z', utc)).toBe(false);
    expect(openAt(weekly, '2026-11-28T23:00:00Z', utc)).toBe(true);
    expect(openAt(weekly, '2026-11-30T00:59:00Z', utc)).toBe(true);
    expect(openAt(weekly, '2026-11-30T01:00:00Z', utc)).toBe(false);
    expect(openAt(weekly, '2026-11-30T23:30:00Z', utc)).toBe(false);
    expect(openAt({ ...weekly, days: [1] }, '2026-11-30T00:30:00Z', utc)).toBe(false);
  });

  it('refuses a time zone, a time or an order that does not exist', () => {
    const once = { repeat: 'once', from: '2026-11-26T22:00', to: '2026-11-26T23:30' };
    expect(() => window(once, { timeZone: 'Europe/Atlantis' })).toThrow(/time zone/);
    expect(() => window({ ...once, to: once.from })).toThrow(/end after/);
    expect(() => window({ repeat: 'daily', at: '24:00', durationMinutes: 1 })).toThrow(/time of day/);
    expect(() => window({ repeat: 'weekly', days: [8], at: '10:00', durationMinutes: 1 })).toThrow();
  });
});
