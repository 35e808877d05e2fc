// A start on a large spool: rows are taken at once, what an earlier process left counts from the start, is checked and
// inserted meanwhile, and nothing is lost or stored twice when that is cut short.
import { mkdir, mkdtemp, readdir, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StorageError } from '#storage/database';
import { NoteBlock } from '../../test/faults/note-spool.ts';
import { openSpoolWorld } from '../../test/support/spool-world.ts';
import type { SpoolOptions } from './spool.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'telltale-spool-'));
});
afterEach(async () => {
  for (const path of [dir, `${dir}.pid`]) await rm(path, { recursive: true, force: true });
});

const down = async () => {
  throw new StorageError('down', { retryable: true });
};
const slow: Partial<SpoolOptions> = { flushMs: 600_000, firstFlushMs: 600_000 };

/** Leaves so many segments of one note each, as a process whose storage is down. */
async function leave(segments: number): Promise<number> {
  const { spool } = await openSpoolWorld(dir, { ...slow, insert: down });
  const queue = spool.writeQueue('notes', () => new NoteBlock());
  for (let number = 0; number < segments; number++) {
    queue.open()?.add(number, `note ${number}`);
    await queue.committed();
    await queue.flush();
  }
  const { bytes } = spool;
  await spool.close(1);
  return bytes;
}

it('takes rows and counts the old bytes before any old file is checked', async () => {
  const bytes = await leave(5);
  const { spool, counters } = await openSpoolWorld(dir, { ...slow, maxBytes: bytes });
  // Still in the same turn in which it was opened: nothing was read yet.
  expect(spool.unchecked).toEqual({ files: 5, bytes });
  expect(spool.bytes).toBe(bytes);
  expect(spool.fullBecause).toMatch(/full/);
  expect(counters).toMatchObject({ received: 0, spooled: 0 });
  expect(spool.oldestAtMs).not.toBeNull();
  const queue = spool.writeQueue('notes', () => new NoteBlock());
  queue.open()?.add(5, 'new');
  await queue.committed();
  await spool.settled();
  expect(spool.unchecked).toEqual({ files: 0, bytes: 0 });
  expect(spool.fullBecause).toBeNull();
  expect(counters).toMatchObject({ recovered: 5, inserted: 6, spooled: 0 });
  await spool.close(10);
});

it('gives new segments names behind those of the old ones', async () => {
  await leave(2);
  const before = (await readdir(dir)).sort();
  const { spool } = await openSpoolWorld(dir, { ...slow, insert: down });
  const queue = spool.writeQueue('notes', () => new NoteBlock());
  queue.open()?.add(2, 'new');
  await queue.committed();
  expect((await readdir(dir)).sort().slice(0, 2)).toEqual(before);
  expect((await readdir(dir)).sort().at(-1)).toMatch(/^notes-000000000003-/);
  await spool.close(1);
});

it('leaves what it did not get to for the next start when it is stopped meanwhile', async () => {
  await leave(20);
  const first = await openSpoolWorld(dir, { insert: down });
  await first.spool.close(0);
  expect(await readdir(dir)).toHaveLength(20);
  const second = await openSpoolWorld(dir);
  await second.spool.settled();
  expect(second.counters).toMatchObject({ recovered: 20, inserted: 20 });
  await second.spool.close(10);
});

it('gives a segment that is deleted while it is open its name back, and loses nothing', async () => {
  const errors: string[] = [];
  const log = { warn: () => {}, error: (_fields: object, message: string) => errors.push(message) };
  const { spool, counters, inserted } = await openSpoolWorld(dir, { ...slow, log });
  const queue = spool.writeQueue('notes', () => new NoteBlock());
  const add = async (number: number) => {
    queue.open()?.add(number, `note ${number}`);
    await queue.committed();
  };
  const tidyUp = async () => {
    for (const name of await readdir(dir)) await unlink(join(dir, name));
  };
  await add(1);
  await tidyUp();
  await add(2);
  expect(await readdir(dir)).toHaveLength(1);
  await tidyUp();
  await spool.settled();
  expect(counters).toMatchObject({ inserted: 2, lost: 0, spooled: 0 });
  expect(inserted.size).toBe(1);
  expect(errors).toEqual(Array(2).fill(expect.stringContaining('was written again, nothing is lost')));
  await spool.close(10);
});

it('says that the disk is full as soon as a write fails, and when it is no longer', async () => {
  const { spool } = await openSpoolWorld(dir, slow);
  const queue = spool.writeQueue('notes', () => new NoteBlock());
  // The folder is gone: no file can be made in it.
  await rm(dir, { recursive: true });
  queue.open()?.add(1, 'one');
  await expect(queue.committed()).rejects.toThrow('ENOENT');
  expect(spool.fullBecause).toMatch(/did not take the last write/);
  expect(await spool.checkQuota()).toMatch(/did not take the last write/);
  await mkdir(dir);
  await expect.poll(() => spool.fullBecause, { timeout: 30_000 }).toBeNull();
  queue.open()?.add(2, 'two');
  await queue.committed();
  await spool.close(10);
});
