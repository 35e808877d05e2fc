import { describe, expect, it } from 'vitest';
import {
  ends,
  errorsAt,
  evaluateInTicks,
  evaluateOnce,
  kinds,
  MINUTE,
  spread,
} from '../../test/support/error-points.ts';
import type { Episode } from './evaluate.ts';

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
          heldSinceMs: 12 * MINUTE,
          recoveringAtMs: null,
          resolvedAtMs: null,
          resolvedByHand: false,
          lastErrorAtMs: 12 * MINUTE,
          limit: 10,
          count: 10,
          baseline: null,
          reopened: 0,
        },
      },
    ]);
  });

  it('fire when they take exactly thirty minutes, not a second longer', () => {
    expect(kinds(evaluateOnce(errorsAt(spread(10, 0, 30 * MINUTE)), 30 * MINUTE))).toEqual(['opened']);
    expect(evaluateOnce(errorsAt(spread(10, 0, 30 * MINUTE + 1000)), 31 * MINUTE)).toEqual([]);
  });

  it('fire wherever they lie against the half hours of the clock', () => {
    for (let offset = 0; offset < 60; offset++) {
      const times = spread(10, offset * MINUTE, (offset + 28) * MINUTE);
      expect(kinds(evaluateOnce(errorsAt(times), (offset + 28) * MINUTE))).toEqual(['opened']);
    }
  });

  it('do not fire when they are nine, however often each is sent', () => {
    const nine = errorsAt(spread(9, 0, MINUTE));
    expect(evaluateOnce([...nine, ...nine, ...nine], MINUTE)).toEqual([]);
  });

  it('count in full where they are crowded and one point represents several', () => {
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

  it('that came back does not end again by the quiet before its return', () => {
    const errors = errorsAt([...burst, ...burst.map((time) => time + 65 * MINUTE)]);
    const ticks = Array.from({ length: 30 }, (_, i) => i * 5 * MINUTE);
    expect(kinds(evaluateInTicks(errors, ticks))).toEqual(['opened', 'resolved', 'reopened', 'resolved']);
  });

  it('ends without any error left to evaluate', () => {
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
