// When inserts count as stuck: the same file for minutes, while storage answers. The clock is moved by hand.
import { expect, it } from 'vitest';
import { STUCK_AFTER_MS, StuckWatch } from './stuck-watch.ts';

const MINUTE = 60_000;

function world() {
  const state = { nowMs: 0, sinceMs: null as number | null, lastFailure: 'no table spans', isUp: true, asked: 0 };
  const watch = new StuckWatch({
    oldestTry: () => (state.sinceMs === null ? null : { sinceMs: state.sinceMs, lastFailure: state.lastFailure }),
    async askStorage() {
      state.asked++;
      if (!state.isUp) throw new Error('down');
    },
    now: () => state.nowMs,
  });
  /** Lets minutes pass with a check every ten seconds. */
  const pass = async (minutes: number) => {
    for (const endMs = state.nowMs + minutes * MINUTE; state.nowMs < endMs; ) {
      state.nowMs += 10_000;
      await watch.check();
    }
  };
  return { state, watch, pass };
}

it('says so after minutes at the same file, why, and that it is over', async () => {
  const { state, watch, pass } = world();
  state.sinceMs = 0;
  await pass(STUCK_AFTER_MS / MINUTE);
  expect(watch.because).toBeNull();
  expect(state.asked).toBe(0);
  await pass(2);
  expect(watch.because).toBe(
    'Nothing has been inserted for 7 minutes although storage answers; the last failure: no table spans',
  );
  state.sinceMs = state.nowMs;
  await pass(0.2);
  expect(watch.because).toBeNull();
});

it('takes no outage for it, nor the minute after one', async () => {
  const { state, watch, pass } = world();
  state.sinceMs = 0;
  state.isUp = false;
  await pass(60);
  expect(watch.because).toBeNull();
  state.isUp = true;
  await pass(0.9);
  expect(watch.because).toBeNull();
  await pass(1);
  expect(watch.because).not.toBeNull();
  state.isUp = false;
  await pass(0.2);
  expect(watch.because).toBeNull();
});

it('says so of an insert that does not end', async () => {
  const { state, watch, pass } = world();
  state.sinceMs = 0;
  state.lastFailure = '';
  await pass(7);
  expect(watch.because).toMatch(/an insert that does not end$/);
});
