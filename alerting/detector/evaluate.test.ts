import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Episode, type EvaluateInput, evaluate, limitOf, type Transition } from './evaluate.ts';
import type { Rule } from './rule.ts';
import type { Point } from './sliding-window.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
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

let nextSpan = 0;
/** Each in a run of its own, unless told otherwise. */
const errorsAt = (times: readonly number[], fields: Partial<Point> = {}): Point[] =>
  times.map((atMs) => {
    const span = `span-${nextSpan++}`;
    return { span, trace: span, version: '1.0.0', atMs, weight: 1, ...fields };
  });

const spread = (count: number, fromMs: number, toMs: number) =>
  Array.from({ length: count }, (_, i) => fromMs + Math.round(((toMs - fromMs) * i) / (count - 1)));

const CALM = { rule, latest: null, completeSinceMs: Number.NEGATIVE_INFINITY, usual: null, fresh: null, back: null };

/** Everything at once, with all of the past to look back on. */
function evaluateOnce(points: readonly Point[], nowMs: number, input: Partial<EvaluateInput> = {}) {
  return evaluate({ ...CALM, points, nowMs, ...input });
}

/** What the schedule does: at each tick, the errors of the last hour, and the episode so far. */
function evaluateInTicks(points: readonly Point[], ticks: readonly number[], by: Rule = rule): Transition[] {
  const transitions: Transition[] = [];
  let latest: Episode | null = null;
  const reach = by.windowMs + 2 * by.recoverAfterMs;
  let previous = Number.NEGATIVE_INFINITY;
  for (const nowMs of ticks) {
    const completeSinceMs = previous - reach;
    const known = points.filter((error) => error.atMs <= nowMs && error.atMs > completeSinceMs);
    const found = evaluate({ ...CALM, rule: by, latest, points: known, completeSinceMs, nowMs });
    latest = found.at(-1)?.episode ?? latest;
    transitions.push(...found);
    previous = nowMs;
  }
  return transitions;
}

/** Without what happens between beginning and end. */
const ends = (transitions: readonly Transition[]) =>
  transitions.filter(({ kind }) => kind !== 'recovering' && kind !== 'firing_again');
const kinds = (transitions: readonly Transition[]) => ends(transitions).map(({ kind }) => kind);

describe('ten similar errors in thirty minutes', () => {
  it('fire on the tenth', () => {
    const times = spread(10, 0, 12 * MINUTE);
    expect(evaluateOnce(errorsAt(times), 12 * MINUTE)).toEqual([
      {
        kind: 'opened',
        atMs: 12 * MINUTE,
        episode: {
          kind: 'pattern',
          firstErrorAtMs: 0,
          openedAtMs: 12 * MINUTE,
          recoveringAtMs: null,
          resolvedAtMs: null,
          resolvedByHand: false,
          lastErrorAtMs: 12 * MINUTE,
          limit: 10,
          count: 10,
          usual: null,
          reopened: 0,
        },
      },
    ]);
  });

  it('fire when they take exactly thirty minutes, not a second longer', () => {
    expect(kinds(evaluateOnce(errorsAt(spread(10, 0, 30 * MINUTE)), 30 * MINUTE))).toEqual(['opened']);
    expect(evaluateOnce(errorsAt(spread(10, 0, 30 * MINUTE + 1000)), 31 * MINUTE)).toEqual([]);
  });

  it('fire wherever they stand against the half hours of the clock', () => {
    for (let offset = 0; offset < 60; offset++) {
      const times = spread(10, offset * MINUTE, (offset + 28) * MINUTE);
      expect(kinds(evaluateOnce(errorsAt(times), (offset + 28) * MINUTE))).toEqual(['opened']);
    }
  });

  it('do not fire when they are nine, however often each is sent', () => {
    const nine = errorsAt(spread(9, 0, MINUTE));
    expect(evaluateOnce([...nine, ...nine, ...nine], MINUTE)).toEqual([]);
  });

  it('count in full where they are crowded and stand for each other', () => {
    const crowd = errorsAt([MINUTE], { weight: 7, trace: '' });
    expect(evaluateOnce([...errorsAt([0, 1]), ...crowd], MINUTE)).toEqual([]);
    expect(kinds(evaluateOnce([...errorsAt([0, 1, 2]), ...crowd], MINUTE))).toEqual(['opened']);
  });

  it('fire once while the pattern goes on', () => {
    const errors = errorsAt(spread(600, 0, 600 * MINUTE));
    const ticks = Array.from({ length: 601 }, (_, minute) => minute * MINUTE);
    expect(kinds(evaluateInTicks(errors, ticks))).toEqual(['opened']);
  });
});

