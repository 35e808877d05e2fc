// The pure judges: tables of what is high, and what must hold whatever is counted.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultRule } from '#domain/rule/default-rules';
import { judgeCount } from './counts.ts';
import type { MeasuredRule } from './measure.ts';
import { baselineShare, judgeShare, mayBeHighShare } from './shares.ts';
import { judgeCost, judgeLatency, mayBeHighLatency } from './slots.ts';
import { NOTHING, quantile, type Totals } from './totals.ts';

const of = (count: number, hits = 0, over: Partial<Totals> = {}): Totals => ({ ...NOTHING, count, hits, ...over });
const days = (share: number, perDay = 100, n = 7) => Array.from({ length: n }, () => of(perDay, share * perDay));
const brief = ({ level, silentBecause }: { level: string; silentBecause: string | null }) =>
  silentBecause === null ? level : `${level}, ${silentBecause}`;

describe('a share of runs', () => {
  const rule = { minCount: 20, minHits: 5, minShare: 0.05, factor: 3 };
  it.each([
    ['nothing', of(0), days(0.02), 'low, too_few'],
    ['few runs that all fail', of(19, 19), days(0.02), 'middle, too_few'],
    ['few that fail', of(1000, 4), days(0.02), 'low, too_few'],
    ['the baseline', of(200, 4), days(0.02), 'low, too_few'],
    ['twice the baseline', of(1000, 40), days(0.02), 'middle'],
    ['five times the baseline, of many', of(1000, 100), days(0.02), 'high'],
    ['five times the baseline, of few: it may be chance', of(30, 3), days(0.02), 'middle, too_few'],
    ['a third, where nothing ever failed', of(30, 10), days(0), 'high'],
    ['a quarter, where the baseline is a fifth', of(400, 100), days(0.2), 'low'],
    ['everything, where the baseline is a half: three times that cannot be', of(400, 400), days(0.5), 'middle'],
    ['half of them, and no day is known', of(100, 50), [], 'middle, no_baseline'],
    ['half of them, and two days are known', of(100, 50), days(0.02, 100, 2), 'middle, no_baseline'],
    ['half of them, and the days had too few runs', of(100, 50), days(0, 9, 7), 'middle, no_baseline'],
    ['half of them, and the days had 70 runs in all', of(100, 50), days(0, 10, 7), 'middle, no_baseline'],
  ])('%s', (_what, now, baseline, expected) => {
    expect(brief(judgeShare(rule, now, baseline))).toBe(expected);
  });

  it('is compared with the middle day, so that yesterday’s outage is not the new baseline', () => {
    expect(baselineShare([...days(0.02, 100, 6), of(100, 90)])?.share).toBeCloseTo(0.02);
  });

  const shares = fc.record({
    count: fc.integer({ min: 0, max: 3000 }),
    hit: fc.double({ min: 0, max: 1, noNaN: true }),
    baseline: fc.double({ min: 0, max: 1, noNaN: true }),
    factor: fc.integer({ min: 1, max: 10 }),
  });
  it('is never high without a baseline, at the share of the baseline, or where the window alone cannot be', () => {
    fc.assert(
      fc.property(shares, ({ count, hit, baseline, factor }) => {
        const now = of(count, Math.round(count * hit));
        const any = { ...rule, factor };
        expect(judgeShare(any, now, []).level).not.toBe('high');
        expect(judgeShare(any, of(count, Math.round(count * baseline)), days(baseline)).level).not.toBe('high');
        if (!mayBeHighShare(any, now)) expect(judgeShare(any, now, days(baseline)).level).not.toBe('high');
      }),
    );
  });
  it('stays high when more of the same runs fail', () => {
    fc.assert(
      fc.property(shares, ({ count, hit, baseline }) => {
        const hits = Math.floor(count * hit);
        const isHigh = judgeShare(rule, of(count, hits), days(baseline)).level === 'high';
        if (isHigh && hits < count) expect(judgeShare(rule, of(count, hits + 1), days(baseline)).level).toBe('high');
      }),
    );
  });
});

describe('a count', () => {
  it.each([
    [{ threshold: 3, minTraces: 1 }, 0, 0, 'low'],
    [{ threshold: 3, minTraces: 1 }, 1, 1, 'low'],
    [{ threshold: 3, minTraces: 1 }, 2, 2, 'middle'],
    [{ threshold: 3, minTraces: 1 }, 3, 1, 'high'],
    [{ threshold: 3, minTraces: 2 }, 9, 1, 'middle, too_few'],
    [{ threshold: 3, minTraces: 2 }, 9, 2, 'high'],
    [{ threshold: 1, minTraces: 1 }, 0, 0, 'low'],
    [{ threshold: 1, minTraces: 1 }, 1, 1, 'high'],
  ])('%o of %i in %i runs', (rule, hits, traces, expected) => {
    expect(brief(judgeCount(rule, of(hits, hits, { traces })))).toBe(expected);
  });
});

