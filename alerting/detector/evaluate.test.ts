import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Episode, type ErrorEvent, evaluate, type Transition } from './evaluate.ts';
import { DEFAULT_RULE, type Rule } from './rule.ts';

const MINUTE = 60_000;
const rule = DEFAULT_RULE;

let nextSpan = 0;
const errorsAt = (times: readonly number[], fingerprint = 'f'): ErrorEvent[] =>
  times.map((atMs) => ({ fingerprint, span: `span-${nextSpan++}`, atMs }));

const spread = (count: number, fromMs: number, toMs: number) =>
  Array.from({ length: count }, (_, i) => fromMs + Math.round(((toMs - fromMs) * i) / (count - 1)));

/** Ten and more errors at once, with an hour of quiet afterwards to look back on. */
function evaluateOnce(errors: readonly ErrorEvent[], nowMs: number, latest: readonly Episode[] = [], by: Rule = rule) {
  return evaluate({ rule: by, latest, errors, completeSinceMs: Number.NEGATIVE_INFINITY, nowMs });
}

/** What the schedule does: at each tick, the errors of the last hour, and the episodes told so far. */
function evaluateInTicks(errors: readonly ErrorEvent[], ticks: readonly number[], by: Rule = rule): Transition[] {
  const transitions: Transition[] = [];
  const latest = new Map<string, Episode>();
  const reach = by.windowMs + 2 * by.recoverAfterMs;
  let previous = Number.NEGATIVE_INFINITY;
  for (const nowMs of ticks) {
    const completeSinceMs = previous - reach;
    const known = errors.filter((error) => error.atMs <= nowMs && error.atMs > completeSinceMs);
    const found = evaluate({ rule: by, latest: [...latest.values()], errors: known, completeSinceMs, nowMs });
    for (const { episode } of found) latest.set(episode.fingerprint, episode);
    transitions.push(...found);
    previous = nowMs;
  }
  return transitions;
}

const kinds = (transitions: readonly Transition[]) => transitions.map(({ kind }) => kind);

describe('ten similar errors in thirty minutes', () => {
  it('fire on the tenth', () => {
    const times = spread(10, 0, 12 * MINUTE);
    expect(evaluateOnce(errorsAt(times), 12 * MINUTE)).toEqual([
      {
        kind: 'fired',
        episode: {
          fingerprint: 'f',
          firstErrorAtMs: 0,
          openedAtMs: 12 * MINUTE,
          resolvedAtMs: null,
          lastErrorAtMs: 12 * MINUTE,
        },
      },
    ]);
  });

  it('fire when they take exactly thirty minutes, not a second longer', () => {
    expect(kinds(evaluateOnce(errorsAt(spread(10, 0, 30 * MINUTE)), 30 * MINUTE))).toEqual(['fired']);
    expect(evaluateOnce(errorsAt(spread(10, 0, 30 * MINUTE + 1000)), 31 * MINUTE)).toEqual([]);
  });

  it('fire wherever they stand against the half hours of the clock', () => {
    for (let offset = 0; offset < 60; offset++) {
      const times = spread(10, offset * MINUTE, (offset + 28) * MINUTE);
      expect(kinds(evaluateOnce(errorsAt(times), (offset + 28) * MINUTE))).toEqual(['fired']);
    }
  });

  it('do not fire when they are nine, however often each is sent', () => {
    const nine = errorsAt(spread(9, 0, MINUTE));
    expect(evaluateOnce([...nine, ...nine, ...nine], MINUTE)).toEqual([]);
  });

  it('do not fire when they are five of one kind and five of another', () => {
    const errors = [...errorsAt(spread(5, 0, MINUTE), 'a'), ...errorsAt(spread(5, 0, MINUTE), 'b')];
    expect(evaluateOnce(errors, MINUTE)).toEqual([]);
  });

  it('fire once while the pattern goes on', () => {
    const errors = errorsAt(spread(600, 0, 600 * MINUTE));
    const ticks = Array.from({ length: 601 }, (_, minute) => minute * MINUTE);
    expect(kinds(evaluateInTicks(errors, ticks))).toEqual(['fired']);
  });
});

