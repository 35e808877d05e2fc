import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CALM, ends, errorsAt, evaluateInTicks, evaluateOnce, MINUTE, rule } from '../../test/support/error-points.ts';
import { type Episode, evaluate, type Transition } from './evaluate.ts';
import type { Rule } from './rule.ts';

// A small rule on whole numbers keeps the slow oracles quick; nothing in evaluate depends on the unit.
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

  it('the episodes are those of a simulation that evaluates every moment', () => {
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
      fc.property(
        timesArbitrary,
        fc.array(fc.nat(150), { maxLength: 60 }),
        fc.constantFrom(-1, 12),
        (times, cuts, same) => {
          const by = { ...small, sameEpisodeMs: same };
          const errors = errorsAt(times);
          const ticks = [...new Set([...cuts, 150])].sort((a, b) => a - b);
          const inTicks = evaluateInTicks(errors, ticks, by);
          const summary = (transitions: readonly Transition[]) =>
            ends(transitions).map(({ kind, episode: { firstErrorAtMs, openedAtMs, resolvedAtMs } }) => [
              kind,
              firstErrorAtMs,
              openedAtMs,
              resolvedAtMs,
            ]);
          expect(summary(inTicks)).toEqual(summary(evaluateOnce(errors, 150, { rule: by })));
        },
      ),
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
  const transitions: [string, number, number | null][] = [];
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
        transitions.push(['resolved', openedAt, now]);
        openedAt = null;
        resolvedAt = now;
      }
    }
    const eligible = sorted.filter((t) => t <= now && t > resolvedAt - small.windowMs && t >= now - small.windowMs);
    if (openedAt === null && eligible.length >= small.threshold) {
      transitions.push(['opened', now, null]);
      openedAt = now;
    }
  }
  return transitions;
}