describe('the gates', () => {
  const kindOf = (points: readonly Point[], input: Partial<EvaluateInput> = {}) =>
    evaluateOnce(points, points.at(-1)?.atMs ?? 0, input)[0]?.episode.kind ?? null;

  it('call it a loop when all of them are in one run or two', () => {
    const two = [...errorsAt(spread(5, 0, 1000), { trace: 'a' }), ...errorsAt(spread(5, 2000, 3000), { trace: 'b' })];
    expect(kindOf(errorsAt(spread(10, 0, 1000), { trace: 'a' }))).toBe('loop');
    expect(kindOf(two)).toBe('loop');
    expect(kindOf([...errorsAt([0], { trace: 'c' }), ...two])).toBe('pattern');
  });

  it('want three times what is usual at this time of day', () => {
    const errors = errorsAt(spread(30, 0, 20 * MINUTE));
    expect(limitOf(rule, { median: 3, mean: 0 })).toBe(10);
    expect(limitOf(rule, { median: 9.5, mean: 0 })).toBe(29);
    expect(kindOf(errors, { usual: { median: 10, mean: 0 } })).toBe('pattern');
    expect(kindOf(errors, { usual: { median: 10.5, mean: 0 } })).toBeNull();
  });

  it('want more than chance makes of what is usual', () => {
    expect(limitOf(rule, { median: 2, mean: 1 })).toBe(10);
    expect(limitOf(rule, { median: 3, mean: 4 })).toBe(14);
    expect(limitOf(rule, { median: 10, mean: 10 })).toBe(30);
  });

  it('end a pattern that needed more than usual at half of that', () => {
    // 30 needed; 14 left in the window at minute 36 and later, which would not be low for ten.
    const errors = errorsAt([...spread(30, 0, 10 * MINUTE), ...spread(40, 11 * MINUTE, 100 * MINUTE)]);
    const told = evaluateOnce(errors, 100 * MINUTE, { usual: { median: 10, mean: 10 } });
    expect(kinds(told)).toEqual(['opened', 'resolved']);
    expect(told[0]?.episode.limit).toBe(30);
  });

  it('need only three errors in two runs when the pattern is new', () => {
    const fresh = { minErrors: 3, minTraces: 2 };
    expect(kindOf(errorsAt([0, 1, 2]), { fresh })).toBe('new_pattern');
    expect(kindOf(errorsAt([0, 1, 2]))).toBeNull();
    expect(kindOf(errorsAt([0, 1, 2], { trace: 'a' }), { fresh })).toBeNull();
    expect(kindOf(errorsAt([0, 1, 31 * MINUTE]), { fresh })).toBeNull();
    expect(kindOf(errorsAt(spread(10, 0, 9), { trace: 'a' }), { fresh })).toBe('loop');
  });
});

describe('a pattern that had ended', () => {
  const ended = (byHand: boolean): Episode => ({
    kind: 'pattern',
    firstErrorAtMs: 0,
    openedAtMs: 1,
    recoveringAtMs: 2,
    resolvedAtMs: 3,
    resolvedByHand: byHand,
    lastErrorAtMs: 2,
    limit: 10,
    count: 10,
    usual: null,
    reopened: 0,
  });
  const back = { minErrors: 3, minTraces: 2, afterMs: 24 * HOUR, versions: ['1.0.0'] };
  const kindAt = (atMs: number, count: number, byHand: boolean, version = '1.0.0') =>
    evaluateOnce(errorsAt(spread(count, atMs, atMs + MINUTE), { version }), atMs + MINUTE, {
      latest: ended(byHand),
      back,
    })[0]?.episode.kind ?? null;

  it('is back when ten errors come a day later, or in a version that had not failed so', () => {
    expect(kindAt(2 * HOUR, 10, false)).toBe('pattern');
    expect(kindAt(25 * HOUR, 10, false)).toBe('regression');
    expect(kindAt(2 * HOUR, 10, false, '1.1.0')).toBe('regression');
    expect(kindAt(25 * HOUR, 9, false)).toBeNull();
  });

  it('is back with three errors when somebody had said that it is over', () => {
    expect(kindAt(25 * HOUR, 3, true)).toBe('regression');
    expect(kindAt(25 * HOUR, 2, true)).toBeNull();
    expect(kindAt(2 * HOUR, 3, true)).toBeNull();
    expect(kindAt(2 * HOUR, 3, true, '1.1.0')).toBe('regression');
  });

  it('is the same episode within half an hour of its end, unless somebody ended it', () => {
    const again = (atMs: number, byHand: boolean) =>
      evaluateOnce(errorsAt(spread(10, atMs - 9, atMs)), atMs, { latest: ended(byHand) })[0];
    expect(again(3 + 30 * MINUTE, false)).toMatchObject({
      kind: 'reopened',
      episode: { openedAtMs: 1, resolvedAtMs: null, reopened: 1 },
    });
    expect(again(4 + 30 * MINUTE, false)).toMatchObject({ kind: 'opened', episode: { reopened: 0 } });
    expect(again(20, true)).toMatchObject({ kind: 'opened', episode: { openedAtMs: 20 } });
    expect(again(10, true)).toBeUndefined();
  });
});

