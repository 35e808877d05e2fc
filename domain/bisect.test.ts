import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TelltaleError } from '#domain/errors';
import { propertyRuns } from '../test/support/tier.ts';
import { bisect, EverythingFails } from './bisect.ts';

const answers = () => Promise.resolve();
const refusing =
  (bad: ReadonlySet<number>, calls: number[] = []) =>
  async (items: readonly number[]) => {
    calls.push(items.length);
    if (items.some((item) => bad.has(item))) throw new Error('refused');
    return items;
  };

it('does everything but the items that fail alone, whichever they are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 0, max: 60 })),
      fc.uniqueArray(fc.integer({ min: 0, max: 60 })),
      async (items, bad) => {
        const { done, failed, isWhole } = await bisect(items, refusing(new Set(bad)), {
          probe: answers,
          isStubborn: true,
        });
        expect(done.flat()).toEqual(items.filter((item) => !bad.includes(item)));
        expect(failed.map(({ item }) => item)).toEqual(items.filter((item) => bad.includes(item)));
        expect(isWhole).toBe(true);
      },
    ),
    { numRuns: propertyRuns(100, 2000) },
  );
});

it('finds one bad item among many in few steps', async () => {
  const calls: number[] = [];
  const items = Array.from({ length: 1024 }, (_, i) => i);
  await bisect(items, refusing(new Set([700]), calls), { probe: answers });
  expect(calls.length).toBeLessThan(25);
});

it('blames no item when storage does not answer, or when nothing succeeds', async () => {
  const items = Array.from({ length: 200 }, (_, i) => i);
  const all = new Set(items);
  const calls: number[] = [];
  await expect(bisect(items, refusing(all, calls), { probe: () => Promise.reject(new Error('gone')) })).rejects.toThrow(
    'refused',
  );
  expect(calls).toEqual([200]);
  await expect(bisect(items, refusing(all, calls), { probe: answers })).rejects.toThrow(EverythingFails);
  expect(calls.length).toBeLessThan(30);
  expect((await bisect(items, refusing(all), { probe: answers, isStubborn: true })).failed).toHaveLength(200);
  expect((await bisect(items.slice(0, 3), refusing(all), { probe: answers })).failed).toHaveLength(3);
});

it('says so when it is stopped before the end', async () => {
  let calls = 0;
  const stopped = await bisect([1, 2, 3, 4], refusing(new Set([1])), { probe: answers, isStopping: () => ++calls > 2 });
  expect(stopped.isWhole).toBe(false);
});

it('blames no item when too many read already', async () => {
  const busy = () => Promise.reject(new TelltaleError('readers_busy', '64 reads of whole runs wait already.'));
  const error = await bisect([1], busy, { probe: answers, isStubborn: true }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(EverythingFails);
  expect(error).toMatchObject({ tried: 0, cause: { code: 'readers_busy' } });
});
