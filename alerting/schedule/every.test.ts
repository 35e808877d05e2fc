import { afterEach, expect, it, vi } from 'vitest';
import { every, MINUTE_MS } from './every.ts';

const HOUR_MS = 60 * MINUTE_MS;
const zone = process.env.TZ;
afterEach(() => {
  vi.useRealTimers();
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

it.each([
  ['Europe/Berlin', 'goes back', '2027-10-31T00:30:30Z'],
  ['Europe/Berlin', 'goes forward', '2027-03-28T00:30:30Z'],
  ['America/New_York', 'goes back', '2027-11-07T05:30:30Z'],
  ['Australia/Lord_Howe', 'goes back by half an hour', '2027-04-03T14:30:30Z'],
])('a job of each minute runs each minute while the clock of %s %s', async (timeZone, _, start) => {
  process.env.TZ = timeZone;
  vi.useFakeTimers({ now: Date.parse(start) });
  const runs: number[] = [];
  const stop = every(MINUTE_MS, async () => runs.push(Date.now()));
  await vi.advanceTimersByTimeAsync(3 * HOUR_MS);
  expect(runs).toEqual(Array.from({ length: 180 }, (_, i) => Date.parse(start) + 30_000 + i * MINUTE_MS));
  stop();
  await vi.advanceTimersByTimeAsync(HOUR_MS);
  expect(runs).toHaveLength(180);
});

it('a timer that fires early does not run the job twice, and a clock that is set does not stop it', async () => {
  vi.useFakeTimers({ now: MINUTE_MS - 5 });
  let runs = 0;
  const stop = every(MINUTE_MS, async () => runs++);
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect(runs).toBe(0);
  await vi.advanceTimersByTimeAsync(5);
  expect(runs).toBe(1);
  for (const jumpMs of [HOUR_MS, -5 * HOUR_MS]) {
    vi.setSystemTime(Date.now() + jumpMs);
    const before = runs;
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(runs).toBe(before + 1);
  }
  stop();
});