describe('an episode', () => {
  const burst = spread(10, 0, 9 * MINUTE);

  it('ends when fewer than five errors were in the window for fifteen minutes', () => {
    // The sixth error (minute 5) leaves the window at minute 35; then four are left.
    const fired = evaluateOnce(errorsAt(burst), 9 * MINUTE);
    const resolvedAtMs = 50 * MINUTE;
    const errors = errorsAt(burst);
    const latest = fired.map(({ episode }) => episode);
    expect(evaluateOnce(errors, resolvedAtMs - 1, latest)).toEqual([]);
    expect(evaluateOnce(errors, resolvedAtMs, latest)).toEqual([
      { kind: 'resolved', episode: { ...latest[0], resolvedAtMs } },
    ]);
  });

  it('that came and went inside one late evaluation is told once, and as over', () => {
    const transitions = evaluateOnce(errorsAt(burst), 300 * MINUTE);
    expect(kinds(transitions)).toEqual(['fired', 'resolved']);
  });

  it('can be followed by another', () => {
    const errors = errorsAt([...burst, ...burst.map((time) => time + 120 * MINUTE)]);
    const transitions = evaluateOnce(errors, 129 * MINUTE);
    expect(kinds(transitions)).toEqual(['fired', 'resolved', 'fired']);
    expect(transitions[2]?.episode.openedAtMs).toBe(129 * MINUTE);
  });

  it('goes on when the errors come back within the fifteen minutes', () => {
    const errors = errorsAt([...burst, ...spread(5, 44 * MINUTE, 48 * MINUTE)]);
    expect(kinds(evaluateOnce(errors, 60 * MINUTE))).toEqual(['fired']);
  });

  it('ends without any error left to look at', () => {
    const open = { fingerprint: 'f', firstErrorAtMs: 0, openedAtMs: 1, resolvedAtMs: null, lastErrorAtMs: 1 };
    const input = { rule, latest: [open], errors: [], completeSinceMs: 100 * MINUTE };
    expect(kinds(evaluate({ ...input, nowMs: 144 * MINUTE }))).toEqual([]);
    expect(kinds(evaluate({ ...input, nowMs: 145 * MINUTE }))).toEqual(['resolved']);
  });

  it('that is over does not begin again by a late error, but ten late errors are a new one', () => {
    const resolved = evaluateOnce(errorsAt(burst), 51 * MINUTE).map(({ episode }) => episode);
    const latest = resolved.slice(-1);
    const late = spread(9, 46 * MINUTE, 48 * MINUTE);
    expect(kinds(evaluateOnce(errorsAt([...burst, ...late.slice(0, 1)]), 52 * MINUTE, latest))).toEqual([]);
    expect(kinds(evaluateOnce(errorsAt([...burst, ...late, 49 * MINUTE]), 52 * MINUTE, latest))).toEqual(['fired']);
  });
});

// A small rule on whole numbers keeps the slow oracles quick; nothing in evaluate knows the unit.
const small: Rule = { threshold: 4, windowMs: 10, recoverBelow: 2, recoverAfterMs: 5 };
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
        const found = evaluateOnce(errorsAt(times), 150, [], small);
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
          transitions.map(({ kind, episode: { firstErrorAtMs, openedAtMs, resolvedAtMs } }) => [
            kind,
            firstErrorAtMs,
            openedAtMs,
            resolvedAtMs,
          ]);
        expect(summary(inTicks)).toEqual(summary(evaluateOnce(errors, 150, [], small)));
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
        expect(evaluateOnce(again, 150, [], small)).toEqual(evaluateOnce(errors, 150, [], small));
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
        const latest = new Map<string, Episode>();
        let fired = 0;
        let previous = Number.NEGATIVE_INFINITY;
        for (const nowMs of [...new Set([...cuts, 100])].sort((a, b) => a - b)) {
          const completeSinceMs = previous - latestMs - small.windowMs - small.recoverAfterMs;
          const known = errors.filter(
            (error, i) => error.atMs + (arrivals[i]?.lateMs ?? 0) <= nowMs && error.atMs > completeSinceMs,
          );
          const input = { rule: small, latest: [...latest.values()], errors: known, completeSinceMs, nowMs };
          for (const { kind, episode } of evaluate(input)) {
            latest.set(episode.fingerprint, episode);
            if (kind === 'fired') fired++;
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
      told.push(['fired', now, null]);
      openedAt = now;
    }
  }
  return told;
}
