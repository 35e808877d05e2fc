import { describe, expect, it } from 'vitest';
import { errorsAt, evaluateOnce, HOUR, kinds, MINUTE, rule, spread } from '../../test/support/error-points.ts';
import { type Episode, type EvaluateInput, limitOf } from './evaluate.ts';
import type { Point } from './sliding-window.ts';

describe('the gates', () => {
  const kindOf = (points: readonly Point[], input: Partial<EvaluateInput> = {}) =>
    evaluateOnce(points, points.at(-1)?.atMs ?? 0, input)[0]?.episode.kind ?? null;

  it('call it a loop when all of them are in one run or two', () => {
    const two = [...errorsAt(spread(5, 0, 1000), { trace: 'a' }), ...errorsAt(spread(5, 2000, 3000), { trace: 'b' })];
    expect(kindOf(errorsAt(spread(10, 0, 1000), { trace: 'a' }))).toBe('loop');
    expect(kindOf(two)).toBe('loop');
    expect(kindOf([...errorsAt([0], { trace: 'c' }), ...two])).toBe('pattern');
  });

  it('require three times the baseline of this time of day', () => {
    const errors = errorsAt(spread(30, 0, 20 * MINUTE));
    expect(limitOf(rule, { median: 3, mean: 0 })).toBe(10);
    expect(limitOf(rule, { median: 9.5, mean: 0 })).toBe(29);
    expect(kindOf(errors, { baseline: { median: 10, mean: 0 } })).toBe('pattern');
    expect(kindOf(errors, { baseline: { median: 10.5, mean: 0 } })).toBeNull();
  });

  it('require more than chance makes of the baseline', () => {
    expect(limitOf(rule, { median: 2, mean: 1 })).toBe(10);
    expect(limitOf(rule, { median: 3, mean: 4 })).toBe(14);
    expect(limitOf(rule, { median: 10, mean: 10 })).toBe(30);
  });

  it('end a pattern whose limit the baseline raised at half of that limit', () => {
    // 30 needed; 14 left in the window at minute 36 and later, which would not be low for ten.
    const errors = errorsAt([...spread(30, 0, 10 * MINUTE), ...spread(40, 11 * MINUTE, 100 * MINUTE)]);
    const transitions = evaluateOnce(errors, 100 * MINUTE, { baseline: { median: 10, mean: 10 } });
    expect(kinds(transitions)).toEqual(['opened', 'resolved']);
    expect(transitions[0]?.episode.limit).toBe(30);
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
    heldSinceMs: 1,
    recoveringAtMs: 2,
    resolvedAtMs: 3,
    resolvedByHand: byHand,
    lastErrorAtMs: 2,
    limit: 10,
    count: 10,
    baseline: null,
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

  it('is back with three errors when a user had resolved it', () => {
    expect(kindAt(25 * HOUR, 3, true)).toBe('regression');
    expect(kindAt(25 * HOUR, 2, true)).toBeNull();
    expect(kindAt(2 * HOUR, 3, true)).toBeNull();
    expect(kindAt(2 * HOUR, 3, true, '1.1.0')).toBe('regression');
  });

  it('is the same episode within half an hour of its end, unless a user resolved it', () => {
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