describe('an episode', () => {
  const burst = spread(10, 0, 9 * MINUTE);

  it('recovers when fewer than five errors were in the window, and ends when that lasted for fifteen minutes', () => {
    // The sixth error (minute 5) leaves the window at minute 35; then four are left.
    const errors = errorsAt(burst);
    const latest = evaluateOnce(errors, 9 * MINUTE)[0]?.episode as Episode;
    expect(evaluateOnce(errors, 35 * MINUTE - 1, { latest })).toEqual([]);
    const low = { ...latest, recoveringAtMs: 35 * MINUTE };
    const recovering = { kind: 'recovering', atMs: 35 * MINUTE, episode: low };
    expect(evaluateOnce(errors, 50 * MINUTE - 1, { latest })).toEqual([recovering]);
    expect(evaluateOnce(errors, 50 * MINUTE - 1, { latest: low })).toEqual([]);
    const resolvedAtMs = 50 * MINUTE;
    const resolved = { kind: 'resolved', atMs: resolvedAtMs, episode: { ...low, resolvedAtMs } };
    expect(evaluateOnce(errors, resolvedAtMs, { latest: low })).toEqual([resolved]);
  });

  it('that came and went inside one late evaluation gives both', () => {
    expect(kinds(evaluateOnce(errorsAt(burst), 300 * MINUTE))).toEqual(['opened', 'resolved']);
  });

  it('can be followed by another', () => {
    const errors = errorsAt([...burst, ...burst.map((time) => time + 120 * MINUTE)]);
    const transitions = evaluateOnce(errors, 129 * MINUTE);
    expect(kinds(transitions)).toEqual(['opened', 'resolved', 'opened']);
    expect(transitions[2]?.episode.openedAtMs).toBe(129 * MINUTE);
  });

  it('goes on when the errors come back within the fifteen minutes', () => {
    const errors = errorsAt([...burst, ...spread(5, 44 * MINUTE, 48 * MINUTE)]);
    const low = evaluateOnce(errors.slice(0, 10), 40 * MINUTE).at(-1)?.episode as Episode;
    expect(low.recoveringAtMs).toBe(35 * MINUTE);
    expect(evaluateOnce(errors, 60 * MINUTE, { latest: low }).map(({ kind }) => kind)).toEqual(['firing_again']);
  });

  it('ends without any error left to look at', () => {
    const open = evaluateOnce(errorsAt(burst), 9 * MINUTE)[0]?.episode as Episode;
    const at = (nowMs: number) => kinds(evaluateOnce([], nowMs, { latest: open, completeSinceMs: 100 * MINUTE }));
    expect(at(145 * MINUTE - 1)).toEqual([]);
    expect(at(145 * MINUTE)).toEqual(['resolved']);
  });

  it('that is over does not begin again by a late error, but ten late errors bring it back', () => {
    const latest = ends(evaluateOnce(errorsAt(burst), 51 * MINUTE)).at(-1)?.episode as Episode;
    const late = spread(9, 46 * MINUTE, 48 * MINUTE);
    const now = (times: readonly number[]) => kinds(evaluateOnce(errorsAt(times), 52 * MINUTE, { latest }));
    expect(now([...burst, ...late.slice(0, 1)])).toEqual([]);
    expect(now([...burst, ...late, 49 * MINUTE])).toEqual(['reopened']);
  });
});

// A small rule on whole numbers keeps the slow oracles quick; nothing in evaluate knows the unit.
const small: Rule = { ...rule, threshold: 4, windowMs: 10, recoverBelow: 2, recoverAfterMs: 5, sameEpisodeMs: -1 };
const timesArbitrary = fc.array(fc.nat(120), { maxLength: 40 });