describe('a cost', () => {
  const rule = { minRuns: 20, minCostUsd: 1, factor: 3 };
  const slots = (sums: readonly number[], count = 40) => sums.map((sum) => of(count, count, { sum }));
  it.each([
    ['the baseline', 2, slots([2, 2, 2, 2]), 'low'],
    ['nearly twice the baseline', 3.9, slots([2, 2, 2, 2]), 'low'],
    ['two and a half times', 5, slots([2, 2, 2, 2]), 'middle'],
    ['three times', 6, slots([2, 2, 2, 2]), 'high'],
    ['more than three times the median, but not beyond the highest', 7, slots([2, 2, 2, 9]), 'middle'],
    ['ten times of next to nothing', 0.9, slots([0.09, 0.09, 0.09]), 'middle'],
    ['two weeks are known', 60, slots([2, 2]), 'middle, no_baseline'],
    ['a time at which hardly anything runs', 60, slots([2, 2, 2, 2], 3), 'middle, no_baseline'],
  ])('%s', (_what, sum, baseline, expected) => {
    expect(brief(judgeCost(rule, of(30, 30, { sum }), baseline))).toBe(expected);
  });
});

/** So many runs of so many ms. */
const lasting = (...parts: readonly (readonly [count: number, ms: number])[]): Totals => ({
  ...NOTHING,
  count: parts.reduce((sum, [count]) => sum + count, 0),
  bins: new Map(parts.map(([count, ms]) => [Math.floor(Math.log(ms) / Math.log(1.05)), count])),
});

describe('a p95', () => {
  const rule = { minRuns: 30, minSeconds: 2, factor: 2 };
  const baseline = (n: number, count = 100) =>
    Array.from({ length: n }, () => lasting([count * 0.9, 1000], [count * 0.1, 5000]));
  it.each([
    ['the baseline', lasting([90, 1000], [10, 5000]), baseline(4), 'low'],
    ['few slow runs of many', lasting([97, 1000], [3, 60_000]), baseline(4), 'low'],
    ['a third is slow', lasting([60, 1000], [30, 12_000]), baseline(4), 'high'],
    ['slow by less than the factor', lasting([60, 1000], [30, 9000]), baseline(4), 'middle'],
    ['a third of few is slow', lasting([20, 1000], [9, 12_000]), baseline(4), 'middle, too_few'],
    ['short all the same', lasting([60, 100], [30, 1900]), baseline(4), 'low'],
    ['two weeks are known', lasting([60, 1000], [30, 12_000]), baseline(2), 'middle, no_baseline'],
    ['the other times had too few runs', lasting([60, 1000], [30, 12_000]), baseline(4, 10), 'middle, no_baseline'],
  ])('%s', (_what, now, slots, expected) => {
    expect(brief(judgeLatency(rule, now, slots))).toBe(expected);
  });

  it('is found within a twentieth', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 2, max: 500_000 }), { minLength: 1, maxLength: 200 }), (all) => {
        const bins = new Map<number, number>();
        for (const ms of all) {
          const bin = Math.floor(Math.log(ms) / Math.log(1.05));
          bins.set(bin, (bins.get(bin) ?? 0) + 1);
        }
        const exact = all.toSorted((a, b) => a - b)[Math.ceil(all.length * 0.95) - 1] as number;
        const found = quantile({ ...NOTHING, count: all.length, bins }, 0.95);
        expect(found / exact).toBeGreaterThan(1 - 1e-9);
        expect(found / exact).toBeLessThan(1.0501);
      }),
    );
  });

  it('is never high where the window alone cannot be', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 200 }),
        fc.nat({ max: 200 }),
        fc.integer({ min: 1, max: 100_000 }),
        (fast, slow, ms) => {
          const now = lasting([fast, 900], [slow, ms]);
          if (!mayBeHighLatency(rule, now)) expect(judgeLatency(rule, now, baseline(4)).level).not.toBe('high');
        },
      ),
    );
  });
});

it('the default rules have the numbers these tables were made with', () => {
  expect(defaultRule('error-share') as MeasuredRule).toMatchObject({
    minRuns: 20,
    minFailed: 5,
    minShare: 0.05,
    factor: 3,
  });
  expect(defaultRule('cost') as MeasuredRule).toMatchObject({ minRuns: 20, minCostUsd: 1, factor: 3 });
  expect(defaultRule('latency') as MeasuredRule).toMatchObject({ minRuns: 30, minSeconds: 2, factor: 2 });
});
