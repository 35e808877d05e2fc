// One rule over time: the same answer however time is cut into ticks, and no failed read taken for nothing.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultRule } from '#domain/rule/default-rules';
import type { MeasureSlice } from '#storage/read-measures';
import { baselineHours, mergeHours } from './baseline.ts';
import { type Judged, judgePoints, type MeasureReader, pointsOf } from './judge-points.ts';
import type { MeasuredRule } from './measure.ts';
import { measureOf } from './measures.ts';
import { replay } from './replay.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.parse('2026-03-02T12:00:00.000Z');
const deadLetters = { ...(defaultRule('dead-letters') as MeasuredRule), threshold: 3 } as MeasuredRule;
const errorShare = defaultRule('error-share') as MeasuredRule;

const slice = (atMs: number, hits: number, over: Partial<MeasureSlice> = {}): MeasureSlice => ({
  subject: 'desk · pay',
  atMs,
  count: hits,
  hits,
  sum: 0,
  bins: [],
  traces: [`run at ${atMs}`],
  ...over,
});
function reading(all: readonly MeasureSlice[]): MeasureReader & { readonly asked: number[] } {
  const asked: number[] = [];
  return {
    asked,
    slices: async ({ fromMs, toMs }, sliceMs) => {
      asked.push(sliceMs);
      return all.filter(({ atMs }) => atMs > fromMs && atMs <= toMs);
    },
    facts: () => Promise.reject(new Error('not asked for here')),
  };
}
const levels = (judged: readonly Judged[]) =>
  judged.map(({ atMs, judgement }) => `${(atMs - START) / MINUTE}:${judgement.level}`);

describe('a rule over time', () => {
  it('counts a sliding window that ends with each minute', async () => {
    const reader = reading([slice(START + MINUTE, 1), slice(START + 20 * MINUTE, 1), slice(START + 30 * MINUTE, 1)]);
    const { judged } = await judgePoints(reader, deadLetters, { afterMs: START, toMs: START + 52 * MINUTE, open: [] });
    expect(levels(judged).slice(0, 3)).toEqual(['30:high', '31:middle', '32:middle']);
    expect(levels(judged).at(-1)).toBe('52:low');
    expect(replay(deadLetters, judged)).toMatchObject([{ openedAtMs: START + 30 * MINUTE, resolvedAtMs: null }]);
  });

  it('follows what is open also when nothing of it is there', async () => {
    const { judged } = await judgePoints(reading([]), deadLetters, {
      afterMs: START,
      toMs: START + 2 * MINUTE,
      open: ['desk · pay'],
    });
    expect(levels(judged)).toEqual(['1:low', '2:low']);
  });

  it('asks nothing between its moments, and reads the baseline only when the window alone could be high', async () => {
    const quiet = reading([slice(START + 5 * MINUTE, 1, { subject: 'desk', count: 50 })]);
    await judgePoints(quiet, errorShare, { afterMs: START, toMs: START + 4 * MINUTE, open: [] });
    expect(quiet.asked).toEqual([]);
    await judgePoints(quiet, errorShare, { afterMs: START, toMs: START + 9 * MINUTE, open: [] });
    expect(quiet.asked).toEqual([5 * MINUTE]);
    const loud = reading([slice(START + 5 * MINUTE, 30, { subject: 'desk', count: 50 })]);
    const { silent, judged } = await judgePoints(loud, errorShare, {
      afterMs: START,
      toMs: START + 9 * MINUTE,
      open: [],
    });
    expect(loud.asked).toEqual([5 * MINUTE, HOUR]);
    expect(judged).toEqual([]);
    expect([...silent]).toEqual([['desk', 'no_baseline']]);
  });

  it('fails when a read fails', async () => {
    const reader = { ...reading([]), slices: () => Promise.reject(new Error('the engine is gone')) };
    await expect(judgePoints(reader, deadLetters, { afterMs: START, toMs: START + MINUTE, open: [] })).rejects.toThrow(
      'the engine is gone',
    );
  });

  it('says the same however it is cut into ticks', async () => {
    const minutes = fc.array(fc.tuple(fc.integer({ min: 1, max: 240 }), fc.integer({ min: 1, max: 4 })), {
      maxLength: 40,
    });
    const cuts = fc.array(fc.integer({ min: 1, max: 239 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(minutes, cuts, async (events, where) => {
        const perMinute = new Map(events);
        const reader = reading(
          [...perMinute].map(([m, hits]) => slice(START + m * MINUTE, hits)).sort((a, b) => a.atMs - b.atMs),
        );
        const whole = await judgePoints(reader, deadLetters, { afterMs: START, toMs: START + 240 * MINUTE, open: [] });
        const inTicks: Judged[] = [];
        let afterMs = START;
        for (const cut of [...new Set([...where, 240])].sort((a, b) => a - b)) {
          const toMs = START + cut * MINUTE;
          const open = [...new Set(inTicks.map(({ subject }) => subject))];
          inTicks.push(...(await judgePoints(reader, deadLetters, { afterMs, toMs, open })).judged);
          afterMs = toMs;
        }
        expect(levels(inTicks)).toEqual(levels(whole.judged));
        expect(replay(deadLetters, inTicks)).toEqual(replay(deadLetters, whole.judged));
      }),
      { numRuns: 200 },
    );
  });
});

describe('a baseline', () => {
  const window = { atMs: START + 20 * MINUTE, windowMs: HOUR, baselineDays: 2 };
  it('is read in whole hours: days up to the window, or the same hours of other weeks', () => {
    expect(baselineHours({ ...window, kind: 'days' }).days).toEqual([
      { fromMs: START - HOUR - DAY, toMs: START - HOUR },
      { fromMs: START - HOUR - 2 * DAY, toMs: START - HOUR - DAY },
    ]);
    const { weeks, days } = baselineHours({ ...window, kind: 'slots_or_days' });
    expect(weeks).toHaveLength(4);
    expect(weeks[0]).toEqual({ fromMs: START - HOUR - 7 * DAY, toMs: START + HOUR - 7 * DAY });
    expect(days[0]).toEqual({ fromMs: START - HOUR - DAY, toMs: START + HOUR - DAY });
  });

  it('is read once where time ranges touch', () => {
    const two = baselineHours({ ...window, kind: 'days' }).days;
    expect(mergeHours(two)).toEqual([{ fromMs: START - HOUR - 2 * DAY, toMs: START - HOUR }]);
    expect(
      mergeHours([
        { fromMs: 10, toMs: 20 },
        { fromMs: 0, toMs: 5 },
        { fromMs: 12, toMs: 14 },
      ]),
    ).toEqual([
      { fromMs: 0, toMs: 5 },
      { fromMs: 10, toMs: 20 },
    ]);
  });
});

it('moments are the multiples of a step after the last one judged', () => {
  const measure = measureOf(errorShare);
  expect(pointsOf(measure, START, START + 11 * MINUTE)).toEqual([START + 5 * MINUTE, START + 10 * MINUTE]);
  expect(pointsOf(measure, START - 1, START)).toEqual([START]);
  expect(pointsOf(measure, START, START)).toEqual([]);
});