describe('for any errors', () => {
  it('a pattern is found exactly when some ten lie within thirty minutes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200 * MINUTE), { maxLength: 40 }), (times) => {
        const sorted = [...times].sort((a, b) => a - b);
        const truth = sorted.some(
          (start) => sorted.filter((time) => time >= start && time <= start + 30 * MINUTE).length >= 10,
        );
        expect(evaluateOnce(errorsAt(times), 200 * MINUTE).length > 0).toBe(truth);
      }),
      { numRuns: 500 },
    );
  });

  it('the episodes are those of a simulation that looks at every moment', () => {
    fc.assert(
      fc.property(timesArbitrary, (times) => {
        const found = ends(evaluateOnce(errorsAt(times), 150, { rule: small }));
        expect(found.map(({ kind, episode }) => [kind, episode.openedAtMs, episode.resolvedAtMs])).toEqual(
          simulate(times, 150),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('cutting them into other ticks changes nothing', () => {
    fc.assert(
      fc.property(timesArbitrary, fc.array(fc.nat(150), { maxLength: 60 }), (times, cuts) => {
        const errors = errorsAt(times);
        const ticks = [...new Set([...cuts, 150])].sort((a, b) => a - b);
        const inTicks = evaluateInTicks(errors, ticks, small);
        const summary = (transitions: readonly Transition[]) =>
          ends(transitions).map(({ kind, episode: { firstErrorAtMs, openedAtMs, resolvedAtMs } }) => [
            kind,
            firstErrorAtMs,
            openedAtMs,
            resolvedAtMs,
          ]);
        expect(summary(inTicks)).toEqual(summary(evaluateOnce(errors, 150, { rule: small })));
      }),
      { numRuns: 1000 },
    );
  });

  it('neither their order nor sending them again changes anything', () => {
    const shuffled = timesArbitrary.chain((times) => {
      const errors = errorsAt(times);
      const more = fc.subarray(errors).map((again) => [...errors, ...again]);
      return fc.tuple(
        fc.constant(errors),
        more.chain((all) => fc.shuffledSubarray(all, { minLength: all.length })),
      );
    });
    fc.assert(
      fc.property(shuffled, ([errors, again]) => {
        expect(evaluateOnce(again, 150, { rule: small })).toEqual(evaluateOnce(errors, 150, { rule: small }));
      }),
    );
  });

  it('a pattern is found and only a true one, when errors are late and ticks fall anywhere', () => {
    const latestMs = 40;
    const arriving = fc.array(fc.record({ atMs: fc.nat(60), lateMs: fc.nat(latestMs) }), { maxLength: 30 });
    fc.assert(
      fc.property(arriving, fc.array(fc.nat(100), { maxLength: 60 }), (arrivals, cuts) => {
        const errors = errorsAt(arrivals.map(({ atMs }) => atMs));
        const sorted = errors.map(({ atMs }) => atMs).sort((a, b) => a - b);
        const truth = sorted.some((time, i) => (sorted[i + small.threshold - 1] ?? Infinity) - time <= small.windowMs);
        let latest: Episode | null = null;
        let fired = 0;
        let previous = Number.NEGATIVE_INFINITY;
        for (const nowMs of [...new Set([...cuts, 100])].sort((a, b) => a - b)) {
          const completeSinceMs = previous - latestMs - small.windowMs - small.recoverAfterMs;
          const known = errors.filter(
            (error, i) => error.atMs + (arrivals[i]?.lateMs ?? 0) <= nowMs && error.atMs > completeSinceMs,
          );
          for (const { kind, episode } of evaluate({
            ...CALM,
            rule: small,
            latest,
            points: known,
            completeSinceMs,
            nowMs,
          })) {
            latest = episode;
            if (kind === 'opened') fired++;
          }
          previous = nowMs;
        }
        expect(fired > 0).toBe(truth);
      }),
      { numRuns: 1000 },
    );
  });
});

/** The rule in the slowest and plainest way: half a unit at a time, counting everything each time. */
function simulate(times: readonly number[], until: number): [string, number, number | null][] {
  const told: [string, number, number | null][] = [];
  const sorted = [...times].sort((a, b) => a - b);
  const countAt = (moment: number) => sorted.filter((t) => t <= moment && t >= moment - small.windowMs).length;
  let openedAt: number | null = null;
  let resolvedAt = Number.NEGATIVE_INFINITY;
  for (let now = 0; now <= until; now++) {
    if (openedAt !== null && now - small.recoverAfterMs >= openedAt) {
      let low = true;
      for (let past = now - small.recoverAfterMs + 0.5; past < now; past += 0.5)
        low &&= countAt(past) < small.recoverBelow;
      if (low) {
        told.push(['resolved', openedAt, now]);
        openedAt = null;
        resolvedAt = now;
      }
    }
    const eligible = sorted.filter((t) => t <= now && t > resolvedAt - small.windowMs && t >= now - small.windowMs);
    if (openedAt === null && eligible.length >= small.threshold) {
      told.push(['opened', now, null]);
      openedAt = now;
    }
  }
  return told;
}
