import { describe, expect, it } from 'vitest';
import type { Level } from './measured.ts';
import { type MeasuredEpisode, SAME_EPISODE_MS, stepMeasured } from './step-measured.ts';

const MINUTE = 60_000;
const LEVELS: Readonly<Record<string, Level>> = { h: 'high', m: 'middle', l: 'low' };

/** One letter per minute; gives "minute:transition" for each. */
function play(levels: string, recoverAfterMs = 3 * MINUTE, before: MeasuredEpisode | null = null, fromMinute = 0) {
  let episode = before;
  const transitions: string[] = [];
  for (const [i, letter] of [...levels].entries()) {
    const atMs = (fromMinute + i) * MINUTE;
    const step = stepMeasured(episode, { level: LEVELS[letter] as Level, atMs, recoverAfterMs });
    if (step.transition !== null) transitions.push(`${fromMinute + i}:${step.transition.kind}`);
    episode = step.episode;
  }
  return { transitions, episode };
}

describe('something that is measured', () => {
  it('opens when it is high, and not in the middle', () => {
    expect(play('lmmmh').transitions).toEqual(['4:opened']);
    expect(play('lmlm').episode).toBeNull();
  });

  it('is over after it has been low without a break', () => {
    expect(play('hhllll').transitions).toEqual(['0:opened', '2:recovering', '5:resolved']);
    expect(play('hllmllll').transitions).toEqual([
      '0:opened',
      '1:recovering',
      '3:firing_again',
      '4:recovering',
      '7:resolved',
    ]);
  });

  it('is the same when it comes back within half an hour, and another one later', () => {
    const { episode } = play('hllll');
    expect(episode?.resolvedAtMs).toBe(4 * MINUTE);
    expect(play('h', 3 * MINUTE, episode, 4 + SAME_EPISODE_MS / MINUTE)).toMatchObject({
      transitions: ['34:reopened'],
      episode: { openedAtMs: 0, resolvedAtMs: null, reopened: 1 },
    });
    expect(play('h', 3 * MINUTE, episode, 5 + SAME_EPISODE_MS / MINUTE).transitions).toEqual(['35:opened']);
  });

  it('is another one at once after a user resolved it', () => {
    const over = { ...(play('h').episode as MeasuredEpisode), resolvedAtMs: MINUTE, resolvedByHand: true };
    expect(play('hh', 3 * MINUTE, over, 1).transitions).toEqual(['2:opened']);
  });
});
