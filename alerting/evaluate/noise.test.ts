// Seven days of steady noise against the pure judgement, tick by tick, with the baseline taken from the days before.
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../test/faults/random.ts';
import { type Baseline, type Episode, evaluate, type Transition } from './evaluate.ts';
import type { Rule } from './rule.ts';
import { countAt, findMoment, lastIndexUpTo, type Point } from './sliding-window.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const DAYS = 7;
const rule: Rule = {
  id: 'similar-errors',
  name: 'Similar errors',
  threshold: 10,
  windowMs: 30 * MINUTE,
  minTraces: 3,
  baselineFactor: 3,
  recoverBelow: 5,
  recoverAfterMs: 15 * MINUTE,
  sameEpisodeMs: 30 * MINUTE,
};

/** Errors at random moments, `perDay` of them on average; each in a run of its own. */
function noise(perDay: number, days: number, seed: number): Point[] {
  const random = seededRandom(seed);
  const points: Point[] = [];
  for (let atMs = 0; atMs < days * DAY; ) {
    atMs += Math.max(1, Math.round((-Math.log(1 - random()) * DAY) / perDay));
    points.push({ span: `${seed}-${points.length}`, trace: `${points.length}`, version: '', atMs, weight: 1 });
  }
  return points;
}

/** As storage/read-usual.ts: of the same window, and the six around it, of the days that are known, of at least three. */
function baselineAt(points: readonly Point[], atMs: number): Baseline | null {
  const known = Math.min(DAYS, Math.floor(atMs / DAY));
  if (known < 3) return null;
  const { windowMs } = rule;
  const days = Array.from({ length: known }, (_, day) => atMs - (day + 1) * DAY);
  const sorted = days.map((day) => countAt(points, windowMs, day)).sort((a, b) => a - b);
  const around = days.map((day) => countAt(points, windowMs * 6, day + windowMs * 2.5));
  const middle = sorted.length >> 1;
  const lower = sorted[sorted.length % 2 === 1 ? middle : middle - 1] ?? 0;
  const mean = around.reduce((sum, count) => sum + count, 0) / (known * 6);
  return { median: (lower + (sorted[middle] ?? 0)) / 2, mean };
}

/** When incidents opened, judged each five minutes (evaluate.test.ts: where ticks fall changes nothing). */
function openings(points: readonly Point[], fromMs: number, untilMs: number): number[] {
  const opened: number[] = [];
  let latest: Episode | null = null;
  for (let nowMs = fromMs; nowMs <= untilMs; nowMs += 5 * MINUTE) {
    const completeSinceMs = nowMs - 60 * MINUTE;
    const part = points.slice(lastIndexUpTo(points, completeSinceMs) + 1, lastIndexUpTo(points, nowMs) + 1);
    const first = findMoment(part, rule.windowMs, Number.NEGATIVE_INFINITY, ({ count }) => count >= rule.threshold);
    const baseline = first === null ? null : baselineAt(points, first.atMs);
    const transitions: Transition[] = evaluate({
      rule,
      latest,
      points: part,
      completeSinceMs,
      nowMs,
      baseline,
      fresh: null,
      back: null,
    });
    for (const { kind, atMs, episode } of transitions) {
      latest = episode;
      if (kind === 'opened') opened.push(atMs);
    }
  }
  return opened;
}

describe('steady noise', () => {
  it('of 48 to 480 errors a day pages at most once in ten project-days, once three days are known', () => {
    const rates = [48, 96, 144, 240, 480];
    const rounds = 4;
    let pages = 0;
    for (const perDay of rates)
      for (let round = 0; round < rounds; round++)
        pages += openings(noise(perDay, 3 + DAYS, perDay + round), 3 * DAY, (3 + DAYS) * DAY).length;
    expect(pages / (rates.length * rounds * DAYS)).toBeLessThanOrEqual(0.1);
  });

  it('hides no true burst: five times as many in half an hour fires each time', () => {
    for (const perDay of [48, 240, 480]) {
      const points = noise(perDay, 5, perDay);
      const burstSize = Math.ceil((perDay / 48) * 5) + 15;
      const burst = Array.from({ length: burstSize }, (_, i) => ({
        span: `burst-${i}`,
        trace: `burst-${i}`,
        version: '',
        atMs: 4 * DAY + 600 * MINUTE + i * 1000,
        weight: 1,
      }));
      const all = [...points, ...burst].sort((a, b) => a.atMs - b.atMs);
      const found = openings(all, 4 * DAY, 4 * DAY + 660 * MINUTE);
      expect(found.filter((atMs) => atMs >= 4 * DAY + 600 * MINUTE).length).toBe(1);
    }
  });
});
