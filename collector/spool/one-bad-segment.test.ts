// A segment that storage never takes, for a reason that is neither its rows nor its file: the others go on. Real files;
// storage's answers are those of the engine.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StorageError } from '#storage/database';
import { readBlock } from '#storage/native/slice-block';
import { NoteBlock } from '../../test/faults/note-spool.ts';
import { openSpoolWorld } from '../../test/support/spool-world.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'telltale-one-bad-'));
});
afterEach(async () => {
  for (const path of [dir, `${dir}.pid`]) await rm(path, { recursive: true, force: true });
});

const firstNumber = (bytes: Buffer): number =>
  readBlock(bytes)
    .columns.find(({ name }) => name === 'number')
    ?.cell(0)
    .readUInt32LE() as number;

it('a segment that storage never takes stops no other one, and counts as stuck once nothing else is inserted', async () => {
  let nowMs = 0;
  let isBad = true;
  const stored: number[] = [];
  const { spool, failures, counters } = await openSpoolWorld(dir, {
    flushMs: 600_000,
    firstFlushMs: 600_000,
    now: () => nowMs,
    async insert(_table, path) {
      const number = firstNumber(await readFile(path));
      if (isBad && number === 1)
        throw new StorageError('Code: 241. Memory limit', { retryable: true, engineCode: 241 });
      stored.push(number);
    },
  });
  const queue = spool.writeQueue('notes', () => new NoteBlock());
  /** A segment of its own. */
  const write = async (number: number) => {
    queue.open()?.add(number, `note ${number}`);
    await queue.committed();
    await queue.flush();
  };
  await write(1);
  await expect.poll(() => failures.length, { timeout: 30_000 }).toBeGreaterThan(1);
  expect(spool.oldestTry).toMatchObject({ sinceMs: 0, lastFailure: expect.stringContaining('241') });
  nowMs = 600_000;
  for (const number of [2, 3, 4]) await write(number);
  await expect.poll(() => [...stored].sort(), { timeout: 30_000 }).toEqual([2, 3, 4]);
  expect(counters).toMatchObject({ inserted: 3, spooled: 1 });
  expect(spool.oldestTry?.sinceMs).toBe(600_000);
  isBad = false;
  await spool.settled();
  expect(stored).toContain(1);
  expect(spool.oldestTry).toBeNull();
  await spool.close(10);
});
