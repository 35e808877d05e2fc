// When a disk that did not take a write counts as well again: once it takes one. Real files.
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Room } from './room.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'telltale-room-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('has no room after a failed write until the disk takes one, however often it looks', async () => {
  const room = new Room({ dir, maxBytes: 1, minFreeBytes: 0, usedBytes: () => 0 });
  room.noteFailedWrite();
  await rm(dir, { recursive: true });
  for (let look = 0; look < 3; look++) {
    await room.look();
    expect(room.fullBecause).toMatch(/did not take the last write/);
  }
  await mkdir(dir);
  await room.look();
  expect(room.fullBecause).toBeNull();
  expect(await readdir(dir)).toEqual([]);
});
