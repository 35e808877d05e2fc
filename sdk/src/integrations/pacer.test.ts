// The pacer by a clock that is set by hand: no more calls than the limit within any interval.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fakeRuntime } from '../../test-support/fake-runtime.ts';
import { loadQueue } from '../reliability/load.ts';
import { Pacer } from './pacer.ts';

beforeEach(async () => {
  // Loaded before the clock is faked.
  await loadQueue();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('starts at most the limit within any interval, in the order asked', async () => {
  const pacer = new Pacer({ requests: 2, perMs: 1000 }, fakeRuntime());
  const started: [number, number][] = [];
  const beganAt = Date.now();
  const calls = [0, 1, 2, 3, 4].map(async (n) => {
    const turn = await pacer.turn(undefined);
    started.push([n, Date.now() - beganAt]);
    turn.release();
  });
  await vi.advanceTimersByTimeAsync(5000);
  await Promise.all(calls);
  expect(started).toEqual([
    [0, 0],
    [1, 0],
    [2, 1000],
    [3, 1000],
    [4, 2000],
  ]);
});

it('runs at most so many at once', async () => {
  const pacer = new Pacer({ requests: 100, perMs: 1000, concurrency: 1 }, fakeRuntime());
  const first = await pacer.turn(undefined);
  let hasSecond = false;
  const second = pacer.turn(undefined).then((turn) => {
    hasSecond = true;
    return turn;
  });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(hasSecond).toBe(false);
  first.release();
  (await second).release();
});

it('holds who waits for as long as the longest pause asked for, also when it is asked for meanwhile', async () => {
  const runtime = fakeRuntime();
  const pacer = new Pacer(undefined, runtime);
  pacer.holdOff(3000);
  pacer.holdOff(1000);
  const sleep = runtime.sleep;
  let isFirst = true;
  runtime.sleep = async (ms, signal) => {
    await sleep(ms, signal);
    if (isFirst) pacer.holdOff(500);
    isFirst = false;
  };
  expect((await pacer.turn(undefined)).waitedMs).toBe(3500);
  expect(runtime.waits).toEqual([3000, 500]);
});

it('frees the place of a call that was stopped while it was held', async () => {
  const runtime = fakeRuntime();
  const pacer = new Pacer({ requests: 100, perMs: 1000, concurrency: 1 }, runtime);
  pacer.holdOff(1000);
  const gone = new AbortController();
  runtime.sleep = async () => {
    gone.abort(new Error('gone'));
    gone.signal.throwIfAborted();
  };
  await expect(pacer.turn(gone.signal)).rejects.toThrow('gone');
  runtime.advance(1000);
  expect((await pacer.turn(undefined)).waitedMs).toBe(0);
});
