import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inTurns, mapInTurns } from './turns.ts';

/** Takes longer than a turn, whatever the machine. */
function busy(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

test('work of several readers takes one turn per round of the event loop, and everything else runs in between', async () => {
  const rounds: number[] = [];
  let round = 0;
  let isOver = false;
  const others = (async () => {
    for (; !isOver; round++) await setImmediate();
  })();
  const read = () => {
    busy(4);
    rounds.push(round);
  };
  const reader = () => mapInTurns([1, 2, 3, 4], read, 1);
  await Promise.all([reader(), reader(), reader()]);
  isOver = true;
  await others;
  expect(rounds).toHaveLength(12);
  expect(new Set(rounds).size).toBe(12);
});

test('nothing is lost or done twice, and what fails is passed on', async () => {
  expect(await mapInTurns([1, 2, 3], (n) => n * 2)).toEqual([2, 4, 6]);
  expect(
    await inTurns(
      (function* () {
        for (let i = 0; i < 5; i++) yield busy(1);
        return 'done';
      })(),
    ),
  ).toBe('done');
  await expect(
    mapInTurns([1], () => {
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
});
