// How figures are written, at the edges where rounding changes the unit.
import { describe, expect, it } from 'vitest';
import {
  epochMs,
  formatBytes,
  formatClock,
  formatCost,
  formatCount,
  formatDuration,
  formatMoment,
  formatOffset,
  formatShare,
  formatStopwatch,
  plural,
  shortId,
} from './format.ts';

describe('durations', () => {
  it.each([
    [0, '0 ms'],
    [0.0004, '400 ns'],
    [0.24, '240 µs'],
    [0.9999, '1 ms'],
    [6, '6 ms'],
    [1.42, '1.4 ms'],
    [586.4, '586 ms'],
    [999.6, '1.00 s'],
    [1418, '1.42 s'],
    [9996, '10.0 s'],
    [19_750, '19.8 s'],
    [59_960, '1 min 0 s'],
    [192_000, '3 min 12 s'],
    [3_599_900, '1 h 00 min'],
    [3_840_000, '1 h 04 min'],
    [183_600_000, '2 d 03 h'],
    [-1500, '−1.50 s'],
    [Number.NaN, 'unknown'],
  ])('%d ms reads %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it('offsets keep two decimals within the first minute', () => {
    expect(formatOffset(14_960)).toBe('+14.96 s');
    expect(formatOffset(8)).toBe('+8 ms');
    expect(formatOffset(0)).toBe('+0 ms');
    expect(formatOffset(-1200)).toBe('−1.20 s');
    expect(formatOffset(125_000)).toBe('+2 min 5 s');
  });
});

describe('counts, money and shares', () => {
  it('counts are separated, and shortened from 100,000 on', () => {
    expect([0, 18_402, 99_999, 128_400, 1_300_000].map(formatCount)).toEqual(['0', '18,402', '99,999', '128k', '1.3M']);
    expect(plural(1, 'span')).toBe('1 span');
    expect(plural(23, 'span')).toBe('23 spans');
  });
  it('an unknown cost is never written as 0', () => {
    expect(formatCost(null)).toBe('unknown');
    expect([0, 0.0417, 0.00001234, 2, 1234.5].map(formatCost)).toEqual([
      '$0',
      '$0.0417',
      '$0.000012',
      '$2.00',
      '$1,234.50',
    ]);
  });
  it('a confidence just under its threshold is not rounded up to it', () => {
    expect(formatShare(0.46)).toBe('0.46');
    expect(formatShare(0.7, 0.7)).toBe('0.70');
    expect(formatShare(0.699, 0.7)).toBe('0.699');
  });
  it('sizes use decimal units', () => {
    expect([812, 14_200, 1_300_000].map(formatBytes)).toEqual(['812 B', '14.2 kB', '1.3 MB']);
  });
});

describe('time and ids', () => {
  it('nanoseconds survive down to the microsecond', () => {
    const start = epochMs('2026-11-20T13:32:07.412000000Z');
    expect(epochMs('2026-11-20T13:32:07.412250000Z') - start).toBeCloseTo(0.25, 2);
    expect(epochMs('2026-11-20T13:32:07Z')).toBe(Date.UTC(2026, 10, 20, 13, 32, 7));
    expect(epochMs('nonsense')).toBeNaN();
  });
  it('a moment is complete, in a named zone', () => {
    expect(formatMoment('2026-11-20T13:32:07.412000000Z', 'Europe/Berlin')).toBe('Fri 20 Nov 2026, 14:32:07.412 CET');
    expect(formatMoment('<script>')).toBe('<script>');
  });
  it('a clock shows the date only when it is not today', () => {
    const now = new Date('2026-11-20T20:00:00Z');
    expect(formatClock('2026-11-20T13:32:07Z', now, 'UTC')).toBe('13:32:07');
    expect(formatClock('2026-11-19T13:32:07Z', now, 'UTC')).toBe('19 Nov, 13:32');
  });
  it('a stopwatch counts up', () => {
    expect([42_000, 725_000, 3_725_000].map(formatStopwatch)).toEqual(['00:42', '12:05', '1:02:05']);
  });
  it('long ids are shortened in the middle', () => {
    expect(shortId('4bf92f3577b34da6a3ce929d0e0e4736')).toBe('4bf92f…0e4736');
    expect(shortId('s-1')).toBe('s-1');
  });
});
